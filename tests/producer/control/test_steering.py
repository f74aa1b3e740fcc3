"""Cancel, pause and resume: what comes and goes, on a real database and a real Redis."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, small_study, store
from queues import waiting
from sqlalchemy import Engine, select, update
from sqlmodel import Session, col
from steered import claim, count, shared, states, taken, until

from anthology.models.database.namespace import namespace_of
from anthology.models.database.sessions import writing
from anthology.models.database.tables import Answer, Job, Persona, StudyRow
from anthology.models.errors import InputError, LostLease
from anthology.models.jobs import messages, protocol, ready
from anthology.models.jobs.protocol import Usage
from anthology.models.settings import Settings
from anthology.producer.control.retrying import retry as retry_study
from anthology.producer.control.steering import cancel, pause, resume
from anthology.producer.monitoring.progress import progress
from anthology.workers.runner import housekeeping
from anthology.workers.runner.job_runner import JobRunner

Steer = Callable[..., Any]


# --- cancel --------------------------------------------------------------------------------------


def test_a_cancelled_studys_jobs_cannot_be_taken_or_finished(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["none", "bio"]))
    held = taken(database, jobs(database)[0])
    assert cancel(here, "small") == {"cancelled": 4, "stopped": 1}
    assert states(database) == {"cancelled": 4}
    with pytest.raises(LostLease, match="was cancelled or went to another worker"):
        protocol.finish(database, held, [], Usage(), None)
    assert [claim(database, job) for job in jobs(database)] == [None] * 4
    assert ready.due(database) == []
    assert protocol.sweep(database, 5).planned == []
    found = progress(database, "small")
    assert (found.state, found.ended, found.clean) == ("cancelled", True, False)
    assert found.jobs["survey"] == {
        "pending": 0, "running": 0, "done": 0, "failed": 0, "cancelled": 4,
    }  # fmt: skip


def test_a_worker_drops_a_cancelled_job_at_its_next_look(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    model = FakeEngine(hangs=lambda prompt: True)
    runner = make_runner(database, model)
    said: list[str] = []
    job = jobs(database)[0].id or 0
    thread = threading.Thread(target=lambda: said.append(runner.do("survey", job, print)))
    thread.start()
    until(lambda: len(model.prompts) == 4)
    housekeeping.look(runner)
    assert model.cancelled == 0
    cancel(here, "small")
    housekeeping.look(runner)
    thread.join(10)
    assert said == [f"job {job} was cancelled or went to another worker; nothing was written"]
    until(lambda: model.cancelled == 4)  # by the engine's own thread
    assert count(database, Answer) == 0


def test_workers_look_every_few_seconds(
    database: Engine,
    monkeypatch: pytest.MonkeyPatch,
    keep_house: Callable[[JobRunner], None],
) -> None:
    assert housekeeping.LOOK_S <= 2.0
    monkeypatch.setattr(housekeeping, "LOOK_S", 0.01)
    looks: list[Any] = []
    monkeypatch.setattr(housekeeping, "look", looks.append)
    keep_house(make_runner(database, None))
    until(lambda: len(looks) > 3)


def test_a_pool_that_another_study_uses_is_written_on(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, shared(tmp_path, "one"))
    store(database, shared(tmp_path, "two"))
    held = taken(database, jobs(database, "backstory")[0])
    assert cancel(here, "one") == {"cancelled": 0, "stopped": 0}
    protocol.finish(database, held, [], Usage(), None)
    drain(make_runner(database, FakeEngine()))
    assert states(database, "backstory") == {"done": 3}
    assert progress(database, "two").ended
    assert {job.study_id for job in jobs(database, "poll")} == {2}


def test_a_pool_that_nobody_uses_rests_until_another_study_needs_it(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, shared(tmp_path, "one"))
    held = taken(database, jobs(database, "backstory")[0])
    assert cancel(here, "one") == {"cancelled": 0, "stopped": 1}
    with pytest.raises(LostLease):
        protocol.finish(database, held, [], Usage(), None)
    assert ready.due(database) == []
    assert claim(database, jobs(database, "backstory")[0]) is None
    assert progress(database, "one").jobs["backstory"]["pending"] == 0
    store(database, shared(tmp_path, "two"))
    drain(make_runner(database, FakeEngine()))
    assert progress(database, "two").state == "done"
    assert count(database, Persona) == 9


def test_cancelling_twice_is_the_same_and_a_finished_study_cannot_be_cancelled(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    cancel(here, "small")
    assert cancel(here, "small") == {"cancelled": 0, "stopped": 0}
    run_study(database, small_study(tmp_path, study="other", conditions=["none"]))
    for steer in (cancel, pause, resume):
        with pytest.raises(InputError, match="study 'other' has ended; see `anthology report"):
            steer(here, "other")
    assert progress(database, "other").state == "done"


@pytest.mark.parametrize("steer", [pause, resume, retry_study])
def test_a_cancelled_study_stays_cancelled(
    database: Engine, tmp_path: Path, here: Settings, steer: Steer
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    cancel(here, "small")
    with pytest.raises(InputError, match="was cancelled; submit it again under another name"):
        steer(here, "small")


# --- pause and resume ----------------------------------------------------------------------------


def test_a_paused_studys_jobs_are_neither_taken_nor_rung_and_running_ones_end(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["none", "natural/greedy"]))
    held = taken(database, jobs(database, "backstory")[0])
    assert pause(here, "small") == {"waiting": 4, "running": 1}
    assert (
        protocol.finish(database, held, [], Usage(), None) == []
    )  # its poll is planned, unannounced
    assert states(database, "poll") == {"pending": 1}
    found = protocol.sweep(database, 5)
    assert (found.returned, found.planned, found.waiting) == ([], [], [])
    assert {claim(database, job) for job in jobs(database)} == {None}
    where = progress(database, "small")
    assert (where.state, where.ended, where.eta_s) == ("paused", False, None)
    assert where.notes == ["paused; go on with: anthology resume small"]


def test_a_dead_workers_job_of_a_paused_study_returns_and_waits(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    held = taken(database, jobs(database)[0])
    pause(here, "small")
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == held.id).values(lease_until=1.0))
    assert claim(database, jobs(database)[0]) is None
    assert protocol.sweep(database, 5).returned == []
    assert states(database) == {"pending": 2}


def test_a_resumed_study_is_rung_and_goes_on_to_its_end(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["none", "natural/greedy"]))
    pause(here, "small")
    assert resume(here, "small") == {"rung": 5}
    assert waiting(here.broker_url, messages.scoped("gpu.fake", namespace_of(database))) == 5
    drain(make_runner(database, FakeEngine()))
    assert progress(database, "small").state == "done"


def test_a_pool_is_paused_when_all_the_studies_are_that_use_it(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    for name in ("one", "two", "three"):
        store(database, shared(tmp_path, name))
    cancel(here, "three")
    pause(here, "one")
    assert len(ready.due(database)) == 3
    pause(here, "two")
    assert ready.due(database) == []
    resume(here, "one")
    assert len(ready.due(database)) == 3


def test_pausing_one_study_does_not_hold_its_neighbour_up(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, study="one", conditions=["none"]))
    store(database, small_study(tmp_path, study="two", conditions=["none"]))
    pause(here, "one")
    drain(make_runner(database, FakeEngine()))
    assert (progress(database, "one").state, progress(database, "two").state) == ("paused", "done")


def test_any_engine_is_allowed_when_asked_for_and_not_forbidden_again(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))

    def allowed() -> bool:
        with Session(database) as session:
            return session.execute(select(col(StudyRow.any_engine))).scalar_one()

    resume(here, "small")
    assert not allowed()
    resume(here, "small", any_engine=True)
    resume(here, "small")
    assert allowed()

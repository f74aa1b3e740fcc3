"""Cancel, pause, resume and retry: what comes and goes, on a real database and a real Redis."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_model import (
    FakeEngine,
    drain,
    jobs,
    make_runner,
    run_study,
    small_study,
    store,
    study_fields,
)
from queues import waiting
from sqlalchemy import Engine, func, select, update
from sqlmodel import Session, SQLModel, col

from anthology.models.database.namespace import namespace_of
from anthology.models.database.sessions import writing
from anthology.models.database.tables import Answer, Job, Metric, Persona, Poll, StudyRow
from anthology.models.errors import InputError, LostLease
from anthology.models.jobs import messages, protocol, ready
from anthology.models.jobs.protocol import Claim, Usage
from anthology.models.settings import Settings
from anthology.producer.cli import printing
from anthology.producer.control.retrying import Retried
from anthology.producer.control.retrying import retry as retry_study
from anthology.producer.control.steering import cancel, pause, resume
from anthology.producer.monitoring.progress import progress
from anthology.workers.engine.text_model import PromptRefused
from anthology.workers.runner import housekeeping
from anthology.workers.runner.job_runner import JobRunner

Steer = Callable[..., Any]


@pytest.fixture
def here(database: Engine, redis_url: str) -> Settings:
    """The settings of a command in which the test's servers are meant."""
    url = database.url.render_as_string(hide_password=False)
    return Settings(database_url=url, broker_url=redis_url)


def states(database: Engine, kind: str | None = None) -> Counter[str]:
    return Counter(job.state for job in jobs(database, kind))


def claim(database: Engine, job: Job) -> Claim | None:
    return protocol.claim(database, job.id or 0, "w", 60, 5)


def taken(database: Engine, job: Job) -> Claim:
    held = claim(database, job)
    assert held is not None
    return held


def count(database: Engine, table: type[SQLModel]) -> int:
    with Session(database) as session:
        return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def until(true: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def shared(folder: Path, name: str, **changes: Any) -> Any:
    return small_study(folder, study=name, conditions=["natural/greedy"], **changes)


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


# --- retry ---------------------------------------------------------------------------------------


def refusing(words: str) -> FakeEngine:
    return FakeEngine(fault=lambda p: PromptRefused("too long") if words in p else None)


def finish_again(database: Engine) -> FakeEngine:
    model = FakeEngine()
    drain(make_runner(database, model))
    return model


def test_where_nothing_failed_there_is_nothing_to_retry(
    database: Engine, tmp_path: Path, here: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]))
    figures = count(database, Metric)
    found = retry_study(here, "small")
    assert found == Retried()
    printing.retried(found)
    assert capsys.readouterr().out == "nothing to retry\n"
    assert (count(database, Metric), progress(database, "small").state) == (figures, "done")


def test_failed_jobs_are_done_again_with_no_deaths_and_the_study_is_measured_again(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["none", "bio"]))
    protocol.fail(database, taken(database, jobs(database)[0]), "no label can be read")
    drain(make_runner(database, FakeEngine()))
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.state) == "failed").values(deaths=5))
    assert retry_study(here, "small") == Retried(jobs=1, enqueued=1)
    assert count(database, Metric) == 0
    assert [(j.state, j.deaths, j.error) for j in jobs(database)[:1]] == [("pending", 0, None)]
    finish_again(database)
    assert progress(database, "small").state == "done"
    assert count(database, Answer) == 48
    assert count(database, Metric) > 0


def test_interviews_with_an_error_are_asked_again_and_no_others(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    engine = FakeEngine(fault=lambda p: PromptRefused("too long") if "I am old" in p else None)
    run_study(database, small_study(tmp_path, conditions=["none", "bio"]), engine)
    errors = progress(database, "small").answers["errors"]
    assert errors % 3 == 0
    assert errors > 0
    found = retry_study(here, "small", "survey", "TOO long")
    assert found.answers == errors
    model = finish_again(database)
    assert len(model.prompts) == errors
    assert all("I am old" in prompt for prompt in model.prompts)
    assert progress(database, "small").state == "done"
    assert count(database, Answer) == 48


def test_a_filter_that_meets_nothing_changes_nothing(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]), refusing("Did you vote"))
    before = progress(database, "small").as_json()
    for kind, text in (("survey", "100%"), ("poll", None), (None, "too_long"), ("measure", None)):
        assert retry_study(here, "small", kind, text).nothing
    assert progress(database, "small").as_json() == before
    with pytest.raises(InputError, match=r"--kind takes one of backstory, .*, not 'surveys'"):
        retry_study(here, "small", "surveys")


def test_polls_with_an_error_are_asked_again_and_a_failed_match_is_made(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    study = small_study(tmp_path, conditions=["natural/greedy", "none"])
    run_study(database, study, refusing("How old are you"))
    assert progress(database, "small").jobs["match"]["failed"] == 1
    assert retry_study(here, "small", "poll") == Retried(jobs=1, polls=9, enqueued=3)
    assert jobs(database, "match") == []  # planned when the polls are there
    model = finish_again(database)
    assert sum("How old are you" in prompt for prompt in model.prompts) == 9
    assert progress(database, "small").state == "done"
    assert progress(database, "small").answers == {"stored": 48, "errors": 0}
    assert states(database, "match") == {"done": 1}


class Silent(FakeEngine):
    """Writes nothing for every other persona."""

    def __init__(self) -> None:
        super().__init__(story=lambda seed: "" if seed % 2 else f"My number is {seed}.")


def test_stories_are_written_again_and_then_polled_and_done_matches_stay(
    database: Engine, tmp_path: Path, here: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run_study(database, small_study(tmp_path, conditions=["natural/greedy"]), Silent())
    missing = progress(database, "small").answers["errors"]
    assert 0 < missing < 9
    polled = count(database, Poll)
    found = retry_study(here, "small")
    assert (found.stories, found.matches_kept) == (missing, 1)
    printing.retried(found)
    assert "matches that were done stay as they are" in capsys.readouterr().err
    model = finish_again(database)
    assert count(database, Poll) == 18 == polled + 2 * missing
    assert not any("roads" in prompt for prompt in model.prompts)
    assert progress(database, "small").state == "done"
    assert progress(database, "small").jobs["poll"]["done"] == 3


def test_stories_that_are_being_polled_are_left_for_later(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["natural/greedy"]))
    runner = make_runner(database, FakeEngine(story=lambda seed: ""))
    for job in jobs(database, "backstory"):
        runner.do("backstory", job.id or 0, print)
    held = taken(database, jobs(database, "poll")[0])
    found = retry_study(here, "small")
    assert (found.stories, found.busy) == (5, 1)
    protocol.finish(database, held, [], Usage(), None)
    assert retry_study(here, "small").stories == 4
    finish_again(database)
    assert progress(database, "small").state == "done"
    assert count(database, Poll) == 18


def test_a_study_without_any_match_gets_one_from_new_stories(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    silent = FakeEngine(story=lambda seed: "")
    run_study(database, small_study(tmp_path, conditions=["natural/random"]), silent)
    assert retry_study(here, "small") == Retried(jobs=1, stories=9, enqueued=3)
    finish_again(database)
    assert progress(database, "small").state == "done"
    assert progress(database, "small").answers == {"stored": 24, "errors": 0}


def test_failed_calibrations_matches_and_measuring_are_planned_again(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    questionnaire = {**study_fields()["questionnaire"], "debias": "label_prior"}
    changes = {"conditions": ["none", "natural/greedy"], "questionnaire": questionnaire}
    store(database, small_study(tmp_path, **changes))
    runner = make_runner(database, FakeEngine())
    for kind in ("calibrate", "match", "measure"):
        while not any(job.kind == kind for job in jobs(database)):
            for message in ready.due(database):
                runner.do(message.kind, message.id, print)
        (job,) = [job for job in jobs(database, kind) if job.state == "pending"]
        protocol.fail(database, taken(database, job), "no")
        if kind != "measure":
            continue
        assert progress(database, "small").state == "done with 3 errors"
        assert retry_study(here, "small", kind) == Retried(jobs=1, enqueued=1)
    assert retry_study(here, "small").jobs == 2
    finish_again(database)
    assert progress(database, "small").state == "done"
    assert progress(database, "small").answers == {"stored": 48, "errors": 0}


def test_a_study_that_is_being_measured_is_left_alone(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]), refusing("Did you vote"))
    with writing(database) as session:
        measuring = update(Job).where(col(Job.kind) == "measure").values(state="running")
        session.execute(measuring)
    before = count(database, Answer)
    with pytest.raises(InputError, match="is being measured right now; retry when it has ended"):
        retry_study(here, "small")
    assert count(database, Answer) == before


def test_what_was_done_before_a_retry_is_still_paid_for(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    run_study(database, small_study(tmp_path, conditions=["natural/greedy"]), Silent())
    spent = sum(job.prompt_tokens for job in jobs(database))
    retry_study(here, "small")
    assert sum(job.prompt_tokens for job in jobs(database)) == spent

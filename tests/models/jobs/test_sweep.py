"""The sweep on both databases: one study's error and one job's delay hold nobody else up."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fake_model import emptied, jobs, small_study, store
from local_postgres import waiting_for_locks
from running import eventually
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Job, Persona, PoolRow, StudyRow
from anthology.models.jobs import planning, protocol, sweep
from anthology.models.jobs.planning import Message
from anthology.models.jobs.protocol import Usage


def set_jobs(database: Engine, *which: Any, **values: Any) -> None:
    with writing(database) as session:
        session.execute(update(Job).where(*which).values(**values))


def make_newer(database: Engine, name: str) -> None:
    """Gives a stored study a setting that only a later version knows."""
    with writing(database) as session:
        row = session.execute(select(StudyRow).where(col(StudyRow.name) == name)).scalar_one()
        row.spec = {**row.spec, "a_newer_field": 1}


def test_a_job_that_waits_to_be_finished_holds_up_no_sweep_and_is_not_taken_for_a_dead_workers(
    emptied_postgres: Engine, tmp_path: Path
) -> None:
    """On PostgreSQL, while a study is submitted to its pool; its lease runs out as it waits."""
    database = emptied(emptied_postgres)
    store(database, small_study(tmp_path, conditions=["none", "natural/greedy"]))
    first, second = jobs(database, "backstory")[:2]
    held, dead = (protocol.claim(database, job.id or 0, "w", -1, 5) for job in (first, second))
    assert held is not None
    assert dead is not None
    with ThreadPoolExecutor() as threads:
        with writing(database) as submission:
            submission.execute(select(PoolRow).with_for_update())
            finished = threads.submit(protocol.finish, database, held, [], Usage(), None)
            eventually(lambda: waiting_for_locks(database), 10)
            returned, given_up = threads.submit(sweep._expire, database, 5).result(5)
            assert ([message.id for message in returned], given_up) == ([dead.id], [])
        finished.result(5)
    assert {job.id: job.state for job in jobs(database)}[held.id] == "done"


def test_a_study_of_a_newer_version_does_not_keep_a_sweep_from_the_others(
    database: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    planning._warn.cache_clear()
    for name in ("newer", "healthy"):
        store(database, small_study(tmp_path, study=name, conditions=["none"]))
    make_newer(database, "newer")
    dead = next(job for job in jobs(database) if job.title == "survey: healthy none")
    assert protocol.claim(database, dead.id or 0, "w", -1, 5) is not None
    found = protocol.sweep(database, 5)
    assert [message.id for message in found.returned] == [dead.id]
    assert {message.title for message in found.waiting} == {
        "survey: newer none",
        "survey: healthy none",
    }
    set_jobs(database, col(Job.study_id) == dead.study_id, state="done")
    assert [message.title for message in protocol.sweep(database, 5).planned] == [
        "measure: healthy"
    ]
    [said] = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert "study 'newer' cannot be planned by this version" in said
    assert "a_newer_field Extra inputs are not permitted" in said


def test_stories_of_a_pool_that_a_newer_study_shares_are_stored(
    database: Engine, tmp_path: Path
) -> None:
    for name in ("newer", "healthy"):
        store(database, small_study(tmp_path, study=name, conditions=["natural/greedy"]))
    make_newer(database, "newer")
    story = jobs(database, "backstory")[0]
    held = protocol.claim(database, story.id or 0, "w", 60, 5)
    assert held is not None
    row = {"pool_id": story.pool_id, "number": 0, "story": "I was born.", "tokens": 3,
           "finish_reason": "stop", "seed": 1, "job_id": story.id, "error": None}  # fmt: skip
    enqueued = protocol.finish(database, held, [(Persona, [row])], Usage(), None)
    assert [message.title for message in enqueued] == ["poll: healthy"]
    assert jobs(database, "backstory")[0].state == "done"
    with Session(database) as session:
        assert session.execute(select(func.count()).select_from(Persona)).scalar_one() == 1


def test_a_study_whose_planning_meets_a_deadlock_waits_for_the_next_sweep_alone(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second"):
        store(database, small_study(tmp_path, study=name, conditions=["none"]))
    set_jobs(database, state="done")
    real = planning.plan

    def deadlocked(session: Session, study_id: int) -> list[Message]:
        if study_id == 1:
            raise OperationalError("UPDATE", {}, Exception("deadlock detected"))
        return real(session, study_id)

    monkeypatch.setattr(planning, "plan", deadlocked)
    assert [message.title for message in protocol.sweep(database, 5).planned] == ["measure: second"]
    monkeypatch.undo()
    assert [message.title for message in protocol.sweep(database, 5).planned] == ["measure: first"]


def test_what_came_back_is_rung_before_anything_is_planned(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    dead = jobs(database)[0]
    assert protocol.claim(database, dead.id or 0, "w", -1, 5) is not None

    def gone(engine: Engine) -> list[int]:
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr(sweep, "unfinished_studies", gone)
    enqueued: list[Message] = []
    with pytest.raises(OperationalError):
        protocol.sweep(database, 5, enqueue=enqueued.extend)
    assert [message.id for message in enqueued] == [dead.id]


# --- postponed jobs ------------------------------------------------------------------------------


def postponed(database: Engine, job: Job, delay_s: float) -> None:
    held = protocol.claim(database, job.id or 0, "w", 60, 9)
    assert held is not None
    protocol.postpone(database, held, [], Usage(), "the disk is full", delay_s, 9)


def test_a_postponed_job_is_rung_when_its_delay_is_over_and_once(
    database: Engine, tmp_path: Path
) -> None:
    """Its message is gone, and other jobs' messages keep the queue from being enqueued again."""
    store(database, small_study(tmp_path, conditions=["none"]))
    job, waiting = jobs(database)[0], jobs(database)[1]
    postponed(database, job, 3600)
    assert protocol.sweep(database, 9).returned == []
    set_jobs(database, col(Job.id) == job.id, not_before=1.0)
    found = protocol.sweep(database, 9)
    assert [(message.id, message.urgent) for message in found.returned] == [(job.id, True)]
    assert [message.id for message in found.silent_candidates] == [waiting.id]
    assert protocol.sweep(database, 9).returned == []


def test_a_job_that_was_postponed_before_takes_its_turn(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    job = jobs(database)[0]
    urgent = []
    for _ in range(3):
        postponed(database, job, -1)
        urgent += [message.urgent for message in protocol.sweep(database, 9).returned]
    assert urgent == [True, False, False]


def test_a_postponed_job_that_was_taken_and_given_back_is_not_rung_twice(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    job = jobs(database)[0]
    postponed(database, job, -1)
    held = protocol.claim(database, job.id or 0, "w", 60, 9)
    assert held is not None
    protocol.give_back(database, held, [], Usage())
    assert protocol.sweep(database, 9).returned == []


def test_many_sweeps_at_once_ring_a_postponed_job_once(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    for job in jobs(database):
        postponed(database, job, -1)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: protocol.sweep(database, 9).returned, range(6)))
    assert sorted(message.id for to_enqueue in found for message in to_enqueue) == [1, 2]


def test_a_paused_studys_postponed_job_is_rung_after_the_pause(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    postponed(database, jobs(database)[0], -1)
    with writing(database) as session:
        session.execute(update(StudyRow).values(paused=True))
    assert protocol.sweep(database, 9).returned == []
    with writing(database) as session:
        session.execute(update(StudyRow).values(paused=False))
    assert [message.id for message in protocol.sweep(database, 9).returned] == [
        jobs(database)[0].id
    ]

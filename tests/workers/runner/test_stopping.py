"""A worker that loses a lease writes nothing; one that stops gives back what it holds."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_model import FakeEngine, jobs, make_runner, small_study, store
from runner_steps import answers, in_thread, now_of, stubbornly, until
from sqlalchemy import Engine, update
from sqlmodel import col

from anthology.models.database.sessions import now_s, open_database, writing
from anthology.models.database.tables import Job
from anthology.models.errors import Interrupted
from anthology.models.jobs import protocol
from anthology.models.jobs.protocol import Usage


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


# --- lost leases ---------------------------------------------------------------------------------


def test_a_worker_that_lost_its_lease_writes_nothing(database: Engine, job: int) -> None:
    model = FakeEngine(hangs=lambda prompt: bool(model.prompts[7:8]) and not gate.is_set())
    gate = threading.Event()
    runner = make_runner(database, model)
    thread, said = in_thread(runner, job)
    until(lambda: len(model.prompts) >= 8)
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == job).values(lease_until=now_s() - 1))
    other = protocol.claim(database, job, "other", 60, 5)
    assert other is not None
    assert protocol.renew(database, runner.held.values(), 60) == {(job, 1)}
    runner.drop({(job, 1)})
    thread.join(10)
    assert said == [f"job {job} was cancelled or went to another worker; nothing was written"]
    assert answers(database) == 0
    assert now_of(database, job).worker == "other"
    until(lambda: model.cancelled)
    protocol.finish(database, other, [], Usage(), None)


def test_a_lease_lost_only_at_the_end_writes_nothing(database: Engine, job: int) -> None:
    runner = make_runner(database, FakeEngine(delay_s=0.1))
    thread, said = in_thread(runner, job)
    until(lambda: runner.held)
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == job).values(attempt=Job.attempt + 1))
    thread.join(10)
    assert said == [f"job {job} was cancelled or went to another worker; nothing was written"]
    assert answers(database) == 0


def test_a_worker_that_takes_its_own_job_again_drops_the_old_attempt_and_keeps_the_new_one(
    database: Engine, job: int
) -> None:
    """Its leases ran out unseen, as while it was stopped, and another worker's sweep enqueued."""
    well = threading.Event()
    runner = make_runner(database, FakeEngine(delay_s=0.3, hangs=lambda prompt: not well.is_set()))
    old, said = in_thread(runner, job)
    until(lambda: runner.held and runner._in_flight)
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == job).values(lease_until=now_s() - 1))
    assert [message.id for message in protocol.sweep(database, 5).returned] == [job]
    well.set()
    new, also_said = in_thread(runner, job)
    old.join(10)
    assert said == [f"job {job} was cancelled or went to another worker; nothing was written"]
    before = now_of(database, job).lease_until or 0
    assert protocol.renew(database, runner.held.values(), 900) == set()
    assert (now_of(database, job).lease_until or 0) > before + 800
    new.join(10)
    assert "24 answers, 8 people" in also_said[0]
    assert (now_of(database, job).state, now_of(database, job).attempt) == ("done", 2)
    assert (runner.held, runner._in_flight) == ({}, {})


# --- stopping ------------------------------------------------------------------------------------


def test_a_worker_that_stops_gives_its_job_back_with_whatever_is_done(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, people=30, conditions=["none"], chunk=30))
    job = jobs(database)[0].id or 0
    model = FakeEngine({"Yes": 1.0, "No": 1.0}, hangs=stubbornly)
    runner = make_runner(database, model)
    thread, said = in_thread(runner, job)
    until(lambda: len(model.prompts) >= 60)
    time.sleep(0.2)
    runner.stop()
    thread.join(10)
    stored = now_of(database, job)
    kept = answers(database)
    assert (stored.state, stored.deaths, stored.worker) == ("pending", 0, None)
    assert 0 < kept < 90
    assert kept % 3 == 0  # whole people only
    assert said == [f"given back with {kept // 3} people stored: this worker is stopping"]
    # Whoever takes it next asks only the others.
    next_one = FakeEngine({"Yes": 1.0, "No": 1.0})
    make_runner(database, next_one).do("survey", job, print)
    assert len(next_one.prompts) == 90 - kept
    assert answers(database) == 90


def test_within_the_grace_period_a_job_may_finish(database: Engine, job: int) -> None:
    runner = make_runner(database, FakeEngine(delay_s=0.1), grace_s=20.0)
    thread, said = in_thread(runner, job)
    until(lambda: runner.held)
    runner.stop()
    thread.join(10)
    assert "8 people" in said[0]
    assert now_of(database, job).state == "done"


def test_a_stopping_worker_takes_no_job(database: Engine, job: int) -> None:
    runner = make_runner(database, FakeEngine())
    runner.stop()
    with pytest.raises(Interrupted, match="not taken: this worker is stopping"):
        runner.do("survey", job, print)
    assert now_of(database, job).attempt == 0

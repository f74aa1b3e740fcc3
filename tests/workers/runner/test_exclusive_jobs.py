"""A job with one death left has the engine to itself, and whoever waits for that dies of nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_model import FakeEngine, jobs, make_runner, small_study, store
from runner_steps import in_thread, now_of, until
from sqlalchemy import Engine, update
from sqlmodel import col

from anthology.models.database.sessions import now_s, open_database, writing
from anthology.models.database.tables import Job
from anthology.models.jobs import protocol, ready


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def two(database: Engine, tmp_path: Path) -> tuple[int, int]:
    """Two jobs of a study, each for one condition."""
    store(database, small_study(tmp_path, people=2, conditions=["none", "bio"], chunk=8))
    first, second = (one.id or 0 for one in jobs(database))
    return first, second


def died(database: Engine, job: int, times: int) -> None:
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == job).values(deaths=times))


@pytest.mark.parametrize("deaths", [(0, 1), (1, 1), (1, 0)])
def test_a_job_that_waits_for_its_turn_is_not_held_and_so_outlives_the_worker(
    database: Engine, two: tuple[int, int], deaths: tuple[int, int]
) -> None:
    for job, times in zip(two, deaths, strict=True):
        died(database, job, times)
    runner = make_runner(database, FakeEngine(hangs=lambda prompt: True))
    runner.settings.max_deaths = 2
    at_work, waiting = two
    in_thread(runner, at_work)
    until(lambda: now_of(database, at_work).state == "running")
    in_thread(runner, waiting)
    until(lambda: runner.busy == 2)
    # Now the worker is killed: nobody renews its leases.
    with writing(database) as session:
        session.execute(update(Job).values(lease_until=now_s() - 1))
    protocol.sweep(database, 3)
    assert now_of(database, at_work).deaths == deaths[0] + 1
    assert now_of(database, waiting).state == "pending"
    assert ready.deaths(database, waiting) == deaths[1]


def test_a_job_that_dies_elsewhere_while_its_message_waits_is_given_back_to_be_alone(
    database: Engine, two: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = two[0]
    runner = make_runner(database, FakeEngine())
    monkeypatch.setattr(ready, "deaths", lambda *_: 0)
    died(database, job, runner.settings.max_deaths - 1)
    assert runner.do("survey", job, print) == (
        "given back with 0 people stored: it comes again, to be alone"
    )
    assert now_of(database, job).state == "pending"
    monkeypatch.undo()
    assert "given back" not in runner.do("survey", job, print)
    assert now_of(database, job).state == "done"

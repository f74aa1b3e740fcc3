"""What a worker does while its database is away, or refuses what it is given."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, small_study
from runner_steps import answers, away, locked, now_of
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError, ProgrammingError

from anthology.models.database.sessions import connect, open_database
from anthology.models.errors import Interrupted
from anthology.models.jobs import protocol
from anthology.workers.runner import database_retries, housekeeping, job_runner
from anthology.workers.tasks import measure, survey


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


# --- the database away ---------------------------------------------------------------------------


def test_answers_wait_until_the_database_can_be_written(database: Engine, job: int) -> None:
    refused: list[str] = []

    @event.listens_for(database, "before_cursor_execute")
    def refuse(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO answer") and len(refused) < 2:
            refused.append(statement)
            raise job_runner.DBAPIError.instance(
                statement, None, database.dialect.dbapi.OperationalError("disk I/O error"),  # type: ignore[union-attr]
                database.dialect.dbapi.Error,  # type: ignore[union-attr]
            )  # fmt: skip

    model = FakeEngine()
    line = make_runner(database, model).do("survey", job, print)
    event.remove(database, "before_cursor_execute", refuse)
    assert len(refused) == 2
    assert "24 answers, 8 people" in line
    assert answers(database) == 24
    assert len(model.prompts) == 24  # nobody was asked again


def test_answers_that_the_database_never_takes_fail_the_job_with_the_reason(
    database: Engine, job: int
) -> None:
    """E.g. NaN or NUL in PostgreSQL: a DataError comes out of the Celery task, the lease runs out
    five times, and the job fails with "the worker died"."""

    @event.listens_for(database, "before_cursor_execute")
    def refuse(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO answer"):
            raise job_runner.DBAPIError.instance(
                statement, None, database.dialect.dbapi.DataError("not JSON"),  # type: ignore[union-attr]
                database.dialect.dbapi.Error,  # type: ignore[union-attr]
            )  # fmt: skip

    try:
        make_runner(database, FakeEngine()).do("survey", job, print)
    finally:
        event.remove(database, "before_cursor_execute", refuse)
    assert now_of(database, job).state != "running"


# --- a database that is away for a while ---------------------------------------------------------


def test_a_stopping_worker_stores_through_a_passing_conflict(database: Engine) -> None:
    runner = make_runner(database, None)
    runner.stopping.set()
    faults = [locked(), locked()]

    def write() -> str:
        if faults:
            raise faults.pop()
        return "stored"

    assert runner.transaction(write) == "stored"


def test_a_stopping_worker_does_not_wait_for_ever_for_the_database(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_retries, "TRIES_WHEN_STOPPING", 2)
    runner = make_runner(database, None)
    runner.stopping.set()
    tries = []

    def write() -> None:
        tries.append(1)
        raise locked()

    with pytest.raises(OperationalError):
        runner.transaction(write)
    assert len(tries) == 3


def test_a_finished_job_does_not_fail_when_its_worker_stops_while_the_database_is_away(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back when its lease runs out; failed, it would be so for good."""
    monkeypatch.setattr(database_retries, "TRIES_WHEN_STOPPING", 2)
    runner = make_runner(database, FakeEngine(), grace_s=60)
    monkeypatch.setattr(protocol, "finish", lambda *_: (runner.stop(), away()))
    with pytest.raises(OperationalError):
        runner.do("survey", job, print)
    assert now_of(database, job).state == "running"
    assert runner.held == {}


def test_a_message_waits_while_the_database_is_away(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, faults = protocol.claim, [locked(), locked()]

    def claim(*arguments: Any, **named: Any) -> Any:
        if faults:
            raise faults.pop()
        return real(*arguments, **named)

    monkeypatch.setattr(protocol, "claim", claim)
    assert "8 people" in make_runner(database, FakeEngine()).do("survey", job, print)
    assert now_of(database, job).attempt == 1


def test_a_message_that_waits_goes_back_when_its_worker_stops(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = make_runner(database, FakeEngine())
    tries: list[int] = []
    monkeypatch.setattr(protocol, "claim", lambda *_, **__: (tries.append(1), away()))
    threading.Timer(0.2, runner.stop).start()
    with pytest.raises(Interrupted):
        runner.do("survey", job, print)
    assert tries == [1]


# --- a database behind a pooler ------------------------------------------------------------------


def prepared_already() -> ProgrammingError:
    error = psycopg.errors.DuplicatePreparedStatement('prepared statement "_pg3_5" already exists')
    return ProgrammingError("SELECT 1", {}, error)


@pytest.mark.parametrize("where", ["claim", "finish", "is_known"])
def test_an_error_of_a_connection_fails_no_job_and_loses_no_result(
    where: str, database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind PgBouncer jobs had failed for good: the driver's class said that we had erred."""
    module: Any = job_runner.ready if where == "is_known" else protocol
    real, tries = getattr(module, where), iter([1, 2])

    def flaky(*arguments: Any, **named: Any) -> Any:
        if next(tries, None):
            raise prepared_already()
        return real(*arguments, **named)

    monkeypatch.setattr(module, where, flaky)
    monkeypatch.setattr(database_retries, "LONGEST_WAIT_S", 0.01)
    engine = FakeEngine()
    runner = make_runner(database, engine)
    runner.do("survey", job, lambda _: None)
    assert runner.do("survey", job, lambda _: None).startswith("nothing to do")
    done = now_of(database, job)
    assert (done.state, done.attempt, done.deaths) == ("done", 1, 0)


@pytest.mark.parametrize("kind", ["survey", "measure"])
def test_what_a_job_cannot_read_is_no_death_of_its(
    kind: str, database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, function = (survey, "items") if kind == "survey" else (measure, "rows")
    real, tries = getattr(task, function), iter([1, 2])

    def flaky(*arguments: Any) -> Any:
        if next(tries, None):
            raise prepared_already()
        return real(*arguments)

    monkeypatch.setattr(task, function, flaky)
    monkeypatch.setattr(database_retries, "LONGEST_WAIT_S", 0.01)
    drain(make_runner(database, FakeEngine()))
    assert {(one.state, one.deaths) for one in jobs(database)} == {("done", 0)}
    assert next(tries, None) is None


def test_a_whole_study_needs_one_connection_at_a_time(tmp_path: Path) -> None:
    """A thread that held one and asked for another would wait for itself."""
    opened = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    one = connect(opened.url, {"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.5})
    run_study(one, small_study(tmp_path))
    found = make_runner(one, FakeEngine())
    housekeeping.register(found, "cpu", None)
    housekeeping.keep(found)
    housekeeping.look(found)
    protocol.sweep(one, 5)
    assert {job.state for job in jobs(one)} == {"done"}
    one.dispose()
    opened.dispose()

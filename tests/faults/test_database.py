"""The database dies, hangs up, or is locked in the middle of a study."""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
import redis
from faults.instant import InstantSystem, faultless, results
from local_postgres import LocalPostgres
from queues import waiting
from running import eventually

from anthology.models.jobs.planning import Message


@pytest.fixture
def own_postgres() -> Iterator[LocalPostgres]:
    """A PostgreSQL that a test may kill."""
    with LocalPostgres() as server:
        yield server


def test_a_study_outlives_a_postgresql_that_is_killed_and_comes_back(
    instant: InstantSystem, own_postgres: LocalPostgres
) -> None:
    system = replace(instant, database_url=own_postgres.url)
    study = system.submit()
    with system.command("wait", "small", "--timeout", "120") as waiting, system.instant_launcher():
        system.until_half_done()
        eventually(lambda: "jobs ended" in waiting.log.read_text(), 90)
        own_postgres.kill()
        time.sleep(4)  # longer than a lease
        own_postgres.restart()
        assert waiting.child.wait(120) == 0, waiting.log.read_text()
    assert "the database cannot be read, trying again" in waiting.log.read_text()
    assert results(system.database_url) == faultless(system.folder, study)


def test_a_study_outlives_connections_that_are_cut_in_the_middle_of_transactions(
    instant: InstantSystem, postgres_url: str
) -> None:
    system = replace(instant, database_url=postgres_url)
    study = system.submit()
    with system.instant_launcher():
        system.until_half_done()
        assert cut_all(postgres_url, seconds=3) > 10, "nothing was connected"
        assert system.wait()["state"] == "done"
    assert results(system.database_url) == faultless(system.folder, study)


@pytest.mark.parametrize("patience_ms", [60_000, 500])
def test_a_study_outlives_a_sqlite_file_that_somebody_locks_for_longer_than_a_lease(
    instant: InstantSystem, patience_ms: int
) -> None:
    system = replace(instant, patience_ms=patience_ms)
    study = system.submit()
    with system.instant_launcher():
        system.until_half_done()
        locked = sqlite3.connect(system.folder / "anthology.db", timeout=20)
        locked.execute("BEGIN IMMEDIATE")
        time.sleep(7)
        locked.rollback()
        locked.close()
        assert system.wait()["state"] == "done"
    assert results(system.database_url) == faultless(system.folder, study)


def cut_all(url: str, seconds: float) -> int:
    """Ends every other connection to a database again and again; how many it ended."""
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    cut = 0
    deadline = time.monotonic() + seconds
    with psycopg.connect(plain, autocommit=True) as connection:
        while time.monotonic() < deadline:
            cut += connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).rowcount
            time.sleep(0.05)
    return cut


def test_messages_wait_while_the_database_is_away_and_go_back_when_their_worker_stops(
    instant: InstantSystem,
) -> None:
    """Each was dropped with a traceback: an outage of seconds emptied the queue."""
    system = replace(instant, patience_ms=200)
    system.submit(people=4, conditions=["none"], pool=None)
    with system.instant_worker() as worker, redis.Redis.from_url(system.broker_url) as client:
        system.wait()
        locked = sqlite3.connect(system.folder / "anthology.db", timeout=20)
        locked.execute("BEGIN IMMEDIATE")
        message = Message(1, "survey", "gpu.fake", "small: survey", "none", 0, 1)
        system.enqueue(20 * [message])
        worker.wait_for("the database cannot be written, trying again", times=6)
        assert waiting(system.broker_url, system.queue("gpu.fake")) + client.hlen("unacked") == 20
        worker.stop()
        locked.rollback()
        assert waiting(system.broker_url, system.queue("gpu.fake")) == 20
        assert client.hlen("unacked") == 0
    assert worker.child.returncode == 0
    assert "raised unexpected" not in worker.log.read_text()

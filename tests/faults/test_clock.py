"""The clock steps by an hour in the middle of a study: leases rest on the database's clock."""

from dataclasses import replace

import psycopg
import pytest
from faults.instant import InstantSystem, faultless, results

HOUR = 3600


@pytest.fixture
def wrong(instant: InstantSystem, database_url: str) -> InstantSystem:
    """A system with a clock that can be set, of its machine and of its database."""
    clock = instant.folder / "clock"
    clock.write_text("0")
    if database_url.startswith("postgresql"):
        deceive(database_url, 0)
    return replace(instant, database_url=database_url, clock=clock)


def step(system: InstantSystem, seconds: int) -> None:
    assert system.clock is not None
    system.clock.write_text(str(seconds))
    if system.database_url.startswith("postgresql"):
        deceive(system.database_url, seconds)


def deceive(url: str, seconds: int) -> None:
    """Puts a wrong `clock_timestamp` before PostgreSQL's own, in this database alone."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute("CREATE SCHEMA IF NOT EXISTS wrong")
        connection.execute(
            "CREATE OR REPLACE FUNCTION wrong.clock_timestamp() RETURNS timestamptz LANGUAGE sql "
            f"AS $$ SELECT pg_catalog.clock_timestamp() + interval '{seconds} seconds' $$"
        )
        connection.execute(f'ALTER DATABASE "{name}" SET search_path = wrong, pg_catalog, public')


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
def test_a_study_ends_the_same_though_the_clock_steps_while_workers_work(
    wrong: InstantSystem, seconds: int
) -> None:
    study = wrong.submit()
    with wrong.instant_worker("w0"), wrong.instant_worker("w1"):
        wrong.until_half_done()
        step(wrong, seconds)
        assert wrong.wait()["state"] == "done"
    assert results(wrong.database_url) == faultless(wrong.folder, study)


def test_a_dead_workers_job_is_free_within_seconds_though_the_clock_was_set_back(
    wrong: InstantSystem,
) -> None:
    step(wrong, HOUR)
    study = wrong.submit()
    with wrong.instant_worker("w0") as worker:
        wrong.until_half_done()
        worker.stop_at_work(lambda: wrong.count("job", "state = 'running'"))
        worker.kill()
    step(wrong, 0)
    with wrong.instant_worker("w1"):
        assert wrong.wait(seconds=40)["state"] == "done"
    assert wrong.count("job", "deaths > 0") > 0
    assert results(wrong.database_url) == faultless(wrong.folder, study)

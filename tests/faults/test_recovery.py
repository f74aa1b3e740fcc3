"""How long a killed worker's jobs wait, with the settings that everybody has."""

import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from faults.instant import InstantSystem
from running import eventually
from sqlalchemy import ColumnElement, and_, create_engine, select
from sqlmodel import col

from anthology.models.database.tables import Job
from anthology.producer.local.local_redis import LocalRedis

TIMING = ("ANTHOLOGY_LEASE_S", "ANTHOLOGY_SWEEP_S", "ANTHOLOGY_GRACE_S", "ANTHOLOGY_STALL_S")


@dataclass(frozen=True)
class DefaultSystem(InstantSystem):
    """Workers with the leases and sweeps of a night in earnest."""

    @property
    def environment(self) -> dict[str, str]:
        return {k: v for k, v in super().environment.items() if k not in TIMING}


def attempts(system: InstantSystem, which: ColumnElement[bool]) -> dict[int, int]:
    """Jobs by id with the number of their last attempt."""
    engine = create_engine(system.database_url)
    with engine.connect() as connection:
        found = connection.execute(select(col(Job.id), col(Job.attempt)).where(which)).all()
    engine.dispose()
    return {job: attempt for job, attempt in found}  # noqa: C416 - rows to a dict


@pytest.fixture
def system(tmp_path: Path, own_redis: LocalRedis, postgres_url: str) -> DefaultSystem:
    return DefaultSystem(tmp_path, own_redis.url, postgres_url, delay_s=0.5)


def test_a_killed_workers_jobs_run_elsewhere_within_a_minute_though_a_hundred_wait(
    system: DefaultSystem,
) -> None:
    """Before: they came back to the end of the queue, and ran when all others were done."""
    system.submit(people=800, conditions=["none"], pool=None, traits={}, measures={})
    with system.instant_worker("w0") as victim, system.instant_worker("w1"):
        mine = and_(col(Job.state) == "running", col(Job.worker) == "w0@test")
        victim.stop_at_work(lambda: attempts(system, mine))
        held = attempts(system, mine)
        victim.kill()
        killed = time.monotonic()

        def elsewhere() -> bool:
            now = attempts(system, col(Job.worker) == "w1@test")
            return all(now.get(job, 0) > attempt for job, attempt in held.items())

        eventually(elsewhere, 60)
        assert time.monotonic() - killed < 60
        assert system.count("job", "state = 'pending'") > 100

"""What the fault tests share: servers of their own to kill, and a study that lasts some seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import instant as instants
from faults.instant import InstantSystem

from anthology.producer.local.local_redis import LocalRedis


@pytest.fixture(scope="session", autouse=True)
def what_the_processes_share(of_all_processes: Path) -> None:
    instants.of_all_processes = of_all_processes


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[LocalRedis]:
    """A Redis that a test may kill."""
    with LocalRedis(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def instant(tmp_path: Path, own_redis: LocalRedis) -> InstantSystem:
    """SQLite, a Redis to kill, and workers that take 50 ms to answer a prompt."""
    return InstantSystem(
        tmp_path, own_redis.url, f"sqlite:///{tmp_path / 'anthology.db'}", delay_s=0.05
    )

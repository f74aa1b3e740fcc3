"""Signals to the processes of a worker: itself and its launcher; and a worker that is deaf."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from faults.instant import InstantSystem, faultless, results
from faults.proxy import Proxy
from running import alive, eventually

from anthology.producer.local.local_redis import LocalRedis

RUNNING = "kind = 'survey' AND state = 'running'"


@dataclass(frozen=True)
class Alert(InstantSystem):
    """A worker is deaf after three seconds with work in the queue and nothing received."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "ANTHOLOGY_STALL_S": "3", "ANTHOLOGY_GRACE_S": "0.5"}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    with LocalRedis(tmp_path / "redis") as server:
        yield server.url


@pytest.fixture
def slow(tmp_path: Path, broker: str, postgres_url: str) -> Alert:
    """Workers that take some seconds for a chunk of four people and three questions."""
    return Alert(tmp_path, broker, postgres_url, delay_s=0.5)


def test_a_stopped_worker_that_goes_on_writes_nothing_twice(slow: Alert) -> None:
    study = slow.submit(conditions=["none", "bio"])
    with slow.instant_worker("w0") as first:
        first.stop_at_work(lambda: slow.count("job", RUNNING))
        stopped = time.monotonic()
        with slow.instant_worker("w1"):
            eventually(lambda: slow.count("job", f"{RUNNING} AND worker = 'w1@test'"), 30)
            assert time.monotonic() - stopped < 30
            slow.wait()
        before = results(slow.database_url)
        os.killpg(first.child.pid, signal.SIGCONT)
        first.wait_for("went to another worker; nothing was written")
        assert results(slow.database_url) == before == faultless(slow.folder, study)
        assert first.child.poll() is None, "a worker that was stopped for a while is well"


def test_workers_whose_launcher_is_killed_give_their_jobs_back_and_end(slow: Alert) -> None:
    study = slow.submit(conditions=["none", "bio"])
    with slow.instant_launcher() as launcher:
        eventually(lambda: slow.count("job", RUNNING), 60)
        workers = psutil.Process(launcher.child.pid).children()
        assert len(workers) == 2
        launcher.child.kill()
        eventually(lambda: not any(map(alive, workers)), 40)
        assert slow.count("job", "state = 'running'") == 0, "a job waits for its lease"
        assert slow.count("job", "deaths > 0") == 0
    with slow.instant_launcher():
        slow.wait()
    assert results(slow.database_url) == faultless(slow.folder, study)


def test_a_worker_to_which_no_message_comes_any_more_is_started_again(
    tmp_path: Path, postgres_url: str, broker: str
) -> None:
    """Its connection is silently gone. Celery waits on it for ever: it lives and takes nothing."""
    with Proxy(urlsplit(broker).port or 0) as proxy:
        url = f"redis://127.0.0.1:{proxy.port}/0"
        alert = Alert(tmp_path, url, postgres_url)
        with alert.instant_launcher() as launcher:
            launcher.wait_for("ready.", times=2)
            assert proxy.forget()
            study = alert.submit(conditions=["none"])
            launcher.wait_for(f"jobs wait in {alert.queue('gpu.fake')} and", seconds=90)
            alert.wait()
        assert results(postgres_url) == faultless(tmp_path, study)

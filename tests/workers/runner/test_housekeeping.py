"""What a worker does between jobs, with a real Redis that is away for a while."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_model import jobs, make_runner, small_study, store
from sqlalchemy import Engine

from anthology.models.jobs import broker, messages, protocol
from anthology.producer.local.local_redis import free_port
from anthology.workers.runner import housekeeping
from anthology.workers.runner.job_runner import JobRunner


def test_a_sweep_that_waits_keeps_no_lease_from_being_renewed(
    database: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    keep_house: Callable[[JobRunner], None],
) -> None:
    """Whoever submits to a large pool holds its row for as long as that takes."""
    job, *_ = store(database, small_study(tmp_path, conditions=["none"]))
    held = protocol.claim(database, job.id, "w", 0.5, 5)
    assert held is not None
    runner = make_runner(database, None)
    runner.settings = runner.settings.model_copy(update={"lease_s": 0.5, "sweep_s": 0.1})
    runner.held[held.key] = held
    swept, go_on = threading.Event(), threading.Event()

    def sweep(_: JobRunner) -> None:
        swept.set()
        go_on.wait(30)

    monkeypatch.setattr(housekeeping, "sweep", sweep)
    keep_house(runner)
    assert swept.wait(10)
    time.sleep(1.5)
    assert protocol.sweep(database, 5).returned == []
    go_on.set()


def test_a_dead_workers_jobs_are_rung_though_redis_was_away_when_their_leases_ended(
    database: Engine, tmp_path: Path, redis_url: str
) -> None:
    dead, waiting = store(database, small_study(tmp_path, conditions=["none"]))
    assert protocol.claim(database, dead.id, "w", -1, 5) is not None
    runner = make_runner(database, None)
    runner.app = messages.make_app(f"redis://127.0.0.1:{free_port()}/0", "t")
    housekeeping.sweep(runner)
    assert jobs(database)[0].state == "running"
    runner.app = messages.make_app(redis_url, "t")
    messages.enqueue(runner.app, [waiting])  # so the queue is not silent
    housekeeping.sweep(runner)
    assert jobs(database)[0].state == "pending"
    assert broker.waiting(redis_url, ["gpu.fake@t"]) == {"gpu.fake@t": 2}

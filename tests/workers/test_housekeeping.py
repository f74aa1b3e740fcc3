"""What a worker does between jobs, with a real Redis that is away for a while."""

from pathlib import Path

from fake_model import jobs, small_study, station, store
from sqlalchemy import Engine

from models import protocol, queue
from producer.local_redis import free_port
from workers import housekeeping


def test_a_dead_workers_jobs_are_rung_though_redis_was_away_when_their_leases_ended(
    database: Engine, tmp_path: Path, redis_url: str
) -> None:
    dead, waiting = store(database, small_study(tmp_path, conditions=["none"]))
    assert protocol.claim(database, dead.id, "w", -1, 5) is not None
    desk = station(database, None)
    desk.app = queue.make_app(f"redis://127.0.0.1:{free_port()}/0")
    housekeeping.sweep(desk)
    assert jobs(database)[0].state == "running"
    desk.app = queue.make_app(redis_url)
    queue.ring(desk.app, [waiting])  # so the queue is not silent
    housekeeping.sweep(desk)
    assert jobs(database)[0].state == "pending"
    assert queue.waiting(redis_url, "gpu.fake") == 2

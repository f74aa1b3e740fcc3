"""The disk is full: what a worker has found waits in its memory."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from fake_model import FakeEngine, jobs, make_runner, small_study, store
from faults.instant import InstantSystem, faultless, results
from running import eventually
from sqlalchemy import event

from anthology.models.database.sessions import open_database


@contextmanager
def no_room(pid: int) -> Iterator[None]:
    """The kernel refuses whatever a process writes to files, as if a quota were used up."""
    process = psutil.Process(pid)
    _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, (hard, hard))


def test_a_study_goes_on_when_there_is_room_again(instant: InstantSystem) -> None:
    study = instant.submit()
    with instant.instant_worker() as worker:
        instant.until_half_done()
        with no_room(worker.child.pid):
            done = instant.count("job", "state = 'done'")
            time.sleep(5)  # longer than a lease
            assert instant.count("job", "state = 'done'") <= done + 2, "it could write"
        assert instant.wait()["state"] == "done"
    assert results(instant.database_url) == faultless(instant.folder, study)


def test_a_full_database_is_tried_again_until_the_results_fit(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'anthology.db'}"
    database = open_database(url)
    store(database, small_study(tmp_path, people=400, conditions=["none"], chunk=400))
    pages: list[int] = []  # SQLite says "database or disk is full" beyond so many

    @event.listens_for(database, "checkout")
    def limit(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages[-1] if pages else 10**9}")

    runner = make_runner(database, FakeEngine(delay_s=0.2))
    job = jobs(database)[0]
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(runner.do("survey", job.id or 0, print)))
    thread.start()
    eventually(lambda: runner.held, 10, every=0.01)
    with database.connect() as connection:
        pages.append(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    thread.join(4)
    assert thread.is_alive(), f"it was not full: {said}"
    pages.append(10**9)
    thread.join(20)
    assert "1200 answers" in said[0]
    assert jobs(database)[0].state == "done"
    database.dispose()

"""Jobs claimed and finished at once, to see what is planned after them."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fake_model import jobs, small_study
from sqlalchemy import Engine

from anthology.models.database.tables import Job
from anthology.models.jobs import protocol
from anthology.models.jobs.planning import Message
from anthology.models.jobs.protocol import Usage


def claim(database: Engine, job: Job) -> protocol.Claim:
    held = protocol.claim(database, job.id or 0, "w", 60, 5)
    assert held is not None
    return held


def finish(database: Engine, job: Job, rows: protocol.Rows | None = None) -> list[Message]:
    return protocol.finish(database, claim(database, job), rows or [], Usage(), None)


def finish_all(database: Engine, kind: str) -> list[Message]:
    pending = [job for job in jobs(database, kind) if job.state == "pending"]
    return [message for job in pending for message in finish(database, job)]


def kinds(to_enqueue: list[Message]) -> Counter[str]:
    return Counter(message.kind for message in to_enqueue)


def at_once(database: Engine, todo: list[Job], rows: Any = lambda job: []) -> list[Any]:
    """Finishes several jobs in threads that start together; an exception is its result."""
    held = [(claim(database, job), rows(job)) for job in todo]
    start = threading.Barrier(len(held))

    def run(one: tuple[protocol.Claim, protocol.Rows]) -> Any:
        start.wait()
        try:
            return protocol.finish(database, one[0], one[1], Usage(), None)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(held)) as pool:
        return list(pool.map(run, held))


def shared(tmp_path: Path, name: str, **changes: Any) -> Any:
    return small_study(tmp_path, study=name, conditions=["natural/greedy"], **changes)

"""Jobs as workers hold them: claimed, expired, changed under their hands; and rows to store."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, select, update
from sqlmodel import Session, col

from anthology.models.database.sessions import now_s, writing
from anthology.models.database.tables import Answer, Job
from anthology.models.jobs import protocol
from anthology.models.jobs.protocol import Claim


def take(database: Engine, job: Job, worker: str = "w", lease_s: float = 60) -> Claim | None:
    assert job.id is not None
    return protocol.claim(database, job.id, worker, lease_s, max_deaths=3)


def taken(database: Engine, job: Job, worker: str = "w", lease_s: float = 60) -> Claim:
    held = take(database, job, worker, lease_s)
    assert held is not None
    return held


def let_lease_expire(database: Engine, job: Job) -> None:
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == job.id).values(lease_until=now_s() - 1))


def set_job(database: Engine, job: Job, **values: Any) -> None:
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == job.id).values(**values))


def now_of(database: Engine, job: Job) -> Job:
    with Session(database) as session:
        return session.get_one(Job, job.id)


def answer(job: Job, respondent: int, **changes: Any) -> dict[str, Any]:
    return {
        "study_id": job.study_id, "condition": "none", "respondent": respondent,
        "question": "roads", "persona": None, "place": 0, "shown": [0, 1, 2],
        "probabilities": [0.2, 0.3, 0.5], "label_mass": 0.9, "drawn": 2, "job_id": job.id,
        "error": None, **changes,
    }  # fmt: skip


def answers(database: Engine) -> list[int]:
    with Session(database) as session:
        rows = session.execute(select(Answer.respondent).order_by(col(Answer.respondent)))
        return list(rows.scalars())


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Runs all in threads that start together; an exception is its result."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return work()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))

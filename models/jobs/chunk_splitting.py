"""Splits a chunk on which workers keep dying, so that one poisonous person costs nobody else.

Knows jobs and people's numbers only: who is poisonous shows when each has a job alone.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from anthology.models.database.tables import Job
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.kinds import DIVISIBLE, MAKING
from anthology.models.jobs.planning import MESSAGE, TERMINAL, Message, insert_jobs


def split(session: Session, job_ids: Collection[int]) -> list[Message]:
    """Turns those of the just failed jobs that hold several people into jobs of one person each.

    A job keeps its first person, the others get jobs of their own, keyed by their numbers; all
    start afresh, with no deaths. Returns them all. People already stored are skipped as ever.
    """
    chosen = select(Job).where(
        col(Job.id).in_(job_ids),
        col(Job.state) == "failed",
        col(Job.kind).in_(DIVISIBLE),
        col(Job.count) > 1,
    )
    to_enqueue: list[Message] = []
    for job in session.execute(chosen.order_by(col(Job.id))).scalars().all():
        if job.kind in MAKING:
            _split_polls(session, job)
        others = _others(job)  # before the update, which the object follows
        fresh = {"state": "pending", "deaths": 0, "not_before": 0.0}
        alone = update(Job).where(col(Job.id) == job.id).values(count=1, **fresh)
        to_enqueue += [Message(*row) for row in session.execute(alone.returning(*MESSAGE))]
        to_enqueue += insert_jobs(session, others)
    return to_enqueue


def _split_polls(session: Session, stories: Job) -> None:
    """Cuts the polls of a chunk whose stories are written again (after a retry) as the stories
    are: a single story would otherwise look unpolled, and be counted twice."""
    over = select(Job).where(
        col(Job.kind) == "poll",
        col(Job.pool_id) == stories.pool_id,
        col(Job.first) == stories.first,
        col(Job.count) > 1,
    )
    for poll in session.execute(over).scalars().all():
        # A running one goes on with all of its people; what it stores, the others then skip.
        state = poll.state if poll.state in TERMINAL else "pending"
        others = [{**row, "state": state} for row in _others(poll)]
        session.execute(update(Job).where(col(Job.id) == poll.id).values(count=1))
        insert_jobs(session, others)


def _others(job: Job) -> list[dict[str, Any]]:
    """Jobs of one person for everybody of a chunk but the first."""
    rows = span_jobs(
        job.kind, job.study_id, "", job.first + 1, job.count - 1, 1, job.queue,
        condition=job.condition, pool_id=job.pool_id,
    )  # fmt: skip
    return [{**row, "title": job.title} for row in rows]

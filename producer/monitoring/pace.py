"""How fast a study goes, and how long it will still take, from what jobs have taken so far.

The same workers do several jobs at a time, also other studies'; so what counts is each job's share
of that time, which can be added up.
"""

from collections import Counter

from sqlalchemy import func, select
from sqlmodel import Session, col

from anthology.models.database.study_models import contents_of
from anthology.models.database.tables import Job, StudyRow
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.study.study import Study
from anthology.producer.monitoring.active_time import DONE, active_s, shares_s
from anthology.producer.monitoring.lookup import of_study
from anthology.producer.monitoring.remaining import (
    Owner,
    Remaining,
    owner_of,
    remaining_ahead,
    remaining_of,
)
from anthology.producer.monitoring.servers import shared_queues

RATE_WINDOW_S = 300.0
LATEST_JOBS = 5000


def rate(session: Session, row: StudyRow) -> tuple[float, float]:
    """Tokens read and written a second over the last minutes of work, and the cached share."""
    last = session.execute(
        select(func.max(col(Job.finished_at))).where(of_study(row), col(Job.queue) != CPU_QUEUE)
    ).scalar_one()
    if last is None:
        return 0.0, 0.0
    done = session.execute(
        select(
            col(Job.prompt_tokens), col(Job.cached_tokens), col(Job.output_tokens),
            col(Job.started_at), col(Job.finished_at),
        ).where(
            of_study(row),
            col(Job.queue) != CPU_QUEUE,
            DONE,
            col(Job.finished_at) > last - RATE_WINDOW_S,
        )
    ).all()  # fmt: skip
    active = active_s((start, end) for *_, start, end in done)
    prompt, cached, output = (sum(job[i] for job in done) for i in range(3))
    if not prompt or not active:
        return 0.0, 0.0
    return (prompt + output) / active, cached / prompt


def remaining_s(
    session: Session, row: StudyRow, study: Study, state: str
) -> tuple[float | None, float]:
    """Seconds until a study is done, and how many of them are other studies'.

    None before every kind of job that is still to be done has a pace.
    """
    if state.startswith("done") or state == "cancelled":
        return 0.0, 0.0
    if state == "paused":
        return None, 0.0
    paces = _paces(session, shared_queues(session, contents_of(session, row)))
    mine = remaining_of(session, row, study)
    own = _cost_s(mine, paces)
    others = _cost_s(remaining_ahead(session, row, study, mine), paces)
    return (None, 0.0) if own is None or others is None else (own + others, others)


Paces = dict[tuple[Owner | None, str], float]


def _cost_s(remaining: list[Remaining], paces: Paces) -> float | None:
    """At the pace of the study's own jobs of that kind, or else of anybody's in the queue."""
    total = 0.0
    for one in remaining:
        pace = paces.get((one.owner, one.kind), paces.get((None, one.kind)))
        if pace is None:
            return None
        total += one.people * pace
    return total


def _paces(session: Session, queues: set[str]) -> Paces:
    """Seconds a person, by whose job it was (None: anybody's) and its kind, of the latest jobs."""
    jobs = session.execute(
        select(
            col(Job.study_id), col(Job.pool_id), col(Job.kind), col(Job.count),
            col(Job.started_at), col(Job.finished_at),
        )
        .where(col(Job.queue).in_(queues), DONE)
        .order_by(col(Job.finished_at).desc())
        .limit(LATEST_JOBS)
    ).all()  # fmt: skip
    spent: Counter[tuple[Owner | None, str]] = Counter()
    people: Counter[tuple[Owner | None, str]] = Counter()
    costs = shares_s([(start, end) for *_, start, end in jobs])
    for (study_id, pool_id, kind, count, *_), cost in zip(jobs, costs, strict=True):
        for key in ((owner_of(study_id, pool_id), kind), (None, kind)):
            spent[key] += cost  # type: ignore[assignment]
            people[key] += count
    return {key: spent[key] / people[key] for key in people if people[key]}

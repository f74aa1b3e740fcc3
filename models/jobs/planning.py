"""What comes next: plans the jobs whose turn has come, from any process, any number of times.

A chunk's poll follows its backstories at once; matching waits for all polls, measuring for all
surveys. Unique job keys make planning twice harmless.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from anthology.models.database.tables import Job, PoolRow, StudyRow
from anthology.models.database.transient_errors import passing
from anthology.models.jobs.chunks import CALIBRATION_PEOPLE, CPU_QUEUE, span_jobs
from anthology.models.language_model.names import queue_for
from anthology.models.study.study import Study

log = logging.getLogger(__name__)

TERMINAL = ("done", "failed", "cancelled")


@dataclass(frozen=True)
class Message:
    """What a queue message needs: the job's id and what a person may read in Flower.

    `urgent` goes before all others: a job that ran already, until its worker died.
    """

    id: int
    kind: str
    queue: str
    title: str
    condition: str
    first: int
    count: int
    urgent: bool = False


MESSAGE = (
    col(Job.id),
    col(Job.kind),
    col(Job.queue),
    col(Job.title),
    col(Job.condition),
    col(Job.first),
    col(Job.count),
)


def plan(session: Session, study_id: int) -> list[Message]:
    """Plans every job of a study whose turn has come and that is not planned yet.

    Locks the pool's and the study's row, so that two jobs that finish at once cannot both miss a
    barrier. Always in this order, and without excluding the foreign keys of inserted results:
    any other way PostgreSQL sees a deadlock.
    """
    pool = select(col(StudyRow.pool_id)).where(col(StudyRow.id) == study_id).scalar_subquery()
    lock_pool(session, pool)
    row = session.execute(
        select(StudyRow).where(col(StudyRow.id) == study_id).with_for_update(key_share=True)
    ).scalar_one()
    if row.cancelled:
        return []
    study = Study.from_spec(row.spec)
    planned = [*_ready_polls(session, row, study), *_ready_matches(session, row, study)]
    for condition in study.conditions:
        planned += _ready_for_survey(session, row, study, condition)
    to_enqueue = insert_jobs(session, planned)
    if not planned and _everything_surveyed(session, row, study):
        to_enqueue += insert_jobs(
            session, span_jobs("measure", row.id, row.name, 0, 1, 1, CPU_QUEUE)
        )
    return to_enqueue


def plan_apart(session: Session, study_id: int) -> list[Message]:
    """As `plan`, but a study that cannot be planned here costs nobody else: neither the studies
    planned beside it nor the results stored before it in the same transaction.

    Such is a newer version's, with settings that this one does not know. Errors by which the
    database says that it is away or busy are raised: whoever wrote tries again.
    """
    try:
        with session.begin_nested():
            return plan(session, study_id)
    except Exception as error:
        if isinstance(error, DBAPIError) and passing(error):
            raise
        named = select(col(StudyRow.name)).where(col(StudyRow.id) == study_id)
        _warn(session.execute(named).scalar_one(), f"{type(error).__name__}: {error}")
        return []


@cache  # once a process: every sweep meets the study again
def _warn(study: str, reason: str) -> None:
    log.warning(
        "study %r cannot be planned by this version; a newer worker or `anthology sweep` does: %s",
        study, " ".join(reason.split())[:300],
    )  # fmt: skip


def unfinished_studies(engine: Engine) -> list[int]:
    """Studies without an ended `measure` job: something of theirs may wait to be planned."""
    measured = select(col(Job.study_id)).where(
        col(Job.kind) == "measure", col(Job.state).in_(TERMINAL)
    )
    with engine.connect() as connection:
        return [
            study_id
            for study_id in connection.execute(
                select(col(StudyRow.id)).where(
                    col(StudyRow.cancelled).is_(False), col(StudyRow.id).not_in(measured)
                )
            ).scalars()
            if study_id is not None
        ]


def lock_pool(session: Session, pool_id: Any) -> None:
    """Holds the pool's row: a backstory job that ends while a study is submitted must be seen by
    one of the two."""
    session.execute(
        select(col(PoolRow.id)).where(col(PoolRow.id) == pool_id).with_for_update(key_share=True)
    )


def insert_jobs(session: Session, jobs: Sequence[dict[str, Any]]) -> list[Message]:
    """Inserts the jobs that do not exist yet (by `key`) and returns them."""
    if not jobs:
        return []
    statement = insert_ignoring(session)(Job).on_conflict_do_nothing(index_elements=["key"])
    to_enqueue: list[Message] = []
    for start in range(0, len(jobs), 500):
        found = session.execute(statement.returning(*MESSAGE), list(jobs[start : start + 500]))
        to_enqueue += [Message(*row) for row in found]
    return to_enqueue


def insert_ignoring(session: Session) -> Any:
    """The dialect's `insert`, which knows ON CONFLICT DO NOTHING."""
    return import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}").insert


def _ready_polls(session: Session, row: StudyRow, study: Study) -> list[dict[str, Any]]:
    """A poll for every chunk of stored backstories that this study has not polled."""
    if not study.matchings or study.pool is None:
        return []
    polled = (
        select(col(Job.first))
        .where(col(Job.study_id) == row.id, col(Job.kind) == "poll")
        .scalar_subquery()
    )
    chunks = session.execute(
        select(col(Job.first), col(Job.count)).where(
            col(Job.pool_id) == row.pool_id,
            col(Job.kind) == "backstory",
            col(Job.state).in_(TERMINAL),
            col(Job.first) < study.pool.count,
            col(Job.first).not_in(polled),
        )
    )
    return [
        job
        for first, count in chunks
        for job in span_jobs(
            "poll", row.id, row.name, first, min(count, study.pool.count - first), count,
            queue_for(study.model, row.content), pool_id=row.pool_id,
        )
    ]  # fmt: skip


def _ready_matches(session: Session, row: StudyRow, study: Study) -> list[dict[str, Any]]:
    if study.pool is None or _ended(session, row, "poll") < study.pool.count:
        return []
    planned = set(
        session.execute(
            select(col(Job.condition)).where(col(Job.study_id) == row.id, col(Job.kind) == "match")
        ).scalars()
    )
    return [
        job
        for method in study.matchings
        if f"natural/{method}" not in planned
        for job in span_jobs(
            "match", row.id, row.name, 0, row.respondents, row.respondents, CPU_QUEUE,
            condition=f"natural/{method}",
        )
    ]  # fmt: skip


def _ready_for_survey(
    session: Session, row: StudyRow, study: Study, condition: str
) -> list[dict[str, Any]]:
    """A condition's surveys, or the calibration before them, once it is matched."""
    if condition.startswith("natural/") and not _done(session, row, "match", condition):
        return []
    if study.calibrated and not _done(session, row, "calibrate", condition):
        people = min(row.respondents, CALIBRATION_PEOPLE)
        kind, count, chunk = "calibrate", people, people
    else:
        kind, count, chunk = "survey", row.respondents, study.chunk
    if _planned(session, row, kind, condition):
        return []
    queue = queue_for(study.model, row.content)
    return span_jobs(kind, row.id, row.name, 0, count, chunk, queue, condition=condition)


def _done(session: Session, row: StudyRow, kind: str, condition: str) -> bool:
    return _planned(session, row, kind, condition, "done")


def _planned(session: Session, row: StudyRow, kind: str, condition: str, *states: str) -> bool:
    """Whether a condition has a job of a kind (in one of these states)."""
    found = select(col(Job.id)).where(
        col(Job.study_id) == row.id, col(Job.kind) == kind, col(Job.condition) == condition
    )
    if states:
        found = found.where(col(Job.state).in_(states))
    return session.execute(found.limit(1)).first() is not None


def _everything_surveyed(session: Session, row: StudyRow, study: Study) -> bool:
    """Conditions that could not be matched or calibrated are not waited for."""
    return all(
        _planned(session, row, "match", condition, "failed")
        or _planned(session, row, "calibrate", condition, "failed")
        or _ended(session, row, "survey", condition) >= row.respondents
        for condition in study.conditions
    )


def _ended(session: Session, row: StudyRow, kind: str, condition: str = "") -> int:
    """How many personas or respondents the ended jobs of a kind cover."""
    covered = session.execute(
        select(func.coalesce(func.sum(col(Job.count)), 0)).where(
            col(Job.study_id) == row.id,
            col(Job.kind) == kind,
            col(Job.condition) == condition,
            col(Job.state).in_(TERMINAL),
        )
    ).scalar_one()
    return int(covered)

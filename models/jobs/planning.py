"""What comes next: plans the jobs whose turn has come, from any process, any number of times.

What each kind waits for is declared in `kinds.py`. Unique job keys make planning twice harmless.
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

from anthology.models.conditions.base import Condition
from anthology.models.database.study_models import Contents, contents_of
from anthology.models.database.study_pools import pools_of, sharing
from anthology.models.database.tables import Job, PoolRow, StudyPool, StudyRow
from anthology.models.database.transient_errors import passing
from anthology.models.jobs import kinds, rounds
from anthology.models.jobs.chunks import CPU_QUEUE, span_jobs
from anthology.models.jobs.kinds import Kind, Wait
from anthology.models.language_model.names import queue_for
from anthology.models.pools.base import Pool
from anthology.models.study.study import Study

log = logging.getLogger(__name__)

TERMINAL = ("done", "failed", "cancelled")
STATES = ("pending", "running", *TERMINAL)
Covered = dict[tuple[str, str, str], int]  # people, by kind, condition and state of their jobs


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
    pool_id: int | None = None
    urgent: bool = False


MESSAGE = (
    col(Job.id), col(Job.kind), col(Job.queue), col(Job.title), col(Job.condition), col(Job.first),
    col(Job.count), col(Job.pool_id),
)  # fmt: skip


def plan(session: Session, study_id: int) -> list[Message]:
    """Plans every job of a study whose turn has come and that is not planned yet.

    Locks the pools' and the study's row, so that two jobs that finish at once cannot both miss a
    barrier. Always in this order, and without excluding the foreign keys of inserted results:
    any other way PostgreSQL sees a deadlock.
    """
    pools = select(col(StudyPool.pool_id)).where(col(StudyPool.study_id) == study_id)
    lock_pools(session, pools)
    row = session.execute(
        select(StudyRow).where(col(StudyRow.id) == study_id).with_for_update(key_share=True)
    ).scalar_one()
    if row.cancelled:
        return []
    ids = {pool.name: pool.id for pool in pools_of(session, study_id)}
    contents = contents_of(session, row)
    turn = _Turn(session, row, Study.from_spec(row.spec), covered(session, row), ids, contents)
    turns = rounds.next_turns(session, study_id, turn.study, ids, turn.queue)
    to_enqueue = insert_jobs(session, list(turns))  # seen by what waits for them
    planned: list[dict[str, Any]] = []
    for kind in kinds.ALL:
        if kind.each == "chunk":
            for pool in turn.study.pools_used:
                planned += _chunks(turn, kind, pool)
        elif kind.each == "condition":
            for condition in turn.study.conditions:
                planned += turn.jobs(kind, condition)
        elif not planned:  # what is planned now may bring more to measure
            planned += turn.jobs(kind, None)
    return to_enqueue + insert_jobs(session, planned)


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


def lock_pools(session: Session, ids: Any) -> None:
    """Holds the rows of pools, always by their ids: a backstory job that ends while a study is
    submitted must be seen by one of the two."""
    pools = select(col(PoolRow.id)).where(col(PoolRow.id).in_(ids)).order_by(col(PoolRow.id))
    session.execute(pools.with_for_update(key_share=True))


def lock_around(session: Session, pool_id: int | None) -> list[int]:
    """Holds a pool and all others of the studies that share it, which are planned next; returns
    those studies."""
    beside = select(col(StudyPool.pool_id)).where(col(StudyPool.study_id).in_(sharing(pool_id)))
    lock_pools(session, [pool_id, *session.execute(beside).scalars()])
    return sorted(session.execute(sharing(pool_id)).scalars())  # one may have come before the lock


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


def covered(session: Session, row: StudyRow) -> Covered:
    """How many people a study's jobs cover, without those of its pool."""
    found = session.execute(
        select(col(Job.kind), col(Job.condition), col(Job.state), func.sum(col(Job.count)))
        .where(col(Job.study_id) == row.id)
        .group_by(col(Job.kind), col(Job.condition), col(Job.state))
    )
    return {(kind, condition, state): int(people) for kind, condition, state, people in found}


@dataclass(frozen=True)
class _Turn:
    """Whose turn it is in a study, by what its jobs cover."""

    session: Session
    row: StudyRow
    study: Study
    covered: Covered
    pool_ids: dict[str, int]
    contents: Contents

    def jobs(self, kind: Kind, condition: Condition | None) -> list[dict[str, Any]]:
        """The jobs of one kind for a condition, or for the study, if it is their turn."""
        name = condition.name if condition else ""
        if not kind.applies(self.study, condition) or self.states(kind.name, name):
            return []
        if not all(self.is_over(wait, condition) for wait in kind.waits):
            return []
        count, chunk = kind.span(self.study, self.row.respondents, condition)
        queue = CPU_QUEUE
        if condition is not None and kind.on_model:
            queue = self.queue(kind.model(self.study, condition.name, None))
        return span_jobs(
            kind.name, self.row.id, self.row.name, 0, count, chunk, queue, condition=name,
            pool_id=self.pool_id(condition),
        )  # fmt: skip

    def queue(self, model: str) -> str:
        return queue_for(model, self.contents.get(model))

    def pool_id(self, condition: Condition | None) -> int | None:
        if condition is None or not condition.needs_pool:
            return None
        return self.pool_ids[self.study.pool_of(condition).name]

    def is_over(self, wait: Wait, condition: Condition | None) -> bool:
        """Failed polls and surveys are not waited for: they go without. A match or a calibration
        that failed leaves its condition without a survey, which is not waited for either."""
        kind = kinds.BY_NAME[wait.kind]
        if wait.of == "own_pool":
            ways = [condition] if condition else self.study.conditions
            return all(self.is_made(wait, way) for way in ways if way.own_story)
        if wait.of == "pool":
            assert condition is not None
            return self.is_made(wait, condition)
        if wait.of == "condition":
            assert condition is not None
            owner = kind.owner(self.study, condition)
            done = "done" in self.states(wait.kind, owner.name)
            return done or not kind.applies(self.study, owner)
        return all(
            self.is_hopeless(kind, way)
            or self.ended(wait.kind, way.name)
            >= kind.span(self.study, self.row.respondents, way)[0]
            for way in self.study.conditions
        )

    def is_made(self, wait: Wait, condition: Condition) -> bool:
        pool, kind = self.study.pool_of(condition), kinds.BY_NAME[wait.kind]
        if not kind.in_pool(pool):
            return True
        if kind.waits:
            return self.ended(kind.name, self.study.scope(pool)) >= pool.count
        making = select(col(Job.id)).where(  # no study's own, so not in `covered`
            col(Job.pool_id) == self.pool_ids[pool.name], col(Job.kind) == kind.name,
            col(Job.first) < pool.count, col(Job.state).not_in(TERMINAL),
        )  # fmt: skip
        return self.session.execute(making.limit(1)).first() is None

    def is_hopeless(self, kind: Kind, condition: Condition) -> bool:
        """Whether what a condition's jobs wait for has failed."""
        return any(
            "failed" in self.states(wait.kind, owner.name)
            for wait in kind.waits
            if wait.of == "condition"
            for owner in [kinds.BY_NAME[wait.kind].owner(self.study, condition)]
        )

    def states(self, kind: str, condition: str) -> set[str]:
        return {state for state in STATES if (kind, condition, state) in self.covered}

    def ended(self, kind: str, condition: str) -> int:
        """How many personas or respondents the ended jobs of a kind cover."""
        return sum(self.covered.get((kind, condition, state), 0) for state in TERMINAL)


def _chunks(turn: _Turn, kind: Kind, pool: Pool) -> list[dict[str, Any]]:
    """A job for every chunk of a pool in which what the kind waits for has ended, and which is not
    planned; for every chunk of a pool that no jobs make. What waits for nothing is there."""
    row, study = turn.row, turn.study
    if not kind.waits or not kind.in_pool(pool):
        return []
    pool_id, scope = turn.pool_ids[pool.name], study.scope(pool)
    queue = turn.queue(kind.model(study, "", None))
    if kinds.maker(pool) is None:
        if turn.states(kind.name, scope):
            return []
        return span_jobs(
            kind.name, row.id, row.name, 0, pool.count, study.chunk, queue, condition=scope,
            pool_id=pool_id,
        )  # fmt: skip
    [wait] = [wait for wait in kind.waits if kinds.BY_NAME[wait.kind].in_pool(pool)]
    mine = (col(Job.study_id) == row.id, col(Job.kind) == kind.name, col(Job.condition) == scope)
    planned = select(col(Job.first)).where(*mine).scalar_subquery()
    last = col(Job.id).in_(rounds.latest([pool_id]))  # whichever kind had the last turn
    chunks = turn.session.execute(
        select(col(Job.first), col(Job.count)).where(
            col(Job.pool_id) == pool_id,
            last if pool.judged_by else col(Job.kind) == wait.kind,
            col(Job.state).in_(TERMINAL),
            col(Job.first) < pool.count,
            col(Job.first).not_in(planned),
        )
    )
    return [
        job
        for first, count in chunks
        for job in span_jobs(
            kind.name, row.id, row.name, first, min(count, pool.count - first), count,
            queue, condition=scope, pool_id=pool_id,
        )
    ]  # fmt: skip

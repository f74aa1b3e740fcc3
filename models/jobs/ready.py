"""Which jobs may run now: pending and due, and wanted by a study that is not paused or cancelled.

Only looks; who takes a job is decided by `protocol.claim`.
"""

from sqlalchemy import Engine, and_, case, func, or_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from anthology.models.database.sessions import now_s
from anthology.models.database.study_pools import pools_of, sharing
from anthology.models.database.tables import Job, StudyPool, StudyRow
from anthology.models.jobs.kinds import BY_NAME, KINDS, priority
from anthology.models.jobs.planning import MESSAGE, Message
from anthology.models.jobs.rounds import FIRST

_GOING = and_(col(StudyRow.cancelled).is_(False), col(StudyRow.paused).is_(False))
# Somebody waits for the job: its study, or one that uses its pool, is not cancelled or paused.
WANTED = or_(
    col(Job.study_id).in_(select(col(StudyRow.id)).where(_GOING)),
    and_(
        col(Job.study_id).is_(None),
        col(Job.pool_id).in_(
            select(col(StudyPool.pool_id))
            .join(StudyRow, col(StudyRow.id) == col(StudyPool.study_id))
            .where(_GOING)
        ),
    ),
)

_BEGUN = [kind for kind, found in BY_NAME.items() if found.turns]
_PRIORITY = case(
    *(
        (and_(col(Job.kind) == k, col(Job.condition) != FIRST), priority(k, True, True))
        for k in _BEGUN
    ),
    *((and_(col(Job.kind) == k, col(Job.pool_id).is_not(None)), priority(k, True)) for k in KINDS),
    *((col(Job.kind) == kind, priority(kind)) for kind in KINDS),
)


def due(
    engine: Engine, limit: int = 1000, belonging: ColumnElement[bool] | None = None
) -> list[Message]:
    """Pending jobs that may run now, at most `limit` a queue, all or those `belonging` selects.

    In the order in which they are to run: where not all are enqueued, those that run first are.
    """
    order = (_PRIORITY, col(Job.id))
    rank = func.row_number().over(partition_by=col(Job.queue), order_by=order).label("rank")
    ready = select(*MESSAGE, rank).where(
        col(Job.state) == "pending", col(Job.not_before) <= now_s(), WANTED
    )
    if belonging is not None:
        ready = ready.where(belonging)
    inner = ready.subquery()
    with engine.connect() as connection:
        first = select(inner).where(inner.c.rank <= limit).order_by(inner.c.rank)
        found = connection.execute(first).all()
    return [Message(*row[:-1]) for row in found]


def pool_rested(session: Session, study_id: int | None) -> bool:
    """Whether nobody else uses a pool of a new study now: messages for the stories that it lacks,
    which a cancelled or paused study left, were dropped."""
    for pool in pools_of(session, study_id):
        others = select(col(StudyRow.id)).where(
            _GOING, col(StudyRow.id).in_(sharing(pool.id)), col(StudyRow.id) != study_id
        )
        if session.execute(others.limit(1)).first() is None:
            return True
    return False


def is_known(engine: Engine, job_id: int) -> bool:
    """Whether there is such a job at all, in whatever state."""
    with engine.connect() as connection:
        found = connection.execute(select(col(Job.id)).where(col(Job.id) == job_id))
        return found.first() is not None


def deaths(engine: Engine, job_id: int) -> int:
    """How many workers or engines have died on a job; 0 of one that is not known."""
    with engine.connect() as connection:
        found = connection.execute(select(col(Job.deaths)).where(col(Job.id) == job_id))
        return found.scalar_one_or_none() or 0


def only_wanted(session: Session, to_enqueue: list[Message]) -> list[Message]:
    """Those whose study is not paused: the others are enqueued when it is resumed."""
    wanted: set[int | None] = set()
    for start in range(0, len(to_enqueue), 500):
        ids = [message.id for message in to_enqueue[start : start + 500]]
        wanted |= set(
            session.execute(select(col(Job.id)).where(col(Job.id).in_(ids), WANTED)).scalars()
        )
    return [message for message in to_enqueue if message.id in wanted]

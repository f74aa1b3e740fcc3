"""The sweep: what nobody holds or enqueues any more comes back, and what nobody planned is planned.

Part of the job protocol (`protocol.py`, under whose name it is called); like it, it knows nothing
of Celery.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, and_, case, func, literal, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from anthology.models.database.sessions import now_s, writing
from anthology.models.database.tables import Job
from anthology.models.jobs import ready
from anthology.models.jobs.chunk_splitting import split
from anthology.models.jobs.claims import died_often
from anthology.models.jobs.planning import MESSAGE, Message, plan_apart, unfinished_studies

log = logging.getLogger(__name__)

_EXPIRED = and_(col(Job.state) == "running", col(Job.lease_until) < now_s())
# Zero is never postponed, claimed since, or enqueued by a sweep since.
_DELAY_OVER = and_(
    col(Job.state) == "pending",
    col(Job.not_before) > 0,
    col(Job.not_before) <= now_s(),
    ready.WANTED,
)
# Who kills again and again waits for its turn: others get done between the deaths.
_URGENT = col(Job.deaths) == 1


@dataclass(frozen=True)
class Sweep:
    """What a sweep found. `returned` and `planned` jobs have no message yet and must be enqueued;
    `waiting` are all that are due, to be enqueued where a queue has lost its messages. `returned`
    has the jobs that a chunk was split into, too, and the postponed whose delay is over; a paused
    study's are in none of the three.
    """

    returned: list[Message]
    given_up: list[int]
    planned: list[Message]
    waiting: list[Message]

    @property
    def silent_candidates(self) -> list[Message]:
        """What to enqueue where a queue is silent, besides what is enqueued anyway."""
        enqueued = {job.id for job in (*self.returned, *self.planned)}
        return [job for job in self.waiting if job.id not in enqueued]


def sweep(
    engine: Engine,
    max_deaths: int,
    limit: int = 1000,
    enqueue: Callable[[list[Message]], object] | None = None,
) -> Sweep:
    """Returns dead workers' jobs to the queue and plans what an interrupted process left unplanned.

    Safe to run anywhere, any number of times. `enqueue` gets what returned at once, so that nothing
    that fails in the planning can keep it from its message.
    """
    returned, given_up = _expire(engine, max_deaths)
    returned += _wake(engine)
    if enqueue is not None:
        enqueue(returned)
    planned = [job for study_id in unfinished_studies(engine) for job in _plan(engine, study_id)]
    return Sweep(returned, given_up, planned, ready.due(engine, limit))


def _plan(engine: Engine, study_id: int) -> list[Message]:
    """What is ready of one study; one whose transaction fails waits for the next sweep."""
    try:
        with writing(engine) as session:
            to_enqueue = ready.only_wanted(session, plan_apart(session, study_id))
    except DBAPIError as error:
        log.warning("study number %d is planned by a later sweep: %s", study_id, error.orig)
        return []
    return to_enqueue


def _expire(engine: Engine, max_deaths: int) -> tuple[list[Message], list[int]]:
    """Sends jobs of expired leases back; after `max_deaths` dead workers they are split into their
    people's, or given up."""
    hopeless = col(Job.deaths) + 1 >= max_deaths
    if not _any(engine, _EXPIRED):
        return [], []
    # Waits for no row: whoever holds one ends its job, and after a wait more leases would be out.
    free = select(col(Job.id)).where(_EXPIRED).with_for_update(skip_locked=True, key_share=True)
    with writing(engine) as session:
        rows = session.execute(
            update(Job)
            .where(col(Job.id).in_(free))
            .values(
                state=case((hopeless, "failed"), else_="pending"),
                error=case(
                    (hopeless, died_often(max_deaths)),
                    else_=literal("worker ")
                    + func.coalesce(col(Job.worker), "")
                    + " stopped without a word",
                ),
                deaths=col(Job.deaths) + 1,
                lease_until=None,
            )
            .returning(*MESSAGE, _URGENT, col(Job.state))
        ).all()
        failed = [row[0] for row in rows if row[-1] == "failed"]
        alone = split(session, failed)
        returned = [Message(*row[:-1]) for row in rows if row[-1] == "pending"]
        returned = ready.only_wanted(session, [*returned, *alone])
    return returned, [
        job_id for job_id in failed if job_id not in {message.id for message in alone}
    ]


def _wake(engine: Engine) -> list[Message]:
    """Postponed jobs whose delay is over, each to one sweep: no message has been left for them,
    and those of other jobs may keep the queue from falling silent all night."""
    if not _any(engine, _DELAY_OVER):
        return []
    over = select(col(Job.id)).where(_DELAY_OVER).order_by(col(Job.id))
    with writing(engine) as session:
        ids = session.execute(over.with_for_update(skip_locked=True)).scalars().all()
        woken = update(Job).where(col(Job.id).in_(ids)).values(not_before=0.0)
        return [Message(*row) for row in session.execute(woken.returning(*MESSAGE, _URGENT))]


def _any(engine: Engine, which: ColumnElement[bool]) -> bool:
    """Looks before it locks: most sweeps find nothing and should not hold up SQLite's writers."""
    with engine.connect() as connection:
        return connection.execute(select(col(Job.id)).where(which).limit(1)).first() is not None

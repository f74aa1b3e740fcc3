"""The job protocol: claim, renew, finish, give back, postpone, fail, sweep.

The database is the truth: a message only says that a job may be worth claiming. Knows nothing of
Celery or language models. `pending -> running -> done`, or `failed`, or `cancelled`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, and_, case, func, literal, or_, select, true, update
from sqlmodel import Session, SQLModel, col

from models import identity, ready
from models.claims import Attempt, Claim, Usage
from models.database import now_s, writing
from models.errors import LostLease
from models.splitting import split
from models.tables import Job, StudyRow
from models.unlocking import (
    RING,
    Ring,
    insert_ignoring,
    lock_pool,
    unfinished_studies,
    unlock,
)

__all__ = [
    "Claim", "Rows", "Sweep", "Usage", "claim", "fail", "finish", "give_back", "insert_new",
    "lost", "postpone", "renew", "sweep",
]  # fmt: skip

Rows = list[tuple[type[SQLModel], list[dict[str, Any]]]]

_EXPIRED = and_(col(Job.state) == "running", col(Job.lease_until) < now_s())


def claim(
    engine: Engine,
    job_id: int,
    worker: str,
    lease_s: float,
    max_deaths: int,
    *,
    kind: str | None = None,
    engine_id: str | None = None,
) -> Claim | None:
    """Takes a job that is pending and due, or whose holder's lease ran out; None if it is neither.

    Jobs that only cancelled or paused studies wait for are not taken.

    One compare-and-swap. An expired lease counts as a death of the previous holder. A message
    that names another `kind` than the job's is forged and takes nothing. Raises `StaysAway`,
    changing nothing, if the engine is unlike the one that the job's study began with.
    """
    expired = and_(
        col(Job.state) == "running",
        col(Job.lease_until) < now_s(),
        col(Job.deaths) + 1 < max_deaths,
    )
    due = and_(col(Job.state) == "pending", col(Job.not_before) <= now_s())
    meant = true() if kind is None else col(Job.kind) == kind
    statement = (
        update(Job)
        .where(col(Job.id) == job_id, meant, or_(due, expired), ready.WANTED)
        .values(
            state="running",
            attempt=col(Job.attempt) + 1,
            deaths=case((col(Job.state) == "running", col(Job.deaths) + 1), else_=col(Job.deaths)),
            worker=worker,
            lease_until=now_s() + lease_s,
            started_at=now_s(),
        )
        .returning(
            col(Job.id),
            col(Job.kind),
            col(Job.attempt),
            col(Job.worker),
            col(Job.study_id),
            col(Job.pool_id),
            col(Job.condition),
            col(Job.first),
            col(Job.count),
            col(Job.deaths),
        )
    )
    with writing(engine) as session:
        row = session.execute(statement).one_or_none()
        if row is not None:
            identity.admit(session, job_id, engine_id)
    return Claim(*row) if row else None


def renew(engine: Engine, claims: Iterable[Claim], lease_s: float) -> set[Attempt]:
    """Extends the leases of held jobs; returns the attempts that are no longer held.

    Waits for no row: whoever holds one ends its job, and may itself wait (for the pool's row, while
    a study is submitted) until all other leases have run out.
    """
    claims = list(claims)
    free = (
        select(col(Job.id))
        .where(or_(*map(_held, claims)))
        .with_for_update(skip_locked=True, key_share=True)
    )
    with writing(engine) as session:
        session.execute(
            update(Job).where(col(Job.id).in_(free)).values(lease_until=now_s() + lease_s)
        )
    return lost(engine, claims)


def lost(engine: Engine, claims: Iterable[Claim]) -> set[Attempt]:
    """The attempts that are no longer held, as when their study was cancelled; only reads."""
    held = {one.key for one in claims}
    running = select(col(Job.id), col(Job.attempt)).where(
        col(Job.id).in_([job_id for job_id, _ in held]), col(Job.state) == "running"
    )
    with engine.connect() as connection:
        return held - {(job_id, attempt) for job_id, attempt in connection.execute(running)}


def finish(
    engine: Engine, held: Claim, rows: Rows, usage: Usage, engine_id: str | None
) -> list[Ring]:
    """Stores all results, marks the job done and plans what it unlocks, in one transaction.

    Returns the jobs to ring. Raises `LostLease`, writing nothing, if a later attempt exists.
    """
    with writing(engine) as session:
        _leave(session, held, usage, state="done", engine_id=engine_id, error=None)
        insert_new(session, rows)
        return _unlock_after(session, held)


def give_back(engine: Engine, held: Claim, rows: Rows, usage: Usage) -> Ring:
    """Returns an unfinished job to the queue, keeping the results that it already has."""
    with writing(engine) as session:
        job = _leave(session, held, usage, state="pending", worker=None)
        insert_new(session, rows)
    return job


def postpone(
    engine: Engine,
    held: Claim,
    rows: Rows,
    usage: Usage,
    error: str,
    delay_s: float,
    max_deaths: int,
    *,
    died: bool = False,
) -> list[Ring]:
    """Returns a job that met a fault, not to be tried again before `delay_s` seconds.

    What it has already is kept. The fault (`died`: the engine's death) counts like a worker's
    death: after `max_deaths` of them the job has failed, or is split into its people's.
    """
    last = col(Job.deaths) + 1 >= max_deaths
    final = f"{_died(max_deaths)}: {error}" if died else error
    with writing(engine) as session:
        _leave(
            session, held, usage, worker=None, deaths=col(Job.deaths) + 1,
            error=case((last, final), else_=error),
            state=case((last, "failed"), else_="pending"), not_before=now_s() + delay_s,
        )  # fmt: skip
        insert_new(session, rows)
        alone = split(session, [held.id])
        return [*ready.only_wanted(session, alone), *_unlock_after(session, held)]


def fail(engine: Engine, held: Claim, error: str) -> list[Ring]:
    """Gives a job up for good, with its reason; what waited for it goes on without it."""
    with writing(engine) as session:
        _leave(session, held, Usage(), state="failed", error=error)
        return _unlock_after(session, held)


@dataclass(frozen=True)
class Sweep:
    """What a sweep found. `returned` and `planned` jobs have no message yet and must be rung;
    `waiting` are all that are due, to be rung where a queue has lost its messages. `returned` has
    the jobs that a chunk was split into, too; a paused study's are in none of the three.
    """

    returned: list[Ring]
    given_up: list[int]
    planned: list[Ring]
    waiting: list[Ring]

    @property
    def silent_candidates(self) -> list[Ring]:
        """What to ring where a queue is silent, besides what is rung anyway."""
        rung = {job.id for job in (*self.returned, *self.planned)}
        return [job for job in self.waiting if job.id not in rung]


def sweep(engine: Engine, max_deaths: int, limit: int = 1000) -> Sweep:
    """Returns dead workers' jobs to the queue and plans what an interrupted process left unplanned.

    Safe to run anywhere, any number of times.
    """
    returned, given_up = _expire(engine, max_deaths)
    planned: list[Ring] = []
    for study_id in unfinished_studies(engine):
        with writing(engine) as session:
            planned += ready.only_wanted(session, unlock(session, study_id))
    return Sweep(returned, given_up, planned, ready.due(engine, limit))


def insert_new(session: Session, rows: Rows) -> None:
    """Inserts results; a row whose unique key exists already stays as it was written first."""
    for table, values in rows:
        if values:
            session.execute(insert_ignoring(session)(table).on_conflict_do_nothing(), values)


def _held(held: Claim) -> Any:
    return and_(
        col(Job.id) == held.id, col(Job.attempt) == held.attempt, col(Job.state) == "running"
    )


def _leave(session: Session, held: Claim, usage: Usage, **values: Any) -> Ring:
    """Ends this attempt with the given values, or raises `LostLease`."""
    row = session.execute(
        update(Job)
        .where(_held(held))
        .values(
            finished_at=now_s(),
            lease_until=None,
            prompt_tokens=col(Job.prompt_tokens) + usage.prompt_tokens,
            cached_tokens=col(Job.cached_tokens) + usage.cached_tokens,
            output_tokens=col(Job.output_tokens) + usage.output_tokens,
            **values,
        )
        .returning(*RING)
    ).one_or_none()
    if row is None:
        raise LostLease(
            f"job {held.id} was cancelled or went to another worker; nothing was written"
        )
    return Ring(*row)


def _unlock_after(session: Session, held: Claim) -> list[Ring]:
    """Unlocks the job's study, or for a pool's job every study that shares the pool."""
    if held.study_id is not None:
        return ready.only_wanted(session, unlock(session, held.study_id))
    lock_pool(session, held.pool_id)
    sharing = select(col(StudyRow.id)).where(col(StudyRow.pool_id) == held.pool_id)
    studies = session.execute(sharing.order_by(col(StudyRow.id))).scalars().all()
    planned = [ring for study_id in studies for ring in unlock(session, study_id or 0)]
    return ready.only_wanted(session, planned)


def _died(times: int) -> str:
    return f"the worker died {times} times on this job"


def _expire(engine: Engine, max_deaths: int) -> tuple[list[Ring], list[int]]:
    """Sends jobs of expired leases back; after `max_deaths` dead workers they are split into their
    people's, or given up."""
    hopeless = col(Job.deaths) + 1 >= max_deaths
    if not _any_expired(engine):
        return [], []
    with writing(engine) as session:
        rows = session.execute(
            update(Job)
            .where(_EXPIRED)
            .values(
                state=case((hopeless, "failed"), else_="pending"),
                error=case(
                    (hopeless, _died(max_deaths)),
                    else_=literal("worker ")
                    + func.coalesce(col(Job.worker), "")
                    + " stopped without a word",
                ),
                deaths=col(Job.deaths) + 1,
                lease_until=None,
            )
            # Who kills again and again waits for its turn: others get done between the deaths.
            .returning(*RING, col(Job.deaths) == 1, col(Job.state))
        ).all()
        failed = [row[0] for row in rows if row[-1] == "failed"]
        alone = split(session, failed)
        returned = [Ring(*row[:-1]) for row in rows if row[-1] == "pending"]
        returned = ready.only_wanted(session, [*returned, *alone])
    return returned, [job_id for job_id in failed if job_id not in {ring.id for ring in alone}]


def _any_expired(engine: Engine) -> bool:
    """Looks before it locks: most sweeps find nothing and should not hold up SQLite's writers."""
    with engine.connect() as connection:
        return connection.execute(select(col(Job.id)).where(_EXPIRED).limit(1)).first() is not None

"""The job protocol: claim, renew, finish, give back, postpone, fail, sweep.

The database is the truth: a message only says that a job may be worth claiming. Knows nothing of
Celery or language models. `pending -> running -> done`, or `failed`, or `cancelled`.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine, and_, case, false, or_, select, true, update
from sqlmodel import Session, SQLModel, col

from anthology.models.database.sessions import now_s, writing
from anthology.models.database.tables import Job, StudyRow
from anthology.models.errors import LostLease, StaysAway
from anthology.models.jobs import ready
from anthology.models.jobs.chunk_splitting import split
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.jobs.claims import Attempt, Claim, Usage, died_often
from anthology.models.jobs.engines import engine_binding
from anthology.models.jobs.planning import (
    MESSAGE,
    Message,
    insert_ignoring,
    lock_around,
    plan_apart,
)
from anthology.models.jobs.sweep import Sweep, sweep
from anthology.models.study.study import Study

__all__ = [
    "Claim", "Rows", "Sweep", "Usage", "claim", "fail", "finish", "give_back", "insert_new",
    "keep", "lost", "pass_on", "postpone", "renew", "sweep",
]  # fmt: skip

PASSED_ON_S = 10.0  # until a job is enqueued again for those who may do it
Rows = list[tuple[type[SQLModel], list[dict[str, Any]]]]


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
    changing nothing, if the engine is unlike the one that the job's study began with, or the study
    has settings that only a newer version knows.
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
            not_before=0.0,  # else a sweep would take it for postponed when it is given back
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
            _understand(session, row.study_id)
            engine_binding.admit(session, job_id, engine_id)
    return Claim(*row) if row else None


def _understand(session: Session, study_id: int | None) -> None:
    """A worker that cannot read a study would fail its jobs, again and again until they are lost
    to newer workers, too."""
    found = select(col(StudyRow.name), col(StudyRow.spec)).where(col(StudyRow.id) == study_id)
    for name, spec in session.execute(found):
        try:
            Study.from_spec(spec)
        except ValidationError:
            raise StaysAway(
                f"study {name!r} has settings that this version does not know; it is left to "
                "workers of the version that submitted it"
            ) from None


def pass_on(engine: Engine, job_id: int, queue: str | None) -> list[Message]:
    """Leaves a job that this worker must not do to others; returns what to enqueue at once.

    To the `queue` of those who may, if it is known; else a sweep enqueues it after a while: its
    message is gone, and its queue may not fall silent all night.
    """
    due = (
        col(Job.id) == job_id,
        col(Job.state) == "pending",
        col(Job.not_before) <= now_s(),
        col(Job.queue) != CPU_QUEUE,
    )
    with writing(engine) as session:
        if queue is not None:
            moved = update(Job).where(*due, col(Job.queue) != queue).values(queue=queue)
            if found := session.execute(moved.returning(*MESSAGE)).all():
                return [Message(*row) for row in found]
        session.execute(update(Job).where(*due).values(not_before=now_s() + PASSED_ON_S))
    return []


def renew(engine: Engine, claims: Iterable[Claim], lease_s: float) -> set[Attempt]:
    """Extends the leases of held jobs; returns the attempts that are no longer held.

    Waits for no row: whoever holds one ends its job, and may itself wait (for the pool's row, while
    a study is submitted) until all other leases have run out.
    """
    claims = list(claims)
    free = (
        select(col(Job.id))
        .where(or_(false(), *map(_held, claims)))
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
) -> list[Message]:
    """Stores all results, marks the job done and plans what it plans, in one transaction.

    Returns the jobs to enqueue. Raises `LostLease`, writing nothing, if a later attempt exists.
    """
    with writing(engine) as session:
        _leave(session, held, usage, state="done", engine_id=engine_id, error=None)
        insert_new(session, rows)
        return _plan_after(session, held)


def keep(engine: Engine, held: Claim, rows: Rows) -> None:
    """Stores results of a job that goes on; of one that is no longer held nothing."""
    mine = select(col(Job.id)).where(_held(held)).with_for_update(key_share=True)
    with writing(engine) as session:
        if session.execute(mine).first() is not None:
            insert_new(session, rows)


def give_back(engine: Engine, held: Claim, rows: Rows, usage: Usage) -> Message:
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
) -> list[Message]:
    """Returns a job that met a fault, not to be tried again before `delay_s` seconds.

    What it has already is kept. The fault (`died`: the engine's death) counts like a worker's
    death: after `max_deaths` of them the job has failed, or is split into its people's.
    """
    last = col(Job.deaths) + 1 >= max_deaths
    final = f"{died_often(max_deaths)}: {error}" if died else error
    with writing(engine) as session:
        _leave(
            session, held, usage, worker=None, deaths=col(Job.deaths) + 1,
            error=case((last, final), else_=error),
            state=case((last, "failed"), else_="pending"), not_before=now_s() + delay_s,
        )  # fmt: skip
        insert_new(session, rows)
        alone = split(session, [held.id])
        return [*ready.only_wanted(session, alone), *_plan_after(session, held)]


def fail(engine: Engine, held: Claim, error: str) -> list[Message]:
    """Gives a job up for good, with its reason; what waited for it goes on without it."""
    with writing(engine) as session:
        _leave(session, held, Usage(), state="failed", error=error)
        return _plan_after(session, held)


def insert_new(session: Session, rows: Rows) -> None:
    """Inserts results; a row whose unique key exists already stays as it was written first."""
    for table, values in rows:
        if values:
            session.execute(insert_ignoring(session)(table).on_conflict_do_nothing(), values)


def _held(held: Claim) -> Any:
    return and_(
        col(Job.id) == held.id, col(Job.attempt) == held.attempt, col(Job.state) == "running"
    )


def _leave(session: Session, held: Claim, usage: Usage, **values: Any) -> Message:
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
        .returning(*MESSAGE)
    ).one_or_none()
    if row is None:
        raise LostLease(
            f"job {held.id} was cancelled or went to another worker; nothing was written"
        )
    return Message(*row)


def _plan_after(session: Session, held: Claim) -> list[Message]:
    """Plans the job's study, or for a pool's job every study that shares the pool."""
    if held.study_id is not None:
        return ready.only_wanted(session, plan_apart(session, held.study_id))
    studies = lock_around(session, held.pool_id)
    planned = [message for study_id in studies for message in plan_apart(session, study_id)]
    return ready.only_wanted(session, planned)

"""Steers running studies from outside: cancel, pause, resume, and the sweep that workers do, too.

Writes to the database only what makes jobs come or go; workers notice by themselves. What needs no
Redis imports none: Celery and its client take longer to import than all else that is done here.
"""

from functools import partial

from sqlalchemy import Engine, func, select, update
from sqlmodel import Session, col

from anthology.models.database.namespace import namespace_of
from anthology.models.database.sessions import explained, now_s, open_existing, reading, writing
from anthology.models.database.study_pools import pools_of, sharing
from anthology.models.database.tables import Job, StudyRow
from anthology.models.errors import InputError
from anthology.models.jobs import protocol, ready
from anthology.models.jobs.planning import TERMINAL, Message
from anthology.models.settings import Settings
from anthology.producer.monitoring.lookup import find_study, of_study, refuse_cancelled

Counts = dict[str, int]


def cancel(settings: Settings, name: str) -> Counts:
    """Ends a study for good: its jobs are cancelled, and workers drop those that run in seconds.

    Stories that the pool lacks stay pending for a later study that shares it; nobody writes them
    until then. Raises `InputError` for a study that is unknown or has ended.
    """
    database = open_existing(settings.database)
    with explained(database):
        # Two transactions: from the first on nothing more is planned, and no lock on the study is
        # held while jobs are waited for, which workers lock the other way round.
        with writing(database) as session:
            _set(session, _unfinished(session, name), cancelled=True)
        with writing(database) as session:
            return _cancel_jobs(session, find_study(session, name))


def pause(settings: Settings, name: str) -> Counts:
    """Leaves a study's jobs alone until it is resumed; those that run are finished.

    Raises `InputError` for a study that is unknown, cancelled or has ended.
    """
    database = open_existing(settings.database)
    with explained(database), writing(database) as session:
        row = _going(session, name)
        _set(session, row, paused=True)
        counted = session.execute(
            select(col(Job.state), func.count()).where(of_study(row)).group_by(col(Job.state))
        )
        states = {state: count for state, count in counted}  # noqa: C416 - rows to a dict
        return {"waiting": states.get("pending", 0), "running": states.get("running", 0)}


def resume(settings: Settings, name: str, *, any_engine: bool = False) -> Counts:
    """Takes a paused study up again; with `any_engine` engines unlike its first may go on, too.

    Raises `InputError` as `pause` does; `SetupError` when Redis is unreachable.
    """
    from anthology.models.jobs import broker

    broker.check(settings.broker_url)
    database = open_existing(settings.database)
    with explained(database):
        with writing(database) as session:
            row = _going(session, name)
            _set(session, row, paused=False, any_engine=row.any_engine or any_engine)
        return {"rung": enqueue_due(database, settings, name)}


def sweep(settings: Settings) -> Counts:
    """Returns expired jobs to the queue, plans what is ready, to_enqueue what has no message.

    Raises `SetupError`, changing nothing, when Redis is unreachable.
    """
    from anthology.models.jobs import broker, messages

    database = open_existing(settings.database)
    broker.check(settings.broker_url)
    with explained(database):
        app = messages.make_app(settings.broker_url, namespace_of(database))
        enqueue = partial(messages.enqueue, app)
        found = protocol.sweep(database, settings.max_deaths, enqueue=enqueue)
    enqueued = len(found.returned) + enqueue(found.planned)
    enqueued += messages.enqueue_if_silent(app, found.silent_candidates)
    return {
        "returned": len(found.returned),
        "given_up": len(found.given_up),
        "planned": len(found.planned),
        "rung": enqueued,
    }


def enqueue_due(database: Engine, settings: Settings, name: str) -> int:
    """Enqueues what a study could do now, at most 1,000 jobs a queue: sweeps enqueue the rest."""
    from anthology.models.jobs import messages

    with reading(database) as session:
        mine = of_study(find_study(session, name))
    to_enqueue: list[Message] = ready.due(database, belonging=mine)
    app = messages.make_app(settings.broker_url, namespace_of(database))
    return messages.enqueue(app, to_enqueue)


def _unfinished(session: Session, name: str) -> StudyRow:
    row = find_study(session, name)
    measured = select(col(Job.id)).where(
        col(Job.study_id) == row.id, col(Job.kind) == "measure", col(Job.state).in_(TERMINAL)
    )
    if not row.cancelled and session.execute(measured).first() is not None:
        raise InputError(f"study {name!r} has ended; see `anthology report {name}`")
    return row


def _going(session: Session, name: str) -> StudyRow:
    row = _unfinished(session, name)
    refuse_cancelled(row)
    return row


def _set(session: Session, row: StudyRow, **values: bool) -> None:
    session.execute(update(StudyRow).where(col(StudyRow.id) == row.id).values(**values))


def _cancel_jobs(session: Session, row: StudyRow) -> Counts:
    """Cancels the study's own jobs, and takes a pool's from the workers if nobody shares it."""
    unfinished = col(Job.state).in_(("pending", "running"))
    mine = (col(Job.study_id) == row.id, unfinished)
    states = _locked(session, *mine)
    session.execute(
        update(Job).where(*mine).values(state="cancelled", lease_until=None, finished_at=now_s())
    )
    stopped = states.count("running")
    for pool in pools_of(session, row.id):
        if _shared(session, row, pool.id):
            continue
        stories = (
            col(Job.pool_id) == pool.id,
            col(Job.study_id).is_(None),
            col(Job.state) == "running",
        )
        stopped += len(_locked(session, *stories))
        session.execute(
            update(Job).where(*stories).values(state="pending", lease_until=None, worker=None)
        )
    return {"cancelled": len(states), "stopped": stopped}


def _locked(session: Session, *which: object) -> list[str]:
    """The states of some jobs, whose rows are locked in the order in which workers lock them."""
    found = select(col(Job.state)).where(*which).order_by(col(Job.id)).with_for_update()  # type: ignore[arg-type]
    return list(session.execute(found).scalars())


def _shared(session: Session, row: StudyRow, pool_id: int) -> bool:
    others = select(col(StudyRow.id)).where(
        col(StudyRow.id).in_(sharing(pool_id)),
        col(StudyRow.id) != row.id,
        col(StudyRow.cancelled).is_(False),
    )
    return session.execute(others.limit(1)).first() is not None

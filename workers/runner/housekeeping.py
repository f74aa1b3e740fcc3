"""What a worker does between jobs: renews leases, shows it is alive, sweeps up after the dead."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from anthology.models.database import single_host
from anthology.models.database.sessions import now_s, writing
from anthology.models.database.tables import FAILURE, EngineRow, Job, WorkerRow
from anthology.models.errors import SetupError
from anthology.models.jobs import broker, messages, protocol
from anthology.models.jobs.engines import orphaned_jobs
from anthology.models.jobs.planning import Message, insert_ignoring
from anthology.workers.engine.fingerprint import fingerprint_id
from anthology.workers.runner.job_runner import LONGEST_DELAY_S
from anthology.workers.runner.worker_process import WorkerProcess

log = logging.getLogger(__name__)

LOOK_S = 2.0


def start(worker: WorkerProcess) -> None:
    """Each duty has a thread: a sweep that waits for a row, as while a study is submitted to its
    pool, must not keep leases from being renewed.

    They run until the process ends: leases are kept while jobs finish during a stop, too. Leases
    alone would tell of a cancelled job only after 10 s.
    """
    settings = worker.settings
    duties: list[tuple[float, Callable[[WorkerProcess], None], int]] = [
        (min(settings.lease_s / 3, settings.sweep_s), keep, logging.WARNING),
        (settings.sweep_s, sweep, logging.WARNING),
        (LOOK_S, look, logging.DEBUG),
    ]
    for duty in duties:
        name = f"housekeeping: {duty[1].__name__}"
        threading.Thread(target=_always, args=(worker, *duty), name=name, daemon=True).start()


def register(
    worker: WorkerProcess, queue_name: str, model: str | None, names: Sequence[str] = ()
) -> None:
    """Writes the worker's first heartbeat; its engine is still to load."""
    values = {
        "queue": queue_name, "model": model, "engine_id": None, "pid": os.getpid(),
        "started_at": now_s(), "seen_at": now_s(), "stopped": False,
        "names": list(names), "queues": worker.queues, "machine": single_host.this_machine(),
    }  # fmt: skip
    with writing(worker.reserved) as session:
        statement = insert_ignoring(session)(WorkerRow).values(name=worker.name, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def introduce(worker: WorkerProcess, info: dict[str, Any]) -> None:
    """Stores the fingerprint of the loaded engine: from now on the worker serves."""
    with writing(worker.reserved) as session:
        worker.engine_id = _stored(session, info)
        session.execute(
            update(WorkerRow)
            .where(col(WorkerRow.name) == worker.name)
            .values(engine_id=worker.engine_id, names=info.get("names"), queues=worker.queues)
        )


def farewell(worker: WorkerProcess, failure: str | None = None) -> None:
    """Signs off; with `failure`, the sentence in which an engine did not load, which `status` says
    until the worker starts again."""
    values: dict[str, Any] = {"stopped": True}
    with writing(worker.reserved) as session:
        if failure is not None:
            values["engine_id"] = _stored(session, {FAILURE: failure})
        session.execute(update(WorkerRow).where(col(WorkerRow.name) == worker.name).values(values))


def _stored(session: Session, info: dict[str, Any]) -> str:
    """The id of an engine, which is stored unless it was before."""
    engine_id = fingerprint_id(info)
    row = {"id": engine_id, "info": info}
    session.execute(insert_ignoring(session)(EngineRow).on_conflict_do_nothing(), [row])
    return engine_id


def _always(
    worker: WorkerProcess, every_s: float, duty: Callable[[WorkerProcess], None], level: int
) -> None:
    while True:
        time.sleep(every_s)
        try:
            duty(worker)
        except Exception as error:  # the database or Redis may be away; the next round tries again
            log.log(level, "housekeeping: %s", str(error).splitlines()[0])


def look(worker: WorkerProcess) -> None:
    """Stops the work on jobs that are no longer this worker's; only reads."""
    held = list(worker.held.values())
    if held:
        worker.drop(protocol.lost(worker.reserved, held))


def keep(worker: WorkerProcess) -> None:
    """Renews the leases, and the heartbeat."""
    held = list(worker.held.values())
    if held:
        lost = protocol.renew(worker.reserved, held, worker.settings.lease_s)
        worker.drop(lost & set(worker.held))
    with writing(worker.reserved) as session:
        session.execute(
            update(WorkerRow).where(col(WorkerRow.name) == worker.name).values(seen_at=now_s())
        )


def sweep(worker: WorkerProcess) -> None:
    """Returns dead workers' jobs, and enqueues what has no message.

    Nothing while Redis is away: what came back unannounced would wait for its queue to fall silent.
    """
    forget_future(worker)
    enqueue = partial(messages.enqueue, worker.app)
    try:
        broker.check(str(worker.app.conf.broker_url))
        found = protocol.sweep(worker.reserved, worker.settings.max_deaths, enqueue=enqueue)
        enqueue(found.planned)
        messages.enqueue_if_silent(worker.app, found.silent_candidates)
        fetch(worker, found.waiting)
    except SetupError as error:
        log.warning("%s", error)


def fetch(worker: WorkerProcess, waiting: list[Message]) -> None:
    """Takes jobs for this worker's model out of queues that no living worker listens to."""
    if worker.engine_id is None:
        return
    to_enqueue, reasons = orphaned_jobs.adopt(
        worker.database, worker.engine_id, worker.queues, waiting
    )
    messages.enqueue(worker.app, to_enqueue)
    for reason in reasons:
        worker.warn_once(reason)


def forget_future(worker: WorkerProcess) -> None:
    """Takes back what lies further ahead than any worker writes: the clock was set back.

    Else a dead worker would hold its job, and seem alive, for as long as the clock was ahead. A
    living one does not mind: it renews a shortened lease as any other.
    """
    lease_s = worker.settings.lease_s
    later = now_s() + 10 * lease_s  # workers with longer leases of their own are left alone
    corrections = (
        (Job, col(Job.lease_until) > later, {"lease_until": now_s() + lease_s}),
        (Job, col(Job.not_before) > now_s() + 2 * LONGEST_DELAY_S, {"not_before": now_s()}),
        (WorkerRow, col(WorkerRow.seen_at) > later, {"seen_at": now_s()}),
    )
    for table, ahead, values in corrections:
        with worker.reserved.connect() as connection:  # looks before it locks
            if connection.execute(select(table).where(ahead).limit(1)).first() is None:
                continue
        with writing(worker.reserved) as session:
            session.execute(update(table).where(ahead).values(**values))
        log.warning("the database's clock was set back; %s are set right", ", ".join(values))

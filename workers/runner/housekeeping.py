"""What a worker does between jobs: renews leases, shows it is alive, sweeps up after the dead."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from anthology.models.database import single_host
from anthology.models.database.sessions import now_s, writing
from anthology.models.database.tables import EngineRow, Job, WorkerRow
from anthology.models.errors import SetupError
from anthology.models.jobs import broker, messages, orphaned_jobs, protocol
from anthology.models.jobs.planning import Message, insert_ignoring
from anthology.workers.engine.fingerprint import fingerprint_id
from anthology.workers.runner.job_runner import LONGEST_DELAY_S, Station

log = logging.getLogger(__name__)

LOOK_S = 2.0


def start(station: Station) -> None:
    """Each duty has a thread: a sweep that waits for a row, as while a study is submitted to its
    pool, must not keep leases from being renewed.

    They run until the process ends: leases are kept while jobs finish during a stop, too. Leases
    alone would tell of a cancelled job only after 10 s.
    """
    settings = station.settings
    duties: list[tuple[float, Callable[[Station], None], int]] = [
        (min(settings.lease_s / 3, settings.sweep_s), keep, logging.WARNING),
        (settings.sweep_s, sweep, logging.WARNING),
        (LOOK_S, look, logging.DEBUG),
    ]
    for duty in duties:
        name = f"housekeeping: {duty[1].__name__}"
        threading.Thread(target=_always, args=(station, *duty), name=name, daemon=True).start()


def register(
    station: Station, queue_name: str, model: str | None, names: Sequence[str] = ()
) -> None:
    """Writes the worker's first sign of life; its engine is still to load."""
    values = {
        "queue": queue_name, "model": model, "engine_id": None, "pid": os.getpid(),
        "started_at": now_s(), "seen_at": now_s(), "stopped": False,
        "names": list(names), "queues": station.queues, "machine": single_host.this_machine(),
    }  # fmt: skip
    with writing(station.reserved) as session:
        statement = insert_ignoring(session)(WorkerRow).values(name=station.name, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def introduce(station: Station, info: dict[str, Any]) -> None:
    """Stores the fingerprint of the loaded engine: from now on the worker serves."""
    station.engine_id = fingerprint_id(info)
    row = {"id": station.engine_id, "info": info}
    with writing(station.reserved) as session:
        session.execute(insert_ignoring(session)(EngineRow).on_conflict_do_nothing(), [row])
        session.execute(
            update(WorkerRow)
            .where(col(WorkerRow.name) == station.name)
            .values(engine_id=station.engine_id, names=info.get("names"), queues=station.queues)
        )


def farewell(station: Station) -> None:
    with writing(station.reserved) as session:
        session.execute(
            update(WorkerRow).where(col(WorkerRow.name) == station.name).values(stopped=True)
        )


def _always(station: Station, every_s: float, duty: Callable[[Station], None], level: int) -> None:
    while True:
        time.sleep(every_s)
        try:
            duty(station)
        except Exception as error:  # the database or Redis may be away; the next round tries again
            log.log(level, "housekeeping: %s", str(error).splitlines()[0])


def look(station: Station) -> None:
    """Stops the work on jobs that are no longer this worker's; only reads."""
    held = list(station.held.values())
    if held:
        station.drop(protocol.lost(station.reserved, held))


def keep(station: Station) -> None:
    """Renews the leases, and the sign of life."""
    held = list(station.held.values())
    if held:
        lost = protocol.renew(station.reserved, held, station.settings.lease_s)
        station.drop(lost & set(station.held))
    with writing(station.reserved) as session:
        session.execute(
            update(WorkerRow).where(col(WorkerRow.name) == station.name).values(seen_at=now_s())
        )


def sweep(station: Station) -> None:
    """Returns dead workers' jobs, and enqueues what has no message.

    Nothing while Redis is away: what came back unannounced would wait for its queue to fall silent.
    """
    forget_future(station)
    enqueue = partial(messages.enqueue, station.app)
    try:
        broker.check(str(station.app.conf.broker_url))
        found = protocol.sweep(station.reserved, station.settings.max_deaths, enqueue=enqueue)
        enqueue(found.planned)
        messages.enqueue_if_silent(station.app, found.silent_candidates)
        fetch(station, found.waiting)
    except SetupError as error:
        log.warning("%s", error)


def fetch(station: Station, waiting: list[Message]) -> None:
    """Takes jobs for this worker's model out of queues that no living worker listens to."""
    if station.engine_id is None:
        return
    to_enqueue, reasons = orphaned_jobs.adopt(
        station.database, station.engine_id, station.queues, waiting
    )
    messages.enqueue(station.app, to_enqueue)
    for reason in reasons:
        station.warn_once(reason)


def forget_future(station: Station) -> None:
    """Takes back what lies further ahead than any worker writes: the clock was set back.

    Else a dead worker would hold its job, and seem alive, for as long as the clock was ahead. A
    living one does not mind: it renews a shortened lease as any other.
    """
    lease_s = station.settings.lease_s
    later = now_s() + 10 * lease_s  # workers with longer leases of their own are left alone
    corrections = (
        (Job, col(Job.lease_until) > later, {"lease_until": now_s() + lease_s}),
        (Job, col(Job.not_before) > now_s() + 2 * LONGEST_DELAY_S, {"not_before": now_s()}),
        (WorkerRow, col(WorkerRow.seen_at) > later, {"seen_at": now_s()}),
    )
    for table, ahead, values in corrections:
        with station.reserved.connect() as connection:  # looks before it locks
            if connection.execute(select(table).where(ahead).limit(1)).first() is None:
                continue
        with writing(station.reserved) as session:
            session.execute(update(table).where(ahead).values(**values))
        log.warning("the database's clock was set back; %s are set right", ", ".join(values))

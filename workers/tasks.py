"""The Celery tasks: a few lines each; a message is a job id, what matters is in the database."""

import logging
from typing import Any

from celery import Celery
from celery.exceptions import Reject

from models.errors import Interrupted
from models.planning import KINDS
from workers.envelope import job_of
from workers.station import Station

log = logging.getLogger(__name__)

station: Station | None = None  # this process's desk, opened by `workers.app`


def register(app: Celery) -> None:
    """Registers one task a job kind, named as people see them in Flower; each checks what comes."""
    if str(app.conf.broker_url).startswith("redis"):
        app.conf.broker_transport = "workers.envelope:Transport"
    for kind in KINDS:
        app.task(name=kind, bind=True)(_task(kind))


def _task(kind: str) -> Any:
    def run(self: Any, *arguments: Any, **named: Any) -> str:
        assert station is not None, "the worker has no station yet"
        job_id = job_of(arguments, named)
        if job_id is None:  # whoever writes to Redis can send anything
            log.warning("a %s message that does not hold exactly one job's id is dropped", kind)
            return "dropped: not a job's id"

        def say(progress: str) -> None:
            try:  # Flower shows it in the result column; nobody waits for it
                self.send_event("task-progress", retry=False, result=progress)
            except Exception as error:
                log.debug("progress not shown: %s", error)

        try:
            return station.do(kind, job_id, say)
        except Interrupted as error:
            raise Reject(str(error), requeue=True) from None

    run.__name__ = kind
    run.__doc__ = f"Does a {kind} job, if it can be claimed."
    return run

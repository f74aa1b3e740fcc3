"""The Celery tasks: a few lines each; a message is a job id, what matters is in the database."""

import logging
from typing import Any

from celery import Celery
from celery.exceptions import Reject

from anthology.models.errors import Interrupted
from anthology.models.jobs.kinds import KINDS
from anthology.workers.runner.job_runner import JobRunner
from anthology.workers.runner.message_guard import job_of

log = logging.getLogger(__name__)

runner: JobRunner | None = None  # this process's, opened by `anthology.workers.process.app`


def register(app: Celery) -> None:
    """Registers one task a job kind, named as people see them in Flower; each checks what comes."""
    if str(app.conf.broker_url).startswith("redis"):
        app.conf.broker_transport = "anthology.workers.runner.message_guard:Transport"
    for kind in KINDS:
        app.task(name=kind, bind=True)(_task(kind))


def _task(kind: str) -> Any:
    def run(self: Any, *arguments: Any, **named: Any) -> str:
        assert runner is not None, "the worker has no job runner yet"
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
            return runner.do(kind, job_id, say)
        except Interrupted as error:
            raise Reject(str(error), requeue=True) from None

    run.__name__ = kind
    run.__doc__ = f"Does a {kind} job, if it can be claimed."
    return run

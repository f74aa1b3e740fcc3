"""One worker process: what it works with, which jobs it holds, and how it ends.

Knows the broker and the database; what is done with a job that it holds is `job_runner.py`'s.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from celery import Celery
from sqlalchemy import Engine as Database

from anthology.models.errors import SetupError
from anthology.models.jobs import messages
from anthology.models.jobs.claims import Attempt, Claim
from anthology.models.jobs.planning import Message
from anthology.models.language_model.tokenizer import Tokenizer
from anthology.models.settings import Settings
from anthology.workers.engine.engine import Engine
from anthology.workers.runner.app_names import EXIT_DEAD_ENGINE, EXIT_SPENT_ENGINE
from anthology.workers.runner.database_retries import with_retries
from anthology.workers.runner.exclusive_jobs import ExclusiveJobs

log = logging.getLogger(__name__)

T = TypeVar("T")


class WorkerProcess:
    """The database, the broker, for GPU work a loaded model, and the jobs in hand."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        database: Database,
        app: Celery,
        engine: Engine | None = None,
        tokenizer: Tokenizer | None = None,
        engine_id: str | None = None,
        reserved: Database | None = None,
    ) -> None:
        self.name = name
        self.settings = settings
        self.database = database
        # Connections that jobs never take: leases must not wait behind what is to be stored.
        self.reserved = reserved or database
        self.app = app
        self.engine = engine
        self.tokenizer = tokenizer
        self.engine_id = engine_id
        self.queues: list[str] = []  # from which Celery takes messages
        self.held: dict[Attempt, Claim] = {}
        self.sharing = ExclusiveJobs()
        self.stopping = threading.Event()
        self.messages = 0  # received so far, of them `busy` are being worked on
        self.busy = 0
        self.finished = 0
        self.hung: str | None = None  # a sentence, once the engine was found to hang
        self._leaving = threading.Lock()
        self._in_flight: dict[Attempt, Future[None]] = {}
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def hold(self, held: Claim) -> None:
        """A job just claimed; the work on an older claim of it, whose lease was lost, ends."""
        with self._lock:
            lost = {key for key in self.held if key[0] == held.id}  # and nobody has looked yet
            self.held[held.key] = held
        self.drop(lost)

    def work_on(self, held: Claim, work: "Future[None]") -> None:
        """Notes what is to be cancelled if the lease is lost or the worker stops."""
        with self._lock:
            self._in_flight[held.key] = work

    def let_go(self, held: Claim) -> None:
        with self._lock:
            self.held.pop(held.key, None)
            self._in_flight.pop(held.key, None)

    def drop(self, attempts: set[Attempt]) -> None:
        """Stops working on attempts whose lease was lost."""
        with self._lock:
            for attempt in attempts & set(self._in_flight):
                self._in_flight[attempt].cancel()

    def transaction(self, write: Callable[[], T]) -> T:
        """Every transaction of a job: while the database is away results stay in memory, and what
        is to be read is no fault of the job's. If the lease runs out meanwhile, the fence refuses
        the write."""
        return with_retries(write, self.stopping)

    def enqueue(self, to_enqueue: list[Message]) -> None:
        try:
            messages.enqueue(self.app, to_enqueue)
        except SetupError as error:
            log.warning("%s; a sweep will publish %d jobs", error, len(to_enqueue))

    def warn_once(self, reason: str) -> None:
        if reason not in self._said:
            self._said.add(reason)
            log.warning("%s", reason)

    def stop(self) -> None:
        """Takes no more jobs; after the grace period returns what is unfinished to the queue."""
        self.stopping.set()
        timer = threading.Timer(self.settings.grace_s, self._cancel_until_empty)
        timer.daemon = True
        timer.start()

    def leave_dead_engine(self, hung: str | None = None) -> None:
        """Ends this process once the other jobs have been handed back; the launcher restarts it.

        Any of the jobs in flight may be why an engine hangs: with `hung`, a sentence that says
        that it does, it counts against them all, as the death of an engine does.
        """
        if not self._leaving.acquire(blocking=False):
            return
        self.hung = hung
        self.stopping.set()
        deadline = time.monotonic() + 10
        while self.held and time.monotonic() < deadline:
            self._cancel_all()
            time.sleep(0.1)
        log.error("%s; this worker exits to be restarted", hung or "the engine is dead")
        os._exit(EXIT_SPENT_ENGINE if self.finished else EXIT_DEAD_ENGINE)

    def _cancel_until_empty(self) -> None:
        """Again and again: a job claimed just before the stop may not be in flight yet."""
        while self.held:
            self._cancel_all()
            time.sleep(0.2)

    def _cancel_all(self) -> None:
        with self._lock:
            for work in self._in_flight.values():
                work.cancel()

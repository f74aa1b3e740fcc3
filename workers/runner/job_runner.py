"""What one worker process does around every job: claim, keep the lease, store, hand back.

Knows the job protocol and the rooms that do the work; knows nothing of Celery but `enqueue`.
"""

import asyncio
import logging
import os
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TypeVar

from celery import Celery
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from anthology.models.database.transient_errors import passing
from anthology.models.errors import (
    AnthologyError,
    EngineDied,
    InputError,
    Interrupted,
    LostLease,
    SetupError,
    StaysAway,
    UnreadableLabels,
)
from anthology.models.jobs import messages, protocol, ready
from anthology.models.jobs.claims import Attempt
from anthology.models.jobs.planning import Message
from anthology.models.jobs.protocol import Claim, Rows, Usage
from anthology.models.language_model.tokenizer import Tokenizer
from anthology.models.runtime import address
from anthology.models.settings import Settings
from anthology.workers.engine.asking import Interviewer
from anthology.workers.engine.engine import Engine
from anthology.workers.runner.app_names import EXIT_DEAD_ENGINE, EXIT_SPENT_ENGINE
from anthology.workers.runner.database_retries import patiently
from anthology.workers.runner.exclusive_jobs import Company
from anthology.workers.tasks import aggregate, backstory, calibrate, poll, survey

log = logging.getLogger(__name__)

ITEMS = {
    "backstory": backstory.items, "poll": poll.items,
    "calibrate": calibrate.items, "survey": survey.items,
}  # fmt: skip
AGGREGATES = {"match": aggregate.match, "measure": aggregate.measure}
PROGRESS_EVERY_S = 2.0
LONGEST_DELAY_S = 450.0
STAYS_AWAY_S = 1.0
Say = Callable[[str], None]
T = TypeVar("T")


class Station:
    """A worker's desk: the database, the broker, and for GPU work a loaded model."""

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
        self.stopping = threading.Event()
        self.messages = 0  # received so far, of them `busy` are being worked on
        self.busy = 0
        self.finished = 0
        self._hung: str | None = None
        self._leaving = threading.Lock()
        self._futures: dict[Attempt, Future[None]] = {}
        self._said: set[str] = set()
        self._lock = threading.Lock()
        self._company = Company()

    def do(self, kind: str, job_id: int, say: Say) -> str:
        """Does a job if it can be claimed; returns one line for Flower's result column.

        Raises `Interrupted` where the worker stops before it could claim: the message is another's.
        """
        with self._lock:
            self.messages += 1
            self.busy += 1
        try:
            return self._do(kind, job_id, say)
        finally:
            with self._lock:
                self.busy -= 1

    def _do(self, kind: str, job_id: int, say: Say) -> str:
        if kind in ITEMS and self.engine is None:  # a forged message: it must not fail the job
            return f"not taken: a {kind} job needs a model"
        try:
            held = self._claim(kind, job_id)
        except StaysAway as error:
            return self._stay_away(job_id, error)
        if held is None:
            return self._why_not(job_id)
        with self._lock:
            lost = {key for key in self.held if key[0] == held.id}  # and nobody has looked yet
            self.held[held.key] = held
        self.drop(lost)
        try:
            return self._attempt(held, say)
        except LostLease as error:
            log.warning("%s", error)
            return str(error)
        finally:
            with self._lock:
                self.held.pop(held.key, None)
                self._futures.pop(held.key, None)

    def _claim(self, kind: str, job_id: int) -> Claim | None:
        """Waits while the database is away, and the message with it: dropped one after the other,
        all of a queue would be gone in seconds.
        """

        def take() -> Claim | None:
            if self.stopping.is_set():
                time.sleep(STAYS_AWAY_S)  # or it would come back to this worker again and again
                raise Interrupted("not taken: this worker is stopping")
            return protocol.claim(
                self.database, job_id, self.name, self.settings.lease_s, self.settings.max_deaths,
                kind=kind, engine_id=self.engine_id,
            )  # fmt: skip

        return self._store(take)

    def _why_not(self, job_id: int) -> str:
        """Says once when whoever enqueues has another database: nothing here would ever be done."""
        if self._store(lambda: ready.is_known(self.database, job_id)):
            return "nothing to do: done already, paused, cancelled, or held by another worker"
        place = address.of_database(self.database.url)
        reason = (
            f"this worker's database {place} has no such job, so it was submitted to another one; "
            "give both the same ANTHOLOGY_DATABASE_URL"
        )
        self.warn_once(reason)
        return f"nothing to do: {reason}"

    def warn_once(self, reason: str) -> None:
        if reason not in self._said:
            self._said.add(reason)
            log.warning("%s", reason)

    def _stay_away(self, job_id: int, error: StaysAway) -> str:
        """Says once why a study's jobs are left to others, and leaves them time to take the next.

        The message is dropped; the job is enqueued where others are, or after a while. Dropping a
        thousand at once would take them from under the hands of a worker that may do them.
        """
        self.warn_once(str(error))
        self._enqueue(self._store(lambda: protocol.pass_on(self.database, job_id, error.queue)))
        self.stopping.wait(STAYS_AWAY_S)
        return f"not taken: {error}"

    def _attempt(self, held: Claim, say: Say) -> str:
        started = time.monotonic()
        rows: Rows = []
        usage = Usage()
        try:
            if held.kind in AGGREGATES:
                rows = self._store(lambda: AGGREGATES[held.kind](self.database, held))
            else:
                # Its next death is its last: let it not die of its neighbours.
                alone = 0 < held.deaths >= self.settings.max_deaths - 1
                with self._company.joined(alone=alone):
                    self._with_engine(held, rows, usage, say)
        except LostLease:
            raise
        except Interrupted:
            self._enqueue(
                [self._store(lambda: protocol.give_back(self.database, held, rows, usage))]
            )
            return f"given back with {_people(rows)} stored: this worker is stopping"
        except (InputError, UnreadableLabels) as error:
            reason = str(error)
            self._enqueue(self._store(lambda: protocol.fail(self.database, held, reason)))
            return f"failed: {reason}"
        except Exception as error:
            return self._postpone(held, rows, usage, error)
        return self._finish(held, rows, usage, started)

    def _finish(self, held: Claim, rows: Rows, usage: Usage, started: float) -> str:
        engine_id = self.engine_id if held.kind in ITEMS else None
        try:
            self._enqueue(
                self._store(lambda: protocol.finish(self.database, held, rows, usage, engine_id))
            )
            self.finished += 1
        except DBAPIError as error:
            if passing(error):  # away while this worker stops: the lease runs out, it runs again
                raise
            # The database refuses these results, now and ever.
            log.exception("job %s cannot be stored", held.id)
            reason = f"the results cannot be stored: {str(error.orig).splitlines()[0][:300]}"
            self._enqueue(self._store(lambda: protocol.fail(self.database, held, reason)))
            return f"failed: {reason}"
        return summary(rows, usage, time.monotonic() - started)

    def _with_engine(self, held: Claim, rows: Rows, usage: Usage, say: Say) -> None:
        try:
            self._converse(held, rows, usage, say)
        except Exception as error:
            if isinstance(error, EngineDied) or (self.engine is not None and self.engine.died):
                self.stopping.set()  # before the next one's turn: it must not meet a dead engine
                # At once, whatever becomes of the job: who stops and stays would eat all messages.
                threading.Thread(target=self.leave_dead_engine, daemon=True).start()
            raise

    def _converse(self, held: Claim, rows: Rows, usage: Usage, say: Say) -> None:
        """Puts the whole chunk in flight; `rows` fills as personas finish."""
        if self.engine is None or self.tokenizer is None:
            raise InputError(f"a {held.kind} job reached a worker without a model")
        if self.stopping.is_set():
            raise Interrupted("the worker is stopping")
        items = self._store(lambda: ITEMS[held.kind](self.database, held))
        interviewer = Interviewer(self.engine, self.tokenizer, usage)
        place = nullcontext if held.kind == "backstory" else self.engine.admission.place
        future = self.engine.run(_all(items, interviewer, rows, place))
        with self._lock:
            self._futures[held.key] = future
        started = time.monotonic()
        while True:
            try:
                return future.result(timeout=PROGRESS_EVERY_S)
            except TimeoutError:
                if future.done():  # the work's own TimeoutError, not ours
                    return future.result()
                tokens = usage.prompt_tokens + usage.output_tokens
                speed = tokens / (time.monotonic() - started)
                say(f"{len(rows)}/{len(items)} people, {speed:.0f} tok/s")
            except CancelledError:
                if self._hung or self.engine.died:  # whoever found it cancels the others
                    raise EngineDied(self._hung or "the engine process died") from None
                if self.stopping.is_set():
                    raise Interrupted("the worker is stopping") from None
                raise LostLease(
                    f"job {held.id} was cancelled or went to another worker; nothing was written"
                ) from None

    def _postpone(self, held: Claim, rows: Rows, usage: Usage, error: Exception) -> str:
        """Sends the job back with a delay; the fifth such end on one job is its last."""
        log.exception("job %s (%s) met a fault", held.id, held.kind)
        said = (
            str(error) if isinstance(error, AnthologyError) else f"{type(error).__name__}: {error}"
        )
        reason = (said.strip() or repr(error)).splitlines()[0][:500]
        delay = backoff_s(held.attempt)
        limit = self.settings.max_deaths
        died = isinstance(error, EngineDied)

        def write() -> list[Message]:
            return protocol.postpone(
                self.database, held, rows, usage, reason, delay, limit, died=died
            )

        self._enqueue(self._store(write))
        return f"postponed for {delay:.0f} s: {reason}"

    def _store(self, write: Callable[[], T]) -> T:
        """Every transaction of a job: while the database is away results stay in memory, and what
        is to be read is no fault of the job's. If the lease runs out meanwhile, the fence refuses
        the write."""
        return patiently(write, self.stopping)

    def _enqueue(self, to_enqueue: list[Message]) -> None:
        try:
            messages.enqueue(self.app, to_enqueue)
        except SetupError as error:
            log.warning("%s; a sweep will publish %d jobs", error, len(to_enqueue))

    def stop(self) -> None:
        """Takes no more jobs; after the grace period returns what is unfinished to the queue."""
        self.stopping.set()
        timer = threading.Timer(self.settings.grace_s, self._cancel_until_empty)
        timer.daemon = True
        timer.start()

    def _cancel_until_empty(self) -> None:
        """Again and again: a job claimed just before the stop may not be in flight yet."""
        while self.held:
            self._cancel_all()
            time.sleep(0.2)

    def _cancel_all(self) -> None:
        with self._lock:
            for future in self._futures.values():
                future.cancel()

    def drop(self, attempts: set[Attempt]) -> None:
        """Stops working on attempts whose lease was lost."""
        with self._lock:
            for attempt in attempts & set(self._futures):
                self._futures[attempt].cancel()

    def leave_dead_engine(self, hung: str | None = None) -> None:
        """Ends this process once the other jobs have been handed back; the launcher restarts it.

        Any of the jobs in flight may be why an engine hangs: with `hung`, a sentence that says
        that it does, it counts against them all, as the death of an engine does.
        """
        if not self._leaving.acquire(blocking=False):
            return
        self._hung = hung
        self.stopping.set()
        deadline = time.monotonic() + 10
        while self.held and time.monotonic() < deadline:
            self._cancel_all()
            time.sleep(0.1)
        log.error("%s; this worker exits to be restarted", hung or "the engine is dead")
        os._exit(EXIT_SPENT_ENGINE if self.finished else EXIT_DEAD_ENGINE)


async def _all(
    items: list[backstory.Item],
    interviewer: Interviewer,
    rows: Rows,
    place: Callable[[], AbstractAsyncContextManager[None]],
) -> None:
    """Who asks many questions waits for a place; a story is one request, which vLLM queues."""

    async def one(item: backstory.Item) -> None:
        async with place():
            rows.extend(await item(interviewer))

    try:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(one(item))
    except BaseExceptionGroup as many:
        raise many.exceptions[0] from None


def backoff_s(attempt: int) -> float:
    """Exponential with jitter, so that workers do not come back all at once."""
    return min(LONGEST_DELAY_S / 1.5, 2.0 ** min(attempt + 1, 10)) * (0.5 + random.random())


def _people(rows: Rows) -> str:
    return f"{len(rows)} people"


def summary(rows: Rows, usage: Usage, seconds: float) -> str:
    """One line for Flower, which cuts it at about 45 characters, so the telling part first."""
    stored = sum(len(values) for _, values in rows)
    tokens = usage.prompt_tokens + usage.output_tokens
    if not tokens:
        return f"{stored} rows in {seconds:.1f} s"
    cached = usage.cached_tokens / max(1, usage.prompt_tokens)
    return (
        f"{tokens / seconds:.0f} tok/s, {cached:.0%} cached, {stored} answers, "
        f"{_people(rows)}, {tokens} tokens"
    )

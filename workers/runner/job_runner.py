"""What one worker process does with every message: claims the job, does it, stores, hands back.

Knows the job protocol and the rooms that do the work; knows nothing of Celery.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError

from sqlalchemy.exc import DBAPIError

from anthology.models.database.transient_errors import passing
from anthology.models.errors import (
    EngineDied,
    InputError,
    Interrupted,
    LostLease,
    StaysAway,
    UnreadableLabels,
)
from anthology.models.jobs import protocol, ready
from anthology.models.jobs.kinds import BY_NAME
from anthology.models.jobs.planning import Message
from anthology.models.jobs.protocol import Claim, Rows, Usage
from anthology.models.runtime import address
from anthology.workers.engine.asking import Interviewer
from anthology.workers.runner import engine_work, job_reports
from anthology.workers.runner.worker_process import WorkerProcess
from anthology.workers.tasks import by_kind

log = logging.getLogger(__name__)

LONGEST_DELAY_S = 450.0
STAYS_AWAY_S = 1.0
Say = Callable[[str], None]


class JobRunner(WorkerProcess):
    """A worker process at work: `do` is what a message asks for."""

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
        if not by_kind.on_model(kind):
            return self._take(kind, job_id, say)
        if self.engine is None:  # a forged message: it must not fail the job
            return f"not taken: a {kind} job needs a model"
        # Waits for its turn unclaimed: one that was held would die of the job that it waits for.
        found = self.transaction(lambda: ready.deaths(self.database, job_id))
        alone = self._is_last(found)
        with self.sharing.running(exclusive=alone):
            return self._take(kind, job_id, say, alone=alone)

    def _take(self, kind: str, job_id: int, say: Say, *, alone: bool = False) -> str:
        try:
            held = self._claim(kind, job_id)
        except StaysAway as error:
            return self._stay_away(job_id, error)
        if held is None:
            return self._why_not(job_id)
        self.hold(held)
        try:
            if by_kind.on_model(kind) and self._is_last(held.deaths) and not alone:
                return self._give_back(held, [], Usage(), "it comes again, to be alone")
            return self._attempt(held, say)
        except LostLease as error:
            log.warning("%s", error)
            return str(error)
        finally:
            self.let_go(held)

    def _is_last(self, deaths: int) -> bool:
        """Whether a job's next death is its last: let it not die of its neighbours."""
        return 0 < deaths >= self.settings.max_deaths - 1

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

        return self.transaction(take)

    def _why_not(self, job_id: int) -> str:
        """Says once when whoever enqueues has another database: nothing here would ever be done."""
        if self.transaction(lambda: ready.is_known(self.database, job_id)):
            return "nothing to do: done already, paused, cancelled, or held by another worker"
        place = address.of_database(self.database.url)
        reason = (
            f"this worker's database {place} has no such job, so it was submitted to another one; "
            "give both the same ANTHOLOGY_DATABASE_URL"
        )
        self.warn_once(reason)
        return f"nothing to do: {reason}"

    def _stay_away(self, job_id: int, error: StaysAway) -> str:
        """Says once why a study's jobs are left to others, and leaves them time to take the next.

        The message is dropped; the job is enqueued where others are, or after a while. Dropping a
        thousand at once would take them from under the hands of a worker that may do them.
        """
        self.warn_once(str(error))
        self.enqueue(self.transaction(lambda: protocol.pass_on(self.database, job_id, error.queue)))
        self.stopping.wait(STAYS_AWAY_S)
        return f"not taken: {error}"

    def _attempt(self, held: Claim, say: Say) -> str:
        started = time.monotonic()
        rows: Rows = []
        usage = Usage()
        try:
            if not by_kind.on_model(held.kind):
                rows = self.transaction(lambda: by_kind.rows(held.kind, self.database, held))
            else:
                self._with_engine(held, rows, usage, say)
        except LostLease:
            raise
        except Interrupted:
            return self._give_back(held, rows, usage)
        except (InputError, UnreadableLabels) as error:
            return self._fail(held, str(error))
        except Exception as error:
            return self._postpone(held, rows, usage, error)
        return self._finish(held, rows, usage, started)

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
        if self.engine is None or self.tokenizer is None:
            raise InputError(f"a {held.kind} job reached a worker without a model")
        if self.stopping.is_set():
            raise Interrupted("the worker is stopping")
        items = self.transaction(lambda: by_kind.items(held.kind, self.database, held))
        interviewer = Interviewer(self.engine, self.tokenizer, usage)
        work = engine_work.begin(held.kind, items, self.engine, interviewer, rows)
        self.work_on(held, work)
        started = time.monotonic()
        kept = 0

        def tell() -> None:
            nonlocal kept
            kept = self._keep(held, rows, kept)
            say(job_reports.progress(rows, len(items), usage, time.monotonic() - started))

        try:
            engine_work.wait(work, tell)
        except CancelledError:
            raise self._why_cancelled(held, died=self.engine.died) from None

    def _keep(self, held: Claim, rows: Rows, before: int) -> int:
        """Stores what a kill would cost; returns how much of `rows` is stored. What cannot be now
        is with all the rest, when the job ends."""
        until = len(rows)  # the engine's loop adds to them
        if not BY_NAME[held.kind].kept or until == before:
            return before
        try:
            protocol.keep(self.database, held, rows[before:until])
        except DBAPIError as error:
            log.warning("what job %s has so far is stored later: %s", held.id, error.orig)
            return before
        return until

    def _why_cancelled(self, held: Claim, *, died: bool) -> Exception:
        if self.hung or died:  # whoever found it cancels the others
            return EngineDied(self.hung or "the engine process died")
        if self.stopping.is_set():
            return Interrupted("the worker is stopping")
        return LostLease(
            f"job {held.id} was cancelled or went to another worker; nothing was written"
        )

    def _finish(self, held: Claim, rows: Rows, usage: Usage, started: float) -> str:
        engine_id = self.engine_id if by_kind.on_model(held.kind) else None

        def write() -> list[Message]:
            return protocol.finish(self.database, held, rows, usage, engine_id)

        try:
            self.enqueue(self.transaction(write))
            self.finished += 1
        except DBAPIError as error:
            if passing(error):  # away while this worker stops: the lease runs out, it runs again
                raise
            # The database refuses these results, now and ever.
            log.exception("job %s cannot be stored", held.id)
            said = str(error.orig).splitlines()[0][:300]
            return self._fail(held, f"the results cannot be stored: {said}")
        return job_reports.summary(rows, usage, time.monotonic() - started)

    def _give_back(
        self, held: Claim, rows: Rows, usage: Usage, why: str = "this worker is stopping"
    ) -> str:
        self.enqueue(
            [self.transaction(lambda: protocol.give_back(self.database, held, rows, usage))]
        )
        return f"given back with {job_reports.people(rows)} stored: {why}"

    def _fail(self, held: Claim, reason: str) -> str:
        self.enqueue(self.transaction(lambda: protocol.fail(self.database, held, reason)))
        return f"failed: {reason}"

    def _postpone(self, held: Claim, rows: Rows, usage: Usage, error: Exception) -> str:
        """Sends the job back with a delay; the fifth such end on one job is its last."""
        log.exception("job %s (%s) met a fault", held.id, held.kind)
        reason = job_reports.reason_of(error)
        delay = backoff_s(held.attempt)
        limit = self.settings.max_deaths
        died = isinstance(error, EngineDied)

        def write() -> list[Message]:
            return protocol.postpone(
                self.database, held, rows, usage, reason, delay, limit, died=died
            )

        self.enqueue(self.transaction(write))
        return f"postponed for {delay:.0f} s: {reason}"


def backoff_s(attempt: int) -> float:
    """Exponential with jitter, so that workers do not come back all at once."""
    return min(LONGEST_DELAY_S / 1.5, 2.0 ** min(attempt + 1, 10)) * (0.5 + random.random())

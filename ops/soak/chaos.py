"""Injects faults into workers, Redis and the database, in an order that follows from a seed.

Knows processes and servers; what a study should have become is `soak.py`'s business.
"""

import heapq
import itertools
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import redis
from forked import Forked
from instant import QUEUES, InstantSystem
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from anthology.models.database.namespace import namespace_of
from anthology.models.database.tables import Job
from anthology.models.errors import SetupError
from anthology.models.jobs import broker, messages
from anthology.models.jobs.planning import MESSAGE, Message
from anthology.producer.local.local_redis import LocalRedis

STOPS_WITHIN_S = 20.0  # as the launcher: then a worker that was asked to stop is killed
CONCURRENCY = 3


@dataclass
class Worker:
    """One worker process; it is started again whenever it has ended."""

    name: str
    process: Forked
    stopped: bool = False
    must_end_by: float | None = None


@dataclass(frozen=True)
class Fault:
    """What was done, when, and the jobs that ran where it struck, each with its attempt."""

    kind: str
    at: float
    hit: dict[int, int]


@dataclass
class Chaos:
    """Workers, and the faults that they and their servers meet. One thread only may use it."""

    system: InstantSystem
    server: LocalRedis
    database: Engine
    seed: int
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.workers: list[Worker] = []
        self._later: list[tuple[float, int, Callable[[], Any]]] = []
        self._order = itertools.count()
        self._redis_is_down = False
        self._locked = False
        self._kinds: list[Callable[[], str]] = [
            self._kill, self._kill, self._freeze, self._terminate, self._kill_redis,
            self._flush_redis, self._double_messages, self._disturb_database,
        ]  # fmt: skip

    def start(self, workers: int) -> None:
        self.workers = [Worker(f"w{n}", self._process(f"w{n}")) for n in range(workers)]

    def inject(self) -> None:
        """One fault; where it cannot be had just now (Redis is down already), another."""
        running = self._running()
        while not (struck := self.rng.choice(self._kinds)()):
            pass
        kind, _, victim = struck.partition(" ")
        hit = {
            job: attempt
            for job, attempt, worker in running
            if not victim or worker.startswith(victim + "@")
        }
        self.faults.append(Fault(kind, time.time(), hit))

    def tend(self) -> None:
        """Ends faults whose time has come, and starts workers that have ended."""
        while self._later and self._later[0][0] <= time.monotonic():
            heapq.heappop(self._later)[2]()
        for worker in self.workers:
            overdue = worker.must_end_by is not None and time.monotonic() > worker.must_end_by
            if overdue and worker.process.poll() is None:
                worker.process.kill()
            if worker.process.poll() is not None:
                worker.process = self._process(worker.name)
                worker.stopped, worker.must_end_by = False, None

    def calm(self) -> None:
        """Ends every fault that still lasts."""
        while self._later:
            heapq.heappop(self._later)[2]()

    def stop(self) -> None:
        for worker in self.workers:
            worker.process.send_signal(signal.SIGCONT)
            worker.process.terminate()
        for worker in self.workers:
            try:
                worker.process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()

    @property
    def counts(self) -> Counter[str]:
        return Counter(fault.kind for fault in self.faults)

    # --- faults: each returns what it did, with the worker it struck, or "" ----------------------

    def _kill(self) -> str:
        if victim := self._victim():
            victim.process.kill()
            return f"killed {victim.name}"
        return ""

    def _freeze(self) -> str:
        """Stopped for up to three leases: its jobs run elsewhere, and then it wakes up."""
        if not (victim := self._victim()):
            return ""
        process = victim.process
        process.send_signal(signal.SIGSTOP)
        victim.stopped = True

        def thaw() -> None:
            if victim.process is process:
                process.send_signal(signal.SIGCONT)
                victim.stopped = False

        self._after(self.rng.uniform(0.5, 3 * self.system.lease_s), thaw)
        return f"frozen {victim.name}"

    def _terminate(self) -> str:
        if not (victim := self._victim()):
            return ""
        victim.process.terminate()
        victim.must_end_by = time.monotonic() + STOPS_WITHIN_S
        return f"terminated {victim.name}"

    def _kill_redis(self) -> str:
        """Away for a moment; every other time its data is gone, too."""
        if self._redis_is_down:
            return ""
        self.server.kill()
        self._redis_is_down = True
        emptied = self.rng.random() < 0.5

        def restart() -> None:
            if emptied:
                shutil.rmtree(self.server.directory, ignore_errors=True)
            self.server.start()
            self._redis_is_down = False

        self._after(self.rng.uniform(0.2, 3.0), restart)
        return "redis-emptied" if emptied else "redis-restarted"

    def _flush_redis(self) -> str:
        if self._redis_is_down:
            return ""
        with suppress(redis.RedisError), broker.connect(self.server.url) as client:
            client.flushall()
            return "flushed"
        return ""

    def _double_messages(self) -> str:
        """Enqueues jobs in whatever state: most are done already, some are running."""
        if self._redis_is_down:
            return ""
        with self.database.connect() as connection:
            rows = connection.execute(select(*MESSAGE)).all()
        chosen = [Message(*tuple(row)) for row in self.rng.sample(rows, min(20, len(rows)))]
        with suppress(SetupError):
            messages.enqueue(
                messages.make_app(self.server.url, namespace_of(self.database)), chosen * 2
            )
            return "doubled"
        return ""

    def _disturb_database(self) -> str:
        if self.database.dialect.name == "sqlite":
            return self._lock_sqlite()
        with self.database.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        return "disconnected"

    def _lock_sqlite(self) -> str:
        """Holds the writers' lock for some seconds, as a backup or a careless shell would."""
        if self._locked:
            return ""
        connection = self.database.raw_connection()
        try:
            connection.execute("PRAGMA busy_timeout = 2000")
            connection.execute("BEGIN IMMEDIATE")
        except Exception:  # a frozen worker may hold it
            connection.close()
            return ""
        self._locked = True

        def release() -> None:
            connection.rollback()
            connection.close()
            self._locked = False

        self._after(self.rng.uniform(0.5, 4.0), release)
        return "locked"

    # --- means -----------------------------------------------------------------------------------

    def _victim(self) -> Worker | None:
        awake = [
            worker
            for worker in self.workers
            if not worker.stopped and worker.must_end_by is None and worker.process.poll() is None
        ]
        return self.rng.choice(awake) if len(awake) > 1 else None  # somebody has to work

    def _after(self, seconds: float, action: Callable[[], Any]) -> None:
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._order), action))

    def _running(self) -> list[tuple[int, int, str]]:
        query = select(col(Job.id), col(Job.attempt), col(Job.worker))
        try:
            with self.database.connect() as connection:
                found = connection.execute(query.where(col(Job.state) == "running"))
                return [(job or 0, attempt, str(worker)) for job, attempt, worker in found]
        except OperationalError:
            return []

    def _process(self, name: str) -> Forked:
        command = [
            sys.executable, "-m", "celery", "-A", "instant_worker", "worker", "--pool", "threads",
            "--concurrency", str(CONCURRENCY), "--hostname", f"{name}@soak", "--queues", QUEUES,
            "--without-gossip", "--without-mingle", "--loglevel", "warning",
        ]  # fmt: skip
        log = self.system.folder / f"{name}.log"
        return Forked(command, self.system.environment, self.system.folder, log, log)

"""Ends a worker that lives but does nothing: its engine hangs, or messages no longer reach it.

Knows neither vLLM nor Celery: it looks at the engine's count of steps, at the worker's count of
messages, and at how many wait in the queue. The launcher starts the worker again.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence

import redis

from anthology.models.jobs import broker
from anthology.workers.runner.worker_process import WorkerProcess

log = logging.getLogger(__name__)

DEAD_S = 10.0  # how long an engine may be dead before its worker is ended from here
LAST_WORDS_S = 10.0  # what a worker that was told to stop may take after the grace period


class Silence:
    """For how long something that is owed has not moved, looked at every `every_s` seconds.

    Looks are counted, not a clock: a process that was stopped for an hour (SIGSTOP) has heard
    nothing for an hour, and that says nothing about others.
    """

    def __init__(self, every_s: float) -> None:
        self.every_s = every_s
        self._moved: int | None = None
        self._looks = 0

    def look(self, owed: bool, moved: int) -> float:
        """Seconds of silence, given whether anything is owed now and a count that moves on."""
        silent = owed and moved == self._moved
        self._looks = self._looks + 1 if silent else 0
        self._moved = moved if owed else None
        return self._looks * self.every_s


def watch_engine(worker: WorkerProcess) -> None:
    """Begins to watch the engine, from its first request on, until the process ends: a worker that
    is stopping needs it, too.

    Progress is a step of the engine, in which it reads a prompt or writes a token of any request:
    a long generation takes many. An engine that owes answers and makes no step hangs. One that is
    dead is found by its jobs; if they do not end the worker, this does.
    """
    limit_s = worker.settings.hang_s
    every_s = min(1.0, limit_s / 10)
    silence, death = Silence(every_s), Silence(every_s)

    def look() -> bool:
        engine = worker.engine
        if engine is None:
            return False
        if death.look(engine.died, 0) >= DEAD_S:
            worker.leave_dead_engine()
            return True
        if silence.look(engine.owes > 0, engine.steps) >= limit_s:
            worker.leave_dead_engine(f"the engine made no progress for {limit_s:g} s")
            return True
        return False

    _watch(every_s, look)


def watch_queue(worker: WorkerProcess, queues: Sequence[str], slots: int) -> None:
    """Begins to watch whether messages come: the worker has free slots of its `slots`, messages
    wait in one of its queues, and none arrives. Celery has lost its connection to Redis then,
    though it seems to live.

    A Redis that does not answer or is full says nothing: nobody could receive from it.
    """
    limit_s = worker.settings.stall_s
    silence = Silence(min(5.0, limit_s / 10))
    url = worker.settings.broker_url

    def look() -> bool:
        if worker.stopping.is_set():
            return True
        full = _waiting(url, queues) if worker.busy < slots else None
        if silence.look(full is not None, worker.messages) < limit_s:
            return False
        log.error(
            "jobs wait in %s and none arrived for %g s; this worker exits to be "
            "restarted", full, limit_s,
        )  # fmt: skip
        _leave(worker)
        return True

    _watch(silence.every_s, look)


def _waiting(url: str, queues: Sequence[str]) -> str | None:
    """The first of the queues in which messages wait that could be handed over."""
    try:
        full = next((name for name, size in broker.waiting(url, queues).items() if size), None)
        return full if full is not None and broker.hands_over(url) else None
    except (redis.RedisError, OSError):
        return None


def _watch(every_s: float, look: Callable[[], bool]) -> None:
    """Looks again and again, in a thread, until the look says that it is over."""

    def run() -> None:
        while not look():
            time.sleep(every_s)

    threading.Thread(target=run, name="watchdog", daemon=True).start()


def _leave(worker: WorkerProcess) -> None:
    """Stops as SIGTERM does; ends the process where Celery does not, once all is given back."""
    worker.stop()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(worker.settings.grace_s + LAST_WORDS_S)
    os._exit(0)

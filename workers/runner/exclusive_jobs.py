"""Who shares the engine with whom: a job with one death left has it to itself.

All jobs in flight die with an engine, and each death counts against all of them. Started again
together, a poisonous job would take its neighbours along until all have failed. Alone, what dies
is what kills.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class ExclusiveJobs:
    """Jobs in flight of one worker: many that share its engine, or a single exclusive one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._exclusive = 0  # want the engine to themselves, or have it

    @contextmanager
    def running(self, *, exclusive: bool) -> Iterator[None]:
        """Waits for its turn. An exclusive job goes first, or it might wait for ever."""
        with self._changed:
            self._exclusive += exclusive
            self._changed.wait_for(lambda: not self._running if exclusive else not self._exclusive)
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._exclusive -= exclusive
                self._changed.notify_all()

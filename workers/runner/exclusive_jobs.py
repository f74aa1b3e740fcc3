"""Who shares the engine with whom: a job with one death left has it to itself.

All jobs in flight die with an engine, and each death counts against all of them. Started again
together, a poisonous job would take its neighbours along until all have failed. Alone, what dies
is what kills.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Company:
    """Jobs in flight of one worker."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._alone = 0  # want the engine to themselves, or have it

    @contextmanager
    def joined(self, *, alone: bool) -> Iterator[None]:
        """Waits for its turn. Who wants to be alone goes first, or it might wait for ever."""
        with self._changed:
            self._alone += alone
            self._changed.wait_for(lambda: not self._inside if alone else not self._alone)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._alone -= alone
                self._changed.notify_all()

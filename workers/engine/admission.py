"""How many people are interviewed at once: no more than the engine's KV cache holds together.

A person's questions share the beginning of one conversation, which vLLM's prefix cache keeps until
it has to make room, least recently used first. If more conversations take turns than fit, each is
thrown out before its next question, and all of it is read again, question by question. Knows
nothing of vLLM: it is told how many tokens fit, and how long requests are.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# A conversation's last request is longer than its average one, and other requests need room, too.
SHARE = 0.7
RECENT = 64  # requests that the average length looks back on


class Admission:
    """Lets people in, first come first served; for one event loop.

    capacity: tokens that the cache holds; None lets everybody in.
    """

    def __init__(self, capacity: int | None) -> None:
        self._room = None if capacity is None else SHARE * capacity
        self._length = 0.0  # of a request, on average
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def saw(self, tokens: int) -> None:
        """A request has had this length, prompt and output: its conversation fills as much."""
        self._length += (tokens - self._length) / RECENT if self._length else tokens

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Waits for a place and holds it. Somebody is always let in, however long they talk."""
        if self._waiting or not self._free():
            await self._turn()
        else:
            self._inside += 1
        try:
            yield
        finally:
            self._leave()

    async def _turn(self) -> None:
        """Waits until called in; who calls counts the place as taken."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._leave()  # called in already
            raise

    def _leave(self) -> None:
        self._inside -= 1
        while self._waiting and self._free():
            turn = self._waiting.popleft()
            if turn.cancelled():
                continue
            self._inside += 1
            turn.set_result(None)

    def _free(self) -> bool:
        if self._room is None or not self._inside:
            return True
        return (self._inside + 1) * self._length <= self._room

"""As many people at once as the cache holds, first come first served, and nobody for ever."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from anthology.workers.engine.admission import RECENT, SHARE, Admission


class Visitors:
    """People who come, stay until they are told to leave, and are counted."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.inside: list[int] = []
        self.most = 0
        self.leave: dict[int, asyncio.Event] = {}

    async def visit(self, number: int) -> None:
        self.leave[number] = asyncio.Event()
        async with self.admission.place():
            self.inside.append(number)
            self.most = max(self.most, len(self.inside))
            try:
                await self.leave[number].wait()
            finally:
                self.inside.remove(number)


def knowing(capacity: int | None, tokens: int) -> Admission:
    """An admission that has seen requests of one length."""
    admission = Admission(capacity)
    for _ in range(RECENT):
        admission.saw(tokens)
    return admission


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def with_visitors(
    admission: Admission,
    count: int,
    then: Callable[[Visitors, list[asyncio.Task[None]]], Awaitable[None]],
) -> Visitors:
    visitors = Visitors(admission)

    async def all_of_it() -> None:
        tasks = [asyncio.create_task(visitors.visit(n)) for n in range(count)]
        await settled()
        await then(visitors, tasks)
        for event in visitors.leave.values():
            event.set()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)

    asyncio.run(all_of_it())
    assert visitors.inside == []
    return visitors


@pytest.mark.parametrize(("capacity", "expected"), [(1000, 7), (1500, 10), (None, 20)])
def test_as_many_are_inside_as_the_cache_holds(capacity: int | None, expected: int) -> None:
    async def then(visitors: Visitors, _: list[asyncio.Task[None]]) -> None:
        assert len(visitors.inside) == expected

    with_visitors(knowing(capacity, tokens=100), 20, then)
    assert capacity is None or expected == int(SHARE * capacity / 100)


def test_whoever_is_longer_than_the_cache_is_let_in_alone() -> None:
    async def then(visitors: Visitors, _: list[asyncio.Task[None]]) -> None:
        assert visitors.inside == [0]

    assert with_visitors(knowing(50, tokens=100), 5, then).most == 1


def test_who_came_first_is_let_in_first() -> None:
    async def then(visitors: Visitors, _: list[asyncio.Task[None]]) -> None:
        for gone, come in enumerate(range(2, 6)):
            visitors.leave[gone].set()
            await settled()
            assert visitors.inside == [gone + 1, come]

    with_visitors(knowing(300, tokens=100), 6, then)


def test_the_turn_of_somebody_cancelled_goes_to_the_next() -> None:
    async def then(visitors: Visitors, tasks: list[asyncio.Task[None]]) -> None:
        tasks[2].cancel()  # waits
        visitors.leave[0].set()
        await settled()
        assert visitors.inside == [1, 3]
        visitors.leave[1].set()
        await asyncio.sleep(0)  # 4 is called, and cancelled before it comes
        await asyncio.sleep(0)
        tasks[4].cancel()
        await settled()
        assert visitors.inside == [3, 5]

    with_visitors(knowing(300, tokens=100), 6, then)


def test_longer_conversations_leave_room_for_fewer() -> None:
    async def then(visitors: Visitors, _: list[asyncio.Task[None]]) -> None:
        assert len(visitors.inside) == 7
        for _ in range(20 * RECENT):
            visitors.admission.saw(200)
        for number in range(7):
            visitors.leave[number].set()
        await settled()
        assert len(visitors.inside) == 3

    with_visitors(knowing(1000, tokens=100), 20, then)


@pytest.mark.parametrize("seed", range(20))
def test_nobody_waits_for_ever_whoever_leaves_or_is_cancelled(seed: int) -> None:
    luck = random.Random(seed)

    async def then(visitors: Visitors, tasks: list[asyncio.Task[None]]) -> None:
        for _ in range(60):
            number = luck.randrange(len(tasks))
            visitors.admission.saw(luck.randrange(1, 400))
            if luck.random() < 0.3:
                tasks[number].cancel()
            elif number in visitors.leave:
                visitors.leave[number].set()
            for _ in range(luck.randrange(4)):
                await asyncio.sleep(0)

    with_visitors(knowing(1000, tokens=100), 40, then)

"""A job's people on the loaded model: all in flight together, and somebody who waits for them.

Knows nothing of leases, of what is stored, or of why the work may be cancelled.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, nullcontext

from anthology.models.jobs.protocol import Rows
from anthology.workers.engine.asking import Interviewer
from anthology.workers.engine.engine import Engine
from anthology.workers.tasks.by_kind import Item

PROGRESS_EVERY_S = 2.0

Place = Callable[[], AbstractAsyncContextManager[None]]


def begin(
    kind: str, items: list[Item], engine: Engine, interviewer: Interviewer, rows: Rows
) -> "Future[None]":
    """Puts the whole chunk in flight; `rows` fills as personas finish.

    Who asks many questions waits for a place; a story is one request, which vLLM queues.
    """
    place = nullcontext if kind == "backstory" else engine.admission.place
    return engine.run(_all(items, interviewer, rows, place))


async def _all(items: list[Item], interviewer: Interviewer, rows: Rows, place: Place) -> None:
    async def one(item: Item) -> None:
        async with place():
            async for found in item(interviewer):
                rows.extend(found)

    try:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(one(item))
    except BaseExceptionGroup as many:
        raise many.exceptions[0] from None


def wait(work: "Future[None]", tell: Callable[[], None]) -> None:
    """Waits for the work and tells of it now and then; raises what it raised, or that it was
    cancelled."""
    while True:
        try:
            return work.result(timeout=PROGRESS_EVERY_S)
        except TimeoutError:
            if work.done():  # the work's own TimeoutError, not ours
                return work.result()
            tell()

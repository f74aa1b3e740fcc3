"""How long jobs ran, all together: the time in which at least one did.

Between them may lie a night without a worker, which says nothing of how fast the work goes.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import and_
from sqlmodel import col

from anthology.models.database.tables import Job

# Jobs whose span of time is known and led to something.
DONE = and_(
    col(Job.state) == "done", col(Job.started_at).is_not(None), col(Job.finished_at).is_not(None)
)


def active_s(spans: Iterable[tuple[float, float]]) -> float:
    """The length of the union of spans of time, each a start and an end, in seconds."""
    total, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def shares_s(spans: Sequence[tuple[float, float]]) -> list[float]:
    """Each span's part of the time in which any ran, which those that ran at once share equally.

    They add up to `active_s`: what a job takes of the workers, however many it shared them with.
    """
    turns = sorted({moment for start, end in spans if start < end for moment in (start, end)})
    running = Counter[float]()
    for start, end in spans:
        if start < end:
            running[start] += 1
            running[end] -= 1
    until, spent, at_once, before = {}, 0.0, 0, 0.0
    for moment in turns:
        spent += (moment - before) / at_once if at_once else 0.0
        until[moment], before = spent, moment
        at_once += running[moment]
    return [until[end] - until[start] if start < end else 0.0 for start, end in spans]

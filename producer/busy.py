"""How long jobs ran, all together: the time in which at least one did.

Between them may lie a night without a worker, which says nothing of how fast the work goes.
"""

from collections.abc import Iterable

from sqlalchemy import and_
from sqlmodel import col

from models.tables import Job

# Jobs whose span of time is known and led to something.
DONE = and_(
    col(Job.state) == "done", col(Job.started_at).is_not(None), col(Job.finished_at).is_not(None)
)


def busy_s(spans: Iterable[tuple[float, float]]) -> float:
    """The length of the union of spans of time, each a start and an end, in seconds."""
    total, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total

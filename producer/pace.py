"""How fast a study goes, and how long it will still take, from what its jobs have taken so far."""

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from models.planning import CPU_QUEUE
from models.tables import Job, StudyRow
from producer.lookup import of_study

RATE_WINDOW_S = 300.0


def rate(session: Session, row: StudyRow) -> tuple[float, float]:
    """Tokens read and written a second over the last minutes of work, and the cached share."""
    last = session.execute(
        select(func.max(col(Job.finished_at))).where(of_study(row), col(Job.queue) != CPU_QUEUE)
    ).scalar_one()
    if last is None:
        return 0.0, 0.0
    prompt, cached, output, first = session.execute(
        select(
            func.sum(col(Job.prompt_tokens)), func.sum(col(Job.cached_tokens)),
            func.sum(col(Job.output_tokens)), func.min(col(Job.started_at)),
        ).where(
            of_study(row),
            col(Job.queue) != CPU_QUEUE,
            col(Job.state) == "done",
            col(Job.finished_at) > last - RATE_WINDOW_S,
        )
    ).one()  # fmt: skip
    if not prompt or last <= first:
        return 0.0, 0.0
    return (prompt + output) / (last - first), cached / prompt


def remaining_s(
    session: Session, row: StudyRow, jobs: dict[str, dict[str, int]], state: str
) -> float | None:
    """Remaining jobs at the pace of the kind's finished ones; None before every kind has a pace."""
    if state.startswith("done") or state == "cancelled":
        return 0.0
    if state == "paused":
        return None
    first, last = func.min(col(Job.started_at)), func.max(col(Job.finished_at))
    paces = {
        kind: (end - start) / done
        for kind, start, end, done in session.execute(
            select(
                col(Job.kind), first, last, func.sum(case((col(Job.state) == "done", 1), else_=0))
            )
            .where(of_study(row))
            .group_by(col(Job.kind))
        )
        if done and end and start
    }
    left = {kind: states["pending"] + states["running"] for kind, states in jobs.items()}
    slow = [kind for kind in ("backstory", "poll", "survey") if left[kind]]
    if any(kind not in paces for kind in slow):
        return None
    return float(sum(left[kind] * paces[kind] for kind in slow))

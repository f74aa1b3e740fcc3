"""How fast a study goes, and how long it will still take, from what its jobs have taken so far."""

from sqlalchemy import func, select
from sqlmodel import Session, col

from models.planning import CPU_QUEUE
from models.tables import Job, StudyRow
from producer.busy import DONE, busy_s
from producer.lookup import of_study

RATE_WINDOW_S = 300.0


def rate(session: Session, row: StudyRow) -> tuple[float, float]:
    """Tokens read and written a second over the last minutes of work, and the cached share."""
    last = session.execute(
        select(func.max(col(Job.finished_at))).where(of_study(row), col(Job.queue) != CPU_QUEUE)
    ).scalar_one()
    if last is None:
        return 0.0, 0.0
    done = session.execute(
        select(
            col(Job.prompt_tokens), col(Job.cached_tokens), col(Job.output_tokens),
            col(Job.started_at), col(Job.finished_at),
        ).where(
            of_study(row),
            col(Job.queue) != CPU_QUEUE,
            DONE,
            col(Job.finished_at) > last - RATE_WINDOW_S,
        )
    ).all()  # fmt: skip
    busy = busy_s((start, end) for *_, start, end in done)
    prompt, cached, output = (sum(job[i] for job in done) for i in range(3))
    if not prompt or not busy:
        return 0.0, 0.0
    return (prompt + output) / busy, cached / prompt


def remaining_s(
    session: Session, row: StudyRow, jobs: dict[str, dict[str, int]], state: str
) -> float | None:
    """Remaining jobs at the pace of the kind's finished ones; None before every kind has a pace."""
    if state.startswith("done") or state == "cancelled":
        return 0.0
    if state == "paused":
        return None
    left = {kind: states["pending"] + states["running"] for kind, states in jobs.items()}
    paces = _paces(session, row)
    slow = [kind for kind in ("backstory", "poll", "survey") if left[kind]]
    if any(kind not in paces for kind in slow):
        return None
    return float(sum(left[kind] * paces[kind] for kind in slow))


def _paces(session: Session, row: StudyRow) -> dict[str, float]:
    """Seconds a job, by kind: several run at a time."""
    spans: dict[str, list[tuple[float, float]]] = {}
    for kind, start, end in session.execute(
        select(col(Job.kind), col(Job.started_at), col(Job.finished_at)).where(of_study(row), DONE)
    ):
        spans.setdefault(kind, []).append((start, end))
    return {kind: busy_s(ran) / len(ran) for kind, ran in spans.items()}

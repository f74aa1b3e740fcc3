"""Which workers serve a study: those that gave a sign of life lately, and those that stay away."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from models import moments
from models.database import now_s
from models.identity import concerned, fingerprints, refusal
from models.planning import CPU_QUEUE
from models.study import Study
from models.tables import EngineRow, Job, StudyRow, WorkerRow
from producer.lookup import of_study

ALIVE_S = 60.0  # a worker that was silent for longer is not counted as serving


@dataclass(frozen=True)
class WorkerSign:
    """A worker that serves; `logit_step` (nats) is None for float32, or while it is not known."""

    name: str
    model: str | None
    seen_s: float
    loading: bool
    logit_step: float | None


def alive(session: Session, study: Study) -> list[WorkerSign]:
    silent = now_s() - col(WorkerRow.seen_at)
    rows = session.execute(
        select(
            col(WorkerRow.name), col(WorkerRow.model), silent, col(WorkerRow.engine_id).is_(None),
            col(EngineRow.info),
        )
        .outerjoin(EngineRow, col(EngineRow.id) == col(WorkerRow.engine_id))
        .where(
            col(WorkerRow.stopped).is_(False),
            silent < ALIVE_S,
            or_(col(WorkerRow.queue) == study.queue, col(WorkerRow.queue) == CPU_QUEUE),
        )
        .order_by(col(WorkerRow.name))
    )  # fmt: skip
    return [
        WorkerSign(
            name, model, round(float(seen), 1), bool(model and no_engine),
            (info or {}).get("logit_step"),
        )
        for name, model, seen, no_engine, info in rows
    ]  # fmt: skip


def last_seen(session: Session, study: Study) -> str:
    """Which worker was the last to show itself for the study's model, and when; mostly nothing."""
    found = session.execute(
        select(col(WorkerRow.name), col(WorkerRow.seen_at))
        .where(col(WorkerRow.queue) == study.queue)
        .order_by(col(WorkerRow.seen_at).desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return ""
    name, seen = found
    return f" since {moments.shown(seen)} ({name} was the last)"


def _first_waiting(session: Session, row: StudyRow, study: Study) -> list[Job]:
    """One waiting job of each kind that an engine does."""
    waiting = select(func.min(col(Job.id))).where(
        of_study(row), col(Job.queue) == study.queue, col(Job.state) == "pending"
    )
    first = waiting.group_by(col(Job.kind)).scalar_subquery()
    return list(session.execute(select(Job).where(col(Job.id).in_(first))).scalars())


def staying_away(session: Session, row: StudyRow, study: Study) -> list[str]:
    """Workers whose engine is unlike the one that the study (or its pool) began with."""
    alive = select(col(WorkerRow.name), col(WorkerRow.engine_id)).where(
        col(WorkerRow.stopped).is_(False),
        now_s() - col(WorkerRow.seen_at) < ALIVE_S,
        col(WorkerRow.queue) == study.queue,
    )
    workers = session.execute(alive.order_by(col(WorkerRow.name))).all()
    jobs = _first_waiting(session, row, study) if workers else []
    engines = fingerprints(session) if jobs else {}
    reasons: dict[str, list[str]] = {}
    for worker, engine_id in workers:
        mine = engines.get(engine_id or "", {})
        for job in jobs if mine.get("identity") else []:
            if reason := refusal(session, job, concerned(session, job), mine, engines):
                reasons.setdefault(reason, []).append(worker)
    return [
        f"{', '.join(dict.fromkeys(names))} stays away: {reason}"
        for reason, names in reasons.items()
    ]

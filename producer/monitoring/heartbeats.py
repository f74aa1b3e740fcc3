"""Which workers serve a study: those whose heartbeat is recent, and those that stay away."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from anthology.models.database.sessions import now_s
from anthology.models.database.tables import Job, StudyRow, WorkerRow
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.jobs.engine_binding import concerned, fingerprints, refusal
from anthology.models.jobs.orphaned_jobs import ALIVE_S
from anthology.models.runtime import timestamps
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import of_study
from anthology.producer.monitoring.servers import living, servers


@dataclass(frozen=True)
class Heartbeat:
    """Of a worker that serves; `logit_step` (nats) is None for float32, or while not known."""

    name: str
    model: str | None
    seen_s: float
    loading: bool
    logit_step: float | None


def alive(session: Session, row: StudyRow, study: Study) -> list[Heartbeat]:
    """Also those whose model has the same name and is another: what they are for is said beside."""
    beats = [
        Heartbeat(
            server.name, server.model, round(server.seen_s, 1), server.engine_id is None,
            server.info.get("logit_step"),
        )
        for server in living(session) if server.concerns(study.model, row.content)
    ]  # fmt: skip
    return sorted([*beats, *_without_model(session)], key=lambda beat: beat.name)


def _without_model(session: Session) -> list[Heartbeat]:
    silent = now_s() - col(WorkerRow.seen_at)
    rows = session.execute(
        select(col(WorkerRow.name), silent).where(
            col(WorkerRow.stopped).is_(False), silent < ALIVE_S, col(WorkerRow.queue) == CPU_QUEUE
        )
    )
    return [Heartbeat(name, None, round(float(seen), 1), False, None) for name, seen in rows]


def last_seen(session: Session, row: StudyRow, study: Study) -> str:
    """Which worker was the last to show itself for the study's model, and when; mostly nothing."""
    for server in servers(session):
        if server.has(study.model, row.content):
            return f" since {timestamps.shown(server.seen_at)} ({server.name} was the last)"
    return ""


def _first_waiting(session: Session, row: StudyRow, study: Study) -> list[Job]:
    """One waiting job of each kind that an engine does."""
    waiting = select(func.min(col(Job.id))).where(
        of_study(row), col(Job.queue) != CPU_QUEUE, col(Job.state) == "pending"
    )
    first = waiting.group_by(col(Job.kind)).scalar_subquery()
    return list(session.execute(select(Job).where(col(Job.id).in_(first))).scalars())


def staying_away(session: Session, row: StudyRow, study: Study) -> list[str]:
    """Workers whose engine is unlike the one that the study (or its pool) began with."""
    workers = [w for w in living(session) if w.concerns(study.model, row.content)]
    jobs = _first_waiting(session, row, study) if workers else []
    engines = fingerprints(session) if jobs else {}
    reasons: dict[str, list[str]] = {}
    for worker in sorted(workers, key=lambda worker: worker.name):
        for job in jobs if worker.info.get("identity") else []:
            if reason := refusal(session, job, concerned(session, job), worker.info, engines):
                reasons.setdefault(reason, []).append(worker.name)
    return [
        f"{', '.join(dict.fromkeys(names))} stays away: {reason}"
        for reason, names in reasons.items()
    ]

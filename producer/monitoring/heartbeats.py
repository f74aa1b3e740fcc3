"""Which workers serve a study: those whose heartbeat is recent, and those that stay away."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from anthology.models.database.sessions import now_s
from anthology.models.database.study_models import Contents
from anthology.models.database.tables import Job, StudyRow, WorkerRow
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.jobs.engines.concerned import Concerned, concerned
from anthology.models.jobs.engines.engine_binding import fingerprints, refusal
from anthology.models.jobs.engines.orphaned_jobs import ALIVE_S
from anthology.models.language_model.model_files import Content
from anthology.models.runtime import timestamps
from anthology.producer.monitoring.lookup import of_study
from anthology.producer.monitoring.servers import Server, living, servers


@dataclass(frozen=True)
class Heartbeat:
    """Of a worker that serves; `logit_step` (nats) is None for float32, or while not known."""

    name: str
    model: str | None
    seen_s: float
    loading: bool
    logit_step: float | None


def alive(session: Session, contents: Contents) -> list[Heartbeat]:
    """The workers of a study's models; also those whose model has the same name and is another:
    what they are for is said beside."""
    beats = [
        Heartbeat(
            server.name, server.model, round(server.seen_s, 1), server.engine_id is None,
            server.info.get("logit_step"),
        )
        for server in living(session) if server.concerns_any(contents)
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


def last_seen(session: Session, model: str, content: Content | None) -> str:
    """Which worker was the last to show itself for a model, and when; mostly nothing."""
    for server in servers(session):
        if server.has(model, content):
            ended = f", which ended: {server.failure}" if server.failure else ""
            return f" since {timestamps.shown(server.seen_at)} ({server.name} was the last{ended})"
    return ""


def _first_waiting(session: Session, row: StudyRow) -> list[Job]:
    """One waiting job of each kind that an engine does, in each condition."""
    waiting = select(func.min(col(Job.id))).where(
        of_study(row), col(Job.queue) != CPU_QUEUE, col(Job.state) == "pending"
    )
    first = waiting.group_by(col(Job.kind), col(Job.condition)).scalar_subquery()
    return list(session.execute(select(Job).where(col(Job.id).in_(first))).scalars())


def staying_away(session: Session, row: StudyRow, contents: Contents) -> list[str]:
    """Workers whose engine is unlike the one that the study (or its pool) began with."""
    workers = [w for w in living(session) if w.concerns_any(contents)]
    jobs = _first_waiting(session, row) if workers else []
    engines = fingerprints(session) if jobs else {}
    reasons: dict[str, list[str]] = {}
    for job in jobs:
        studies = concerned(session, job)
        for worker in sorted(workers, key=lambda worker: worker.name):
            if not worker.info.get("identity") or not _is_meant(worker, row, studies):
                continue
            if reason := refusal(session, job, studies, worker.info, engines):
                reasons.setdefault(reason, []).append(worker.name)
    return [
        f"{', '.join(sorted(set(names)))} stays away: {reason}" for reason, names in reasons.items()
    ]


def _is_meant(worker: Server, row: StudyRow, studies: Sequence[Concerned]) -> bool:
    """Whether a job is for the worker's model, as far as the study is concerned."""
    mine = (study for study in studies if study.id == row.id)
    return any(worker.concerns(study.model, study.content) for study in mine)

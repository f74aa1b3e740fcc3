"""What really did a study's work, beside what the study asks for: its engines and their models."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from anthology.models.database.tables import EngineRow, Job, StudyRow
from anthology.models.language_model.engine_identity import differences
from anthology.models.language_model.model_files import content_id
from anthology.producer.monitoring.lookup import of_study

SHOWN = ("vllm", "body_dtype", "head_dtype", "quantization", "device")


def engines_of(session: Session, row: StudyRow) -> list[dict[str, Any]]:
    """The fingerprint of everything that wrote a story, polled or answered for the study."""
    used = select(col(Job.engine_id)).where(of_study(row))
    rows = session.execute(
        select(EngineRow).where(col(EngineRow.id).in_(used)).order_by(col(EngineRow.id))
    )
    return [{"id": engine.id, **engine.info} for engine in rows.scalars()]


def models_of(engines: list[dict[str, Any]]) -> list[str]:
    """The models that did the work, each with the digest of its content where it is known."""
    return sorted({_model(engine) for engine in engines})


def identities(row: StudyRow, engines: list[dict[str, Any]]) -> dict[str, str]:
    """Of every identity that worked for the study, the engine it began with first: its id, and
    what it has that the first has not. More than one: answers come from unlike engines.
    """
    by_identity = {engine["identity"]: engine for engine in engines if engine.get("identity")}
    first = by_identity.get(row.identity) or next(iter(by_identity.values()), {})
    others = {
        name: unlike
        for name, engine in by_identity.items()
        if name != first["identity"] and (unlike := differences(first, engine))
    }
    return {first["identity"]: "", **others} if first else {}


def engine_rows(session: Session, row: StudyRow) -> Iterator[tuple[Any, ...]]:
    """An engine and a kind of job: how many it did, and what it is."""
    counted = (
        select(col(Job.engine_id), col(Job.kind), func.count())
        .where(of_study(row), col(Job.engine_id).is_not(None))
        .group_by(col(Job.engine_id), col(Job.kind))
        .order_by(col(Job.engine_id), col(Job.kind))
    )
    engines = {engine["id"]: engine for engine in engines_of(session, row)}
    for engine_id, kind, jobs in session.execute(counted):
        info = engines[engine_id]
        content = info.get("content")
        more = (None if info.get(key) is None else str(info[key]) for key in SHOWN)
        known = content_id(content) if content else None
        yield row.spec["model"], info.get("model"), known, kind, jobs, engine_id, *more


def _model(engine: dict[str, Any]) -> str:
    content = engine.get("content")
    return f"{engine.get('model')} ({content_id(content)})" if content else str(engine.get("model"))

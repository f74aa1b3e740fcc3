"""What really did a study's work, beside what the study asks for: its engines and their models."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from anthology.models.database.tables import EngineRow, Job, PoolRow, StudyModel, StudyRow
from anthology.models.jobs.kinds import BY_NAME
from anthology.models.language_model.engine_identity import differences, model_differences
from anthology.models.language_model.model_files import content_id
from anthology.models.study.study import Study
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


def identities(session: Session, row: StudyRow, engines: list[dict[str, Any]]) -> dict[str, str]:
    """Of every identity that worked for the study, the one that each of its models began with
    first: its id, and what it has that the first of its model has not. An unlike one: answers of a
    model come from unlike engines.
    """
    by_identity = {engine["identity"]: engine for engine in engines if engine.get("identity")}
    others = select(col(StudyModel.identity)).where(col(StudyModel.study_id) == row.id)
    bound = [row.identity, *session.execute(others).scalars()]
    firsts = {name: by_identity[name] for name in bound if name in by_identity}
    firsts = firsts or dict(list(by_identity.items())[:1])
    unlike = {
        name: _unlike(engine, list(firsts.values()))
        for name, engine in by_identity.items()
        if name not in firsts
    }
    return dict.fromkeys(firsts, "") | {name: said for name, said in unlike.items() if said}


def _unlike(engine: dict[str, Any], firsts: Sequence[dict[str, Any]]) -> str:
    """What an engine has that the first of its model has not."""
    same_model = [first for first in firsts if not model_differences(first, engine)]
    return differences((same_model or firsts)[0], engine)


def engine_rows(session: Session, row: StudyRow) -> Iterator[tuple[Any, ...]]:
    """An engine, a kind of job and the model that was asked for it: how many it did, and what it
    is."""
    counted = (
        select(
            col(Job.engine_id), col(Job.kind), col(Job.condition), col(PoolRow.name), func.count()
        )
        .outerjoin(PoolRow, col(PoolRow.id) == col(Job.pool_id))
        .where(of_study(row), col(Job.engine_id).is_not(None))
        .group_by(col(Job.engine_id), col(Job.kind), col(Job.condition), col(PoolRow.name))
    )
    study = Study.from_spec(row.spec)
    pools = {pool.name: pool for pool in study.pools_used}
    jobs: Counter[tuple[str, str, str]] = Counter()
    for engine_id, kind, condition, pool, count in session.execute(counted):
        found = BY_NAME.get(kind)
        on_model = found is not None and found.on_model
        asked = found.model(study, condition, pools.get(pool)) if found and on_model else None
        jobs[engine_id, kind, asked or study.model] += count
    engines = {engine["id"]: engine for engine in engines_of(session, row)}
    for engine_id, kind, asked in sorted(jobs):
        info = engines[engine_id]
        content = info.get("content")
        more = (None if info.get(key) is None else str(info[key]) for key in SHOWN)
        known = content_id(content) if content else None
        count = jobs[engine_id, kind, asked]
        yield asked, info.get("model"), known, kind, count, engine_id, *more


def _model(engine: dict[str, Any]) -> str:
    content = engine.get("content")
    return f"{engine.get('model')} ({content_id(content)})" if content else str(engine.get("model"))

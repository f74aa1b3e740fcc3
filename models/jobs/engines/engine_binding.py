"""Which engines may work for a study: those of its model, and like the first one that did.

A study takes the engine that claims its first job, a pool the content of that engine's model;
answers of another model, tokenizer or version are not mixed in unless the user allows it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from anthology.models.database.tables import (
    EngineRow,
    Job,
    PoolRow,
    StudyModel,
    StudyRow,
)
from anthology.models.errors import StaysAway
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.jobs.engines.concerned import Concerned, concerned, pool_of
from anthology.models.jobs.kinds import WRITING
from anthology.models.jobs.planning import lock_pools
from anthology.models.language_model import names
from anthology.models.language_model.engine_identity import (
    Info,
    content_differences,
    differences,
    model_differences,
    model_is_known,
)

# In the place of the weights' digest: a user allowed stories of several models in one pool.
SEVERAL = "several"

Engines = Mapping[str, Info]


def fingerprints(session: Session) -> dict[str, Info]:
    """All engines that have ever introduced themselves, by id: a few rows."""
    rows = session.execute(select(col(EngineRow.id), col(EngineRow.info)))
    return {row.id: row.info for row in rows}


def admit(session: Session, job_id: int, engine_id: str | None) -> None:
    """Binds the studies of a just claimed job to the engine, or raises `StaysAway`.

    In the transaction of the claim, which the error undoes. An engine without an identity (one
    that an older version introduced) and a worker without a model bind nothing.
    """
    engines = fingerprints(session) if engine_id is not None else {}
    mine = engines.get(engine_id or "", {})
    if engine_id is None or mine.get("identity") is None:
        return
    job = session.execute(select(Job).where(col(Job.id) == job_id)).scalar_one()
    if job.queue == CPU_QUEUE:  # a forged message: no other comes here
        raise StaysAway(f"job {job_id} is for queue {job.queue}, which this worker does not serve")
    studies = concerned(session, job)
    if reason := refusal(session, job, studies, mine, engines):
        raise StaysAway(reason, queue=_elsewhere(studies, mine))
    if not _bind(session, job, studies, engine_id, engines):
        admit(session, job_id, engine_id)  # another engine was faster: look whether it is like ours


def refusal(
    session: Session, job: Job, studies: Sequence[Concerned], mine: Info, engines: Engines
) -> str | None:
    """Why an engine must not do a job of these studies, and what allows it; or None."""
    shared = job.study_id is None  # a pool's job: it writes stories
    # A smaller study that shares the pool has all its stories and does not mind.
    needing = [study for study in studies if not shared or (study.personas or 0) > job.first]
    # One that asks for another model will refuse the pool; it must not hold up the others.
    meant = [study for study in needing if not _stranger(study, mine, engines)]
    for study in meant or needing:
        if stranger := _stranger(study, mine, engines):
            return stranger
        if not study.any_engine and (reason := _objection(session, job, study, mine, engines)):
            return f"{reason}; {_allowing(study)}"
    return None


def names_of(info: Info) -> list[str]:
    """What an engine's model is called; older versions knew one name."""
    return list(info.get("names") or [str(info.get("model"))])


def other_model(session: Session, pool_id: int | None, mine: Info, engines: Engines) -> str:
    """What of a model differs from the one that wrote a pool's stories; empty where nothing."""
    stored = select(col(PoolRow.content)).where(col(PoolRow.id) == pool_id)
    content = session.execute(stored).scalar_one_or_none()
    if content is not None:
        return content_differences(content, mine.get("content") or {})
    others = [name for name, info in engines.items() if model_differences(info, mine)]
    author = _author(session, pool_id, others)
    return model_differences(engines[author], mine) if author is not None else ""


def _stranger(study: Concerned, mine: Info, engines: Engines) -> str:
    """Why a study is not about the engine's model at all; empty where it is.

    What is known of the files on both sides decides, else what the model is called.
    """
    began, content = _first(study, engines), mine.get("content")
    if began and model_is_known(began, mine):
        if not model_differences(began, mine) or not study.any_engine:
            return ""  # `_objection` says what differs
    elif study.content and content:
        unlike = content_differences(study.content, content)
        if not unlike:
            return ""
        if not study.any_engine:
            return (
                f"study {study.name!r} asks for another model than {mine['model']} ({unlike}); "
                f"{_allowing(study)}"
            )
    if names.meet(study.model, names_of(mine)):
        return ""
    # Versions that bound a study without a content knew models by the last part of their names.
    old = began is not None and not began.get("content")
    if old and names.model_slug(study.model) == names.model_slug(str(mine["model"])):
        return ""
    return (
        f"study {study.name!r} asks for {study.model}, and this worker serves {mine['model']}; if "
        f"that is the same, start it with --served-model-name {study.model}"
    )


def _objection(
    session: Session, job: Job, study: Concerned, mine: Info, engines: Engines
) -> str | None:
    """Stories come from one identity even where an earlier study had the first of them written,
    and who is polled or asked with a story by the model that wrote it."""
    began = _first(study, engines)
    if began is not None and study.identity != mine["identity"]:
        unlike = differences(began, mine) if began else "what differs is not known"
        if unlike:
            return f"study {study.name!r} was begun by another engine ({unlike})"
    pool_id = pool_of(session, job)
    if pool_id is None or study.apart:
        return None
    pool = select(col(PoolRow.name)).where(col(PoolRow.id) == pool_id)
    others = [name for name, info in engines.items() if differences(info, mine)]
    author = _author(session, pool_id, others) if job.kind in WRITING else None
    if author is not None:
        unlike = differences(engines[author], mine)
        name = session.execute(pool).scalar_one()
        return f"the first stories of pool {name!r} are by another engine ({unlike})"
    if unlike := other_model(session, pool_id, mine, engines):
        name = session.execute(pool).scalar_one()
        return f"pool {name!r} holds stories of another model ({unlike})"
    return None


def _allowing(study: Concerned) -> str:
    return f"`anthology resume {study.name} --any-engine` allows it"


def _first(study: Concerned, engines: Engines) -> Info | None:
    """The engine that a study is bound to, empty where nobody knows it; None before the first."""
    if study.engine_id is not None and study.engine_id in engines:
        return engines[study.engine_id]
    if study.identity is None:
        return None
    began = (info for info in engines.values() if info.get("identity") == study.identity)
    return next(began, {})


def _elsewhere(studies: Sequence[Concerned], mine: Info) -> str | None:
    """The queue of the model that the studies do ask for, if it is known and another one."""
    for study in studies:
        if study.content and content_differences(study.content, mine.get("content") or {}):
            return names.content_queue(study.content)
    return None


def _author(session: Session, pool_id: int | None, engines: Sequence[str]) -> str | None:
    """One of these engines that has written stories of the pool."""
    if not engines:  # nearly always, and a large pool has many jobs to look through
        return None
    written = select(col(Job.engine_id)).where(
        col(Job.pool_id) == pool_id, col(Job.kind).in_(WRITING), col(Job.engine_id).in_(engines)
    )
    return session.execute(written.limit(1)).scalar_one_or_none()


def _bind(
    session: Session, job: Job, studies: Sequence[Concerned], engine_id: str, engines: Engines
) -> bool:
    """Compare and swap: whether all studies that are not bound yet were still as they were read.

    The pool first and studies by their ids, as in `planning.plan`: any other way PostgreSQL
    sees a deadlock.
    """
    mine = engines[engine_id]
    unbound = [study for study in studies if _binds(study, mine, engines)]
    if unbound and job.study_id is None:
        lock_pools(session, [job.pool_id])
    pool_id = None if any(study.apart for study in studies) else pool_of(session, job)
    if mine.get("content") and pool_id is not None:
        _bind_pool(session, job, pool_id, mine)
    bound = [_bind_one(session, study, engine_id, mine) for study in unbound]
    return all(bound)


def _bind_one(session: Session, study: Concerned, engine_id: str, mine: Info) -> bool:
    table: Any = StudyRow if study.own else StudyModel
    if study.own:
        which = [table.id == study.id]
    else:
        which = [table.study_id == study.id, table.model == study.model]
    bound: Any = session.execute(
        update(table)
        .where(
            *which,
            table.engine_id.is_(None),
            table.identity.is_not_distinct_from(study.identity),
        )
        .values(
            identity=study.identity or mine["identity"],
            engine_id=engine_id,
            content=study.content or mine.get("content"),
        )
    )
    return bool(bound.rowcount)


def _binds(study: Concerned, mine: Info, engines: Engines) -> bool:
    """A study that an older version began is bound to the first engine like it that tells more."""
    if study.engine_id is not None or _stranger(study, mine, engines):
        return False
    began = _first(study, engines)
    if began is None or study.identity == mine["identity"]:
        return True
    return bool(began) and not differences(began, mine)


def _bind_pool(session: Session, job: Job, pool_id: int, mine: Info) -> None:
    stored = select(col(PoolRow.content)).where(col(PoolRow.id) == pool_id)
    before = session.execute(stored).scalar_one_or_none()
    content = mine["content"]
    if before is not None:
        mixed = job.kind in WRITING and content_differences(before, content)
        if not mixed or before["weights"] == SEVERAL:
            return
        content = {**before, "weights": SEVERAL}
    lock_pools(session, [pool_id])
    session.execute(update(PoolRow).where(col(PoolRow.id) == pool_id).values(content=content))

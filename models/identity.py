"""Which engines may work for a study: those that are like the first that did.

A study takes the identity of the engine that claims its first job; answers of another model,
tokenizer or version are not mixed in unless the user allows it. Knows nothing of vLLM: a
fingerprint is a dictionary, made in `workers/engine.py`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select, update
from sqlmodel import Session, col

from models.errors import StaysAway
from models.study import model_queue
from models.tables import EngineRow, Job, PoolRow, StudyRow
from models.unlocking import lock_pool

Info = Mapping[str, Any]

# What answers depend on and users confuse, with its name for people. A device, a host or a Python
# moves answers by rounding only, so a study may be spread over unlike machines.
DIGESTS = {
    "config": "another config.json of the model",
    "weights": "other weights",
    "tokenizer": "another tokenizer",
    "template": "another chat template",
}
VALUES = {
    "vllm": "vLLM",
    "body_dtype": "a body in",
    "head_dtype": "an output layer in",
    "quantization": "quantization",
}
# What fingerprints of older versions lack: in the identity only where there is something to tell.
LATER = {"arguments": "engine arguments"}


def identity_of(info: Info) -> str:
    """16 hex digits of what answers depend on, of all that a fingerprint holds."""
    chosen = {key: info.get(key) for key in (*DIGESTS, *VALUES)}
    chosen |= {key: info[key] for key in LATER if info.get(key)}
    return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:16]


def differences(first: Info, other: Info) -> str:
    """What `other` has that `first` has not: "other weights, vLLM 0.33 instead of 0.32"."""
    found = [said for key, said in DIGESTS.items() if first.get(key) != other.get(key)]
    found += [
        f"{said} {other.get(key) or 'none'} instead of {first.get(key) or 'none'}"
        for key, said in (VALUES | _told_by_both(first, other)).items()
        if first.get(key) != other.get(key)
    ]
    return ", ".join(found) or "what differs is not known"


def _told_by_both(first: Info, other: Info) -> dict[str, str]:
    """Of what older versions did not tell, what can be compared."""
    return {key: said for key, said in LATER.items() if key in first and key in other}


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
    if mine.get("identity") is None:
        return
    job = session.execute(select(Job).where(col(Job.id) == job_id)).scalar_one()
    if job.queue != model_queue(str(mine["model"])):  # a forged message: no other comes here
        raise StaysAway(f"job {job_id} is for queue {job.queue}, which this worker does not serve")
    studies = concerned(session, job)
    if reason := refusal(session, job, studies, mine, engines):
        raise StaysAway(reason)
    unbound = [study.id for study in studies if study.identity is None]
    pool_id = job.pool_id if job.study_id is None else None
    if unbound and not _bind(session, unbound, pool_id, mine["identity"]):
        admit(session, job_id, engine_id)  # another engine was faster: look whether it is like ours


def concerned(session: Session, job: Job) -> "Sequence[Row[Any]]":
    """The job's study, or all that share its pool, in the order in which they are locked."""
    own = col(StudyRow.id) == job.study_id
    sharing = col(StudyRow.pool_id) == job.pool_id
    personas = col(StudyRow.spec)["pool"]["count"].as_integer().label("personas")
    found = select(
        col(StudyRow.id), col(StudyRow.name), col(StudyRow.pool_id), col(StudyRow.identity),
        col(StudyRow.any_engine), personas,
    )  # fmt: skip
    found = found.where(sharing if job.study_id is None else own)
    found = found.where(col(StudyRow.cancelled).is_(False))
    return session.execute(found.order_by(col(StudyRow.id))).all()


def refusal(
    session: Session,
    job: Job,
    studies: "Sequence[Row[Any]]",
    mine: Info,
    engines: Mapping[str, Info],
) -> str | None:
    """Why an engine must not do a job of these studies, and the command that allows it; or None."""
    shared = job.study_id is None  # a pool's job: it writes stories
    for study in studies:
        # A smaller study that shares the pool has all its stories and does not mind.
        needs = not shared or study.personas > job.first
        if needs and (reason := _objection(session, study, mine, engines, shared)):
            return f"{reason}; `anthology resume {study.name} --any-engine` allows it"
    return None


def _objection(
    session: Session, study: "Row[Any]", mine: Info, engines: Mapping[str, Info], stories: bool
) -> str | None:
    """Stories come from one identity even where an earlier study had the first of them written."""
    if study.any_engine:
        return None
    if study.identity not in (None, mine["identity"]):
        began = (info for info in engines.values() if info.get("identity") == study.identity)
        unlike = differences(next(began, {}), mine)
        return f"study {study.name!r} was begun by another engine ({unlike})"
    author = _other_author(session, study.pool_id, mine, engines) if stories else None
    if author is not None:
        pool = select(col(PoolRow.name)).where(col(PoolRow.id) == study.pool_id)
        name = session.execute(pool).scalar_one()
        unlike = differences(engines[author], mine)
        return f"the first stories of pool {name!r} are by another engine ({unlike})"
    return None


def _other_author(
    session: Session, pool_id: int | None, mine: Info, engines: Mapping[str, Info]
) -> str | None:
    """An engine of another identity that has written stories of the pool."""
    others = [
        name for name, info in engines.items()
        if info.get("identity") not in (None, mine["identity"])
    ]  # fmt: skip
    if not others:  # nearly always, and a large pool has many jobs to look through
        return None
    written = select(col(Job.engine_id)).where(
        col(Job.pool_id) == pool_id, col(Job.kind) == "backstory", col(Job.engine_id).in_(others)
    )
    return session.execute(written.limit(1)).scalar_one_or_none()


def _bind(session: Session, studies: list[int], pool_id: int | None, identity: str) -> bool:
    """Compare and swap: whether all of these studies were still without an identity.

    The pool first and studies by their ids, as in `unlocking.unlock`: any other way PostgreSQL
    sees a deadlock.
    """
    if pool_id is not None:
        lock_pool(session, pool_id)
    bound = [
        session.execute(
            update(StudyRow)
            .where(col(StudyRow.id) == study, col(StudyRow.identity).is_(None))
            .values(identity=identity)
        ).rowcount  # type: ignore[attr-defined]
        for study in studies
    ]
    return all(bound)

"""The studies that a job is for, and which model each asks to do it."""

from dataclasses import dataclass, replace

from sqlalchemy import exists, select
from sqlmodel import Session, col

from anthology.models.conditions.registry import BY_WORD
from anthology.models.database.study_pools import sharing
from anthology.models.database.tables import Job, PoolRow, StudyModel, StudyPool, StudyRow
from anthology.models.jobs.kinds import BY_NAME
from anthology.models.language_model.model_files import Content
from anthology.models.pools.base import Pool
from anthology.models.study import stages
from anthology.models.study.study import Study


@dataclass(frozen=True)
class Concerned:
    """A study that a job is for: the model that it asks to do it, under its own name for that, and
    the first engine that worked for it as this model.

    personas: how many of the job's pool it uses. several: whether it names other models besides its
    own. own: whether the model is the study's own, whose engine its row has. apart: whether the
    model is another than the one of the pool's stories.
    """

    id: int
    name: str
    model: str
    identity: str | None
    engine_id: str | None
    content: Content | None
    any_engine: bool
    personas: int | None
    several: bool
    own: bool = True
    apart: bool = False


def concerned(session: Session, job: Job) -> list[Concerned]:
    """The job's study, or all that share its pool, in the order in which they are locked."""
    mine = (col(StudyPool.study_id) == col(StudyRow.id)) & (col(StudyPool.pool_id) == job.pool_id)
    found = select(
        col(StudyRow.id), col(StudyRow.name), col(StudyRow.identity), col(StudyRow.engine_id),
        col(StudyRow.content), col(StudyRow.any_engine),
        col(StudyRow.spec)["model"].as_string().label("model"),
        col(StudyPool.count).label("personas"),
        exists().where(col(StudyModel.study_id) == col(StudyRow.id)).label("several"),
    ).outerjoin(StudyPool, mine)  # fmt: skip
    shared = col(StudyRow.id).in_(sharing(job.pool_id))
    found = found.where(shared if job.study_id is None else col(StudyRow.id) == job.study_id)
    found = found.where(col(StudyRow.cancelled).is_(False)).order_by(col(StudyRow.id))
    studies = [Concerned(**row) for row in session.execute(found).mappings()]
    return [_of_stage(session, job, s) if s.several else s for s in studies]


def _of_stage(session: Session, job: Job, found: Concerned) -> Concerned:
    """What a study with several models asks of the one that is to do the job."""
    study = Study.from_spec(session.get_one(StudyRow, found.id).spec)
    pool = _pool(session, job, study)
    model = BY_NAME[job.kind].model(study, job.condition, pool)
    apart = pool is not None and model != stages.author(study, pool)
    if model == found.model:
        return replace(found, apart=apart)
    row = session.get_one(StudyModel, (found.id, model))
    return replace(
        found, apart=apart, own=False, model=model, identity=row.identity, engine_id=row.engine_id,
        content=row.content,
    )  # fmt: skip


def _pool(session: Session, job: Job, study: Study) -> Pool | None:
    if job.pool_id is None:
        return None
    named = select(col(PoolRow.name)).where(col(PoolRow.id) == job.pool_id)
    return study.pool_named(session.execute(named).scalar_one())


def pool_of(session: Session, job: Job) -> int | None:
    """The pool whose stories a job is about. Workers of older versions, which know conditions of
    one word and one pool a study, write it beside polls only, also for what they plan now."""
    way = BY_WORD.get(job.condition)
    if job.pool_id is not None or way is None or not way.needs_pool:
        return job.pool_id
    return session.get_one(StudyRow, job.study_id).pool_id

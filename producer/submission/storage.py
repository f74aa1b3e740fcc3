"""Writes a study with its people, its pool and its first jobs: one transaction.

What speaks against it was refused before.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlmodel import Session, col

from anthology.models.database.sessions import now_s, writing
from anthology.models.database.study_models import add_models
from anthology.models.database.tables import Metric, PoolRow, Respondent, StudyPool, StudyRow
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.kinds import maker
from anthology.models.jobs.planning import Message, insert_jobs, lock_pools, plan
from anthology.models.language_model.names import model_slug, queue_for
from anthology.models.pools.base import Pool
from anthology.models.statistics.scale_scores.names import of_both, of_floors, of_people
from anthology.models.study import stages
from anthology.models.study.scales import item_names
from anthology.models.study.study import Study
from anthology.producer.submission.existing import (
    UNKNOWN,
    Models,
    content_in,
    find_pool,
    find_same,
    retold,
    with_later_parts,
)
from anthology.producer.submission.imported_personas import write_personas
from anthology.producer.surveys.respondents import EncodedHumans
from anthology.producer.surveys.stories.imported_stories import ImportedStories

Stories = Mapping[str, ImportedStories]  # by the names of their pools
NONE: Stories = MappingProxyType({})


def write(
    database: Engine, study: Study, humans: EncodedHumans, mine: Models = UNKNOWN,
    stories: Stories = NONE,
) -> tuple[bool, list[Message]]:  # fmt: skip
    """One transaction; returns whether the study is new, and the jobs to enqueue."""
    with writing(database) as session:
        if (found := find_same(session, study, humans)) is not None:
            _retell(session, found, study)
            return False, []
        pool_ids, to_enqueue = write_pools(session, study, mine, stories)
        study_id = write_study(session, study, humans, pool_ids, mine)
        return True, to_enqueue + plan(session, study_id)


def _retell(session: Session, found: StudyRow, study: Study) -> None:
    """What others found, and which items make a scale, may be told, or put right, when the study
    has run; figures of other scales must not stand under the names of these."""
    changed = retold(found.spec, study)
    if changed:
        spec = with_later_parts(found.spec, study)
        session.execute(update(StudyRow).where(col(StudyRow.id) == found.id).values(spec=spec))
    if "scales" in changed:
        former = item_names(Study.from_spec(found.spec).scales)
        names = [*of_people(former), *of_both(former), *of_floors(former)]
        session.execute(
            delete(Metric).where(col(Metric.study_id) == found.id, col(Metric.name).in_(names))
        )


def write_study(
    session: Session, study: Study, humans: EncodedHumans, pool_ids: list[int], mine: Models
) -> int:
    """`pool_ids` are those of the pools that it uses, in their order."""
    study_id: int = session.execute(
        insert(StudyRow).returning(col(StudyRow.id)).values(
            name=study.study, spec=study.spec, digest=study.digest, humans_digest=humans.digest,
            humans=len(humans.ids), respondents=humans.sampled, cancelled=False, paused=False,
            any_engine=False, content=content_in(mine, study.model), created_at=now_s(),
            pool_id=pool_ids[0] if pool_ids else None,
        )
    ).scalar_one()  # fmt: skip
    others = {model: content_in(mine, model) for model in stages.others_of(study)}
    add_models(session, study_id, others)
    for pool_id, pool in zip(pool_ids, study.pools_used, strict=True):
        session.execute(
            insert(StudyPool).values(study_id=study_id, pool_id=pool_id, count=pool.count)
        )
    for batch in _batches(humans.rows(), 5000):
        session.execute(insert(Respondent), [{"study_id": study_id, **row} for row in batch])
    return study_id


def write_pools(
    session: Session, study: Study, mine: Models, stories: Stories
) -> tuple[list[int], list[Message]]:
    """Finds or makes the pools, and plans or imports only the personas that they do not have."""
    names = [pool.name for pool in study.pools_used]
    there = select(col(PoolRow.id)).where(col(PoolRow.name).in_(names))
    lock_pools(session, list(session.execute(there).scalars()))
    ids: list[int] = []
    to_enqueue: list[Message] = []
    for pool in study.pools_used:
        pool_id, have = _write_pool(session, study, pool, mine)
        ids.append(pool_id)
        if pool.name in stories:
            write_personas(session, study, pool_id, have, stories[pool.name])
        elif (kind := maker(pool)) is not None:
            author = stages.author(study, pool)
            queue = queue_for(author, content_in(mine, author))
            missing = max(0, pool.count - have)
            to_enqueue += insert_jobs(session, span_jobs(
                kind.name, None, pool.name, have, missing, study.chunk, queue, pool_id=pool_id
            ))  # fmt: skip
    return ids, to_enqueue


def _write_pool(session: Session, study: Study, pool: Pool, mine: Models) -> tuple[int, int]:
    """Its id, and how many personas it had, or has jobs for."""
    row = find_pool(session, study, pool, mine, lock=True)
    author = stages.author(study, pool)
    content = content_in(mine, author)
    have = 0
    if row is None or row.id is None:
        pool_id: int = session.execute(
            insert(PoolRow).returning(col(PoolRow.id)).values(
                name=pool.name, recipe=study.recipe(pool), model=model_slug(author),
                count=pool.count, content=content, created_at=now_s(),
            )
        ).scalar_one()  # fmt: skip
    else:
        pool_id, have = row.id, row.count
        session.execute(
            update(PoolRow)
            .where(col(PoolRow.id) == pool_id)
            .values(count=max(have, pool.count), content=row.content or content)
        )
    return pool_id, have


def _batches(rows: Iterable[dict[str, Any]], size: int) -> Iterable[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch

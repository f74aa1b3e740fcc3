"""Writes a study with its people, its pool and its first jobs: one transaction.

What speaks against it was refused before.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, insert, update
from sqlmodel import Session, col

from anthology.models.database.sessions import now_s, writing
from anthology.models.database.tables import PoolRow, Respondent, StudyRow
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.planning import Message, insert_jobs, plan
from anthology.models.language_model.engine_identity import Info
from anthology.models.language_model.names import model_slug, queue_for
from anthology.models.study.study import Study
from anthology.producer.submission.existing import UNKNOWN, find_pool, find_same
from anthology.producer.surveys.respondents import EncodedHumans


def write(
    database: Engine, study: Study, humans: EncodedHumans, mine: Info = UNKNOWN
) -> tuple[bool, list[Message]]:
    """One transaction; returns whether the study is new, and the jobs to enqueue."""
    with writing(database) as session:
        if find_same(session, study, humans) is not None:
            return False, []
        pool_id, to_enqueue = write_pool(session, study, mine)
        study_id = write_study(session, study, humans, pool_id, mine)
        return True, to_enqueue + plan(session, study_id)


def write_study(
    session: Session, study: Study, humans: EncodedHumans, pool_id: int | None, mine: Info
) -> int:
    study_id: int = session.execute(
        insert(StudyRow).returning(col(StudyRow.id)).values(
            name=study.study, spec=study.spec, digest=study.digest, humans_digest=humans.digest,
            humans=len(humans.ids), respondents=humans.sampled, pool_id=pool_id, cancelled=False,
            paused=False, any_engine=False, content=mine.get("content"), created_at=now_s(),
        )
    ).scalar_one()  # fmt: skip
    for batch in _batches(humans.rows(), 5000):
        session.execute(insert(Respondent), [{"study_id": study_id, **row} for row in batch])
    return study_id


def write_pool(session: Session, study: Study, mine: Info) -> tuple[int | None, list[Message]]:
    """Finds or makes the pool and plans only the personas that it does not have yet."""
    if study.pool is None or not study.uses_pool:
        return None, []
    row = find_pool(session, study, mine, lock=True)
    have = 0
    if row is None:
        pool_id = session.execute(
            insert(PoolRow).returning(col(PoolRow.id)).values(
                name=study.pool.name, recipe=study.recipe, model=model_slug(study.model),
                count=study.pool.count, content=mine.get("content"), created_at=now_s(),
            )
        ).scalar_one()  # fmt: skip
    else:
        pool_id, have = row.id, row.count
        session.execute(
            update(PoolRow)
            .where(col(PoolRow.id) == pool_id)
            .values(count=max(have, study.pool.count), content=row.content or mine.get("content"))
        )
    jobs = span_jobs(
        "backstory", None, study.pool.name, have, max(0, study.pool.count - have), study.chunk,
        queue_for(study.model, mine.get("content")), pool_id=pool_id,
    )  # fmt: skip
    return pool_id, insert_jobs(session, jobs)


def _batches(rows: Iterable[dict[str, Any]], size: int) -> Iterable[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch

"""Which pools a study uses, and which of their rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, exists, select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from anthology.models.database.tables import (
    InterviewAnswer,
    Job,
    Persona,
    Poll,
    PoolRow,
    StudyPool,
)
from anthology.models.pools.base import Pool


def pools_of(session: Session, study_id: int | None) -> "Sequence[Row[Any]]":
    """The pools of a study: `id`, `name`, and how many `personas` it uses; by their ids,
    in which order they are locked."""
    found: Any = (
        select(col(PoolRow.id), col(PoolRow.name), col(StudyPool.count).label("personas"))
        .join(StudyPool, col(StudyPool.pool_id) == col(PoolRow.id))
        .where(col(StudyPool.study_id) == study_id)
    )
    return session.execute(found.order_by(col(PoolRow.id))).all()


def pool_id_of(session: Session, study_id: int | None, pool: Pool) -> int | None:
    """None before an import is over, which names its pools last."""
    return next((row.id for row in pools_of(session, study_id) if row.name == pool.name), None)


OfPersona = type[Persona] | type[Poll] | type[InterviewAnswer]


def used_by(study_id: int | None, table: OfPersona) -> ColumnElement[bool]:
    """Rows of the personas that a study uses."""
    return exists().where(
        col(StudyPool.study_id) == study_id,
        col(StudyPool.pool_id) == col(table.pool_id),
        col(table.number) < col(StudyPool.count),
    )


def made_for(study_id: int | None) -> ColumnElement[bool]:
    """Jobs, of no study, that make the personas that a study uses."""
    return and_(
        col(Job.study_id).is_(None),
        exists().where(
            col(StudyPool.study_id) == study_id,
            col(StudyPool.pool_id) == col(Job.pool_id),
            col(Job.first) < col(StudyPool.count),
        ),
    )


def sharing(pool_id: Any) -> Any:
    """The ids of the studies that use a pool."""
    return select(col(StudyPool.study_id)).where(col(StudyPool.pool_id) == pool_id)

"""Stored figures of a condition."""

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.tables import Metric


def figures(database: Engine, condition: str, subgroup: str = "all") -> dict[str, Metric]:
    with Session(database) as session:
        rows = session.execute(
            select(Metric).where(
                col(Metric.condition) == condition, col(Metric.subgroup) == subgroup
            )
        ).scalars()
        return {row.name: row for row in rows}

"""A study may use several pools, and jobs say whose personas they let answer."""

from alembic import op
from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    update,
)

revision = "0006"
down_revision = "0005"

_STUDY = Table(
    "study", MetaData(), Column("id", Integer), Column("pool_id", Integer), Column("spec", JSON)
)
_JOB = Table(
    "job", MetaData(), Column("study_id", Integer), Column("pool_id", Integer),
    Column("condition", String),
)  # fmt: skip
# Conditions of the versions before that were about the study's one pool.
_STORIES = ("natural/random", "natural/greedy", "natural/max_weight")


def upgrade() -> None:
    """What workers of the version before plan from now on names no pool: that costs its turn, and
    nothing else."""
    used = op.create_table(
        "study_pool",
        Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
        Column("pool_id", Integer, ForeignKey("pool.id"), primary_key=True),
        Column("count", Integer, nullable=False),
    )
    op.create_index("ix_study_pool_pool_id", "study_pool", ["pool_id"])
    count = _STUDY.c.spec["pool"]["count"].as_integer()
    with_pool = select(_STUDY.c.id, _STUDY.c.pool_id, count).where(_STUDY.c.pool_id.is_not(None))
    op.execute(insert(used).from_select(["study_id", "pool_id", "count"], with_pool))
    pool = select(_STUDY.c.pool_id).where(_STUDY.c.id == _JOB.c.study_id).scalar_subquery()
    op.execute(
        update(_JOB)
        .where(_JOB.c.pool_id.is_(None), _JOB.c.condition.in_(_STORIES))
        .values(pool_id=pool)
    )

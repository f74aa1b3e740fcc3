"""Interviews may be judged by another model than the one that writes: drafts and verdicts."""

from alembic import op
from sqlalchemy import JSON, Column, ForeignKey, Integer, String

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "interview_draft",
        *_of_a_draft(),
        Column("text", String, nullable=False),
        Column("tokens", Integer, nullable=False),
        Column("finish_reason", String, nullable=False),
        Column("job_id", Integer, nullable=False),
    )
    op.create_table(
        "interview_verdict",
        *_of_a_draft(),
        Column("verdicts", JSON, nullable=False),
        Column("job_id", Integer, nullable=False),
    )


def _of_a_draft() -> list["Column[int]"]:
    return [
        Column("pool_id", Integer, ForeignKey("pool.id"), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("place", Integer, primary_key=True),
        Column("attempt", Integer, primary_key=True),
    ]

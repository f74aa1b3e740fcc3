"""Lives that are told in interviews: one row for each answer."""

from alembic import op
from sqlalchemy import JSON, Column, ForeignKey, Integer, String

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "interview_answer",
        Column("pool_id", Integer, ForeignKey("pool.id"), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("place", Integer, primary_key=True),
        Column("text", String, nullable=False),
        Column("tokens", Integer, nullable=False),
        Column("finish_reason", String, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("verdicts", JSON),
        Column("rejected", JSON),
        Column("job_id", Integer, nullable=False),
        Column("error", String),
    )

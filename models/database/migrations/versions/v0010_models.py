"""A study may ask for several models, each with the engine that began with it."""

from alembic import op
from sqlalchemy import JSON, Column, ForeignKey, Integer, String

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "study_model",
        Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
        Column("model", String, primary_key=True),
        Column("identity", String),
        Column("engine_id", String),
        Column("content", JSON),
    )

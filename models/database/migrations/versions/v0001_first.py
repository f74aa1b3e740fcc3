"""The first schema: pools, studies and their people, jobs and who did them."""

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    String,
    UniqueConstraint,
)

revision = "0001"
down_revision = None


def upgrade() -> None:
    _pools_and_studies()
    _people()
    _results()
    _workers_and_jobs()


def _pools_and_studies() -> None:
    op.create_table(
        "pool",
        Column("id", Integer, primary_key=True),
        Column("name", String, nullable=False),
        Column("recipe", JSON, nullable=False),
        Column("model", String, nullable=False),
        Column("count", Integer, nullable=False),
        Column("created_at", Float, nullable=False),
        UniqueConstraint("name"),
    )
    op.create_table(
        "study",
        Column("id", Integer, primary_key=True),
        Column("name", String, nullable=False),
        Column("spec", JSON, nullable=False),
        Column("digest", String, nullable=False),
        Column("humans_digest", String, nullable=False),
        Column("humans", Integer, nullable=False),
        Column("respondents", Integer, nullable=False),
        Column("pool_id", Integer, ForeignKey("pool.id"), index=True),
        Column("cancelled", Boolean, nullable=False),
        Column("created_at", Float, nullable=False),
        UniqueConstraint("name"),
    )


def _people() -> None:
    op.create_table(
        "respondent",
        Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("source_id", String, nullable=False),
        Column("weight", Float, nullable=False),
        Column("traits", JSON, nullable=False),
        Column("answers", JSON, nullable=False),
    )
    op.create_table(
        "persona",
        Column("pool_id", Integer, ForeignKey("pool.id"), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("story", String, nullable=False),
        Column("tokens", Integer, nullable=False),
        Column("finish_reason", String, nullable=False),
        Column("seed", BigInteger, nullable=False),
        Column("job_id", Integer, nullable=False),
        Column("error", String),
    )


def _results() -> None:
    op.create_table(
        "poll",
        Column("pool_id", Integer, ForeignKey("pool.id"), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("trait_key", String, primary_key=True),
        Column("trait", String, nullable=False),
        Column("probabilities", JSON),
        Column("label_mass", Float),
        Column("shown", JSON, nullable=False),
        Column("job_id", Integer, nullable=False),
        Column("error", String),
    )
    op.create_table(
        "match",
        Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
        Column("method", String, primary_key=True),
        Column("respondent", Integer, primary_key=True),
        Column("persona", Integer, nullable=False),
        Column("weight", Float, nullable=False),
    )
    op.create_table(
        "answer",
        Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
        Column("condition", String, primary_key=True),
        Column("respondent", Integer, primary_key=True),
        Column("question", String, primary_key=True),
        Column("persona", Integer),
        Column("place", Integer, nullable=False),
        Column("shown", JSON, nullable=False),
        Column("probabilities", JSON),
        Column("label_mass", Float),
        Column("drawn", Integer),
        Column("job_id", Integer, nullable=False),
        Column("error", String),
    )
    op.create_table(
        "metric",
        Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
        Column("condition", String, primary_key=True),
        Column("subgroup", String, primary_key=True),
        Column("name", String, primary_key=True),
        Column("value", Float),
        Column("low", Float),
        Column("high", Float),
        Column("n", Integer, nullable=False),
    )


def _workers_and_jobs() -> None:
    op.create_table(
        "engine",
        Column("id", String, primary_key=True),
        Column("info", JSON, nullable=False),
    )
    op.create_table(
        "worker",
        Column("name", String, primary_key=True),
        Column("queue", String, nullable=False, index=True),
        Column("model", String),
        Column("engine_id", String, ForeignKey("engine.id")),
        Column("pid", Integer, nullable=False),
        Column("started_at", Float, nullable=False),
        Column("seen_at", Float, nullable=False),
        Column("stopped", Boolean, nullable=False),
    )
    op.create_table(
        "job",
        Column("id", Integer, primary_key=True),
        Column("key", String, nullable=False),
        Column("kind", String, nullable=False),
        Column("study_id", Integer, ForeignKey("study.id"), index=True),
        Column("pool_id", Integer, ForeignKey("pool.id"), index=True),
        Column("condition", String, nullable=False),
        Column("first", Integer, nullable=False),
        Column("count", Integer, nullable=False),
        Column("queue", String, nullable=False),
        Column("title", String, nullable=False),
        Column("state", String, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("deaths", Integer, nullable=False),
        Column("worker", String),
        Column("lease_until", Float),
        Column("not_before", Float, nullable=False),
        Column("error", String),
        Column("engine_id", String, ForeignKey("engine.id")),
        Column("prompt_tokens", Integer, nullable=False),
        Column("cached_tokens", Integer, nullable=False),
        Column("output_tokens", Integer, nullable=False),
        Column("started_at", Float),
        Column("finished_at", Float),
        UniqueConstraint("key"),
    )
    op.create_index("ix_job_state_queue", "job", ["state", "queue"])

"""Studies and pools belong to a model's content, and workers say what they serve."""

from alembic import op
from sqlalchemy import JSON, Column, String

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """All may be null: what is there was made by versions that did not know it."""
    op.add_column("pool", Column("content", JSON))
    op.add_column("study", Column("engine_id", String))
    op.add_column("study", Column("content", JSON))
    op.add_column("worker", Column("names", JSON))
    op.add_column("worker", Column("queues", JSON))

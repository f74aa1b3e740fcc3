"""Personas whose stories come from a file keep what it calls them."""

from alembic import op
from sqlalchemy import Column, String

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("persona", Column("source_id", String))

"""A figure tells which version of the figures it was computed by."""

from alembic import op
from sqlalchemy import Column, Integer

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("metric", Column("version", Integer))

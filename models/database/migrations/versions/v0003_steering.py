"""Studies can be paused, and keep to the engine that began them."""

from alembic import op
from sqlalchemy import Boolean, Column, String, false

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """The defaults are for the studies that are there; they stay, and workers of the version
    before go on beside it."""
    op.add_column("study", Column("paused", Boolean, nullable=False, server_default=false()))
    op.add_column("study", Column("identity", String))
    op.add_column("study", Column("any_engine", Boolean, nullable=False, server_default=false()))

"""A poll tells how likely it is that the story states the trait."""

from alembic import op
from sqlalchemy import Column, Float

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("poll", Column("mentioned", Float))

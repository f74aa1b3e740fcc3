"""A persona tells how often its story was written, how it was screened, and how likely it is."""

from alembic import op
from sqlalchemy import Column, Float, Integer

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("persona", Column("attempts", Integer))
    op.add_column("persona", Column("screening_draws", Integer))
    op.add_column("persona", Column("log_likelihood", Float))

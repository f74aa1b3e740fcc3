"""Every database has a namespace for its queues, and workers say on which machine they run."""

from uuid import uuid4

from alembic import op
from sqlalchemy import Column, String

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """What workers of the version before enqueued under the plain names, sweeps enqueue anew."""
    table = op.create_table("namespace", Column("id", String, primary_key=True))
    op.bulk_insert(table, [{"id": uuid4().hex}])
    op.add_column("worker", Column("machine", String))

"""What sets one database's queues apart from another's in a Redis that both use.

Two people with a database each and the default Redis would take each other's messages. Knows
nothing of Redis; `messages.py` puts the namespace into the names of queues.
"""

import hashlib
from pathlib import Path

from sqlalchemy import Connection, Engine, select, text
from sqlmodel import col

from anthology.models.database.tables import NamespaceRow


def namespace_of(engine: Engine) -> str:
    """8 hex digits: the same however a database is reached, others for a copy of it.

    The database holds a random one; a copy holds it, too, but is another file (its inode) or
    another database of the server (its oid).
    """
    with engine.connect() as connection:
        stored = connection.execute(select(col(NamespaceRow.id))).scalar_one()
        named = f"{stored}/{_copy(connection)}"
    return hashlib.sha256(named.encode()).hexdigest()[:8]


def _copy(connection: Connection) -> int:
    if connection.dialect.name == "sqlite":
        file = connection.engine.url.database
        return Path(file).stat().st_ino if file and Path(file).exists() else 0
    mine = "SELECT CAST(oid AS bigint) FROM pg_database WHERE datname = current_database()"
    return int(connection.execute(text(mine)).scalar_one())

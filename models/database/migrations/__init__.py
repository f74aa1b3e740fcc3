"""Which schema a database has, and how an older one becomes the present one.

Knows nothing of locks: `models/database/sessions.py` opens the transaction around. The revisions
are in `versions/`, in Alembic's form. Alembic takes 0.3 s to import, so only who needs it does.
"""

from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_engine,
    insert,
    inspect,
    select,
)

from anthology.models.database.tables import NamespaceRow, StudyRow
from anthology.models.errors import InputError
from anthology.models.runtime import address

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0013"

_TABLES = StudyRow.metadata
_STAMP = Table(  # as Alembic makes it
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def is_current(connection: Connection) -> bool:
    """Whether the database is of this version's schema, in a few small queries."""
    ours = inspect(connection).has_table(str(StudyRow.__tablename__))
    return ours and _stamped(connection) == HEAD


def revision_of(connection: Connection) -> str | None:
    """The schema's revision, None where there are no tables of ours.

    Databases from before revisions were written are known by their columns. Raises `InputError`
    for a newer schema than this version knows, and for tables that no version made.
    """
    stamped, ours = _stamped(connection), _columns(connection)
    if not ours:
        _refuse_strangers(connection)
        return None
    if stamped is None:
        return _by_its_columns(connection)
    if stamped != HEAD and stamped not in _revisions():
        raise InputError(
            f"the database {_place(connection)} was written by a newer Anthology (schema "
            f"{stamped}); upgrade this one, or set ANTHOLOGY_DATABASE_URL"
        )
    return stamped


def bring_up_to_date(connection: Connection) -> None:
    """Makes all tables in an empty database, and upgrades an older one; keeps what is stored.

    The connection is in a transaction that nobody else can write in.
    """
    found = revision_of(connection)
    if found is None:
        _TABLES.create_all(connection, checkfirst=False)  # none is there
        connection.execute(insert(NamespaceRow).values(id=uuid4().hex))
        _stamp(connection, HEAD)
    elif found != HEAD:
        if _stamped(connection) is None:
            _stamp(connection, found)
        upgrade(connection, "head")


def _stamped(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_STAMP.name):
        return None
    return connection.execute(select(_STAMP.c.version_num)).scalar_one_or_none()


def _stamp(connection: Connection, revision: str) -> None:
    _STAMP.create(connection, checkfirst=True)
    connection.execute(insert(_STAMP).values(version_num=revision))


def _refuse_strangers(connection: Connection) -> None:
    """Another program's SQLite file is its user's; PostgreSQL's databases are shared, but not the
    table in which both would write their revision."""
    found = inspect(connection).get_table_names()
    if found and (connection.dialect.name == "sqlite" or _STAMP.name in found):
        raise InputError(
            f"the database {_place(connection)} is another program's (it has a table {found[0]}); "
            "name another one with ANTHOLOGY_DATABASE_URL"
        )


def _by_its_columns(connection: Connection) -> str:
    """Compares with what each revision makes, one after the other, in a database in memory."""
    found = _columns(connection)
    with create_engine("sqlite://").begin() as memory:
        for revision in _revisions():
            upgrade(memory, revision)
            if _columns(memory) == found:
                return revision
    raise InputError(
        f"the database {_place(connection)} has tables that no Anthology made so; name another "
        "one with ANTHOLOGY_DATABASE_URL"
    )


def _columns(connection: Connection) -> dict[str, set[str]]:
    """The columns of the tables that are ours by name."""
    inspector = inspect(connection)
    ours = _TABLES.tables.keys() & set(inspector.get_table_names())
    return {name: {column["name"] for column in inspector.get_columns(name)} for name in ours}


def _revisions() -> list[str]:
    """All revisions that this version knows, oldest first."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    return [revision.revision for revision in script.walk_revisions()][::-1]


def upgrade(connection: Connection, revision: str) -> None:
    """Runs the revisions up to this one. For tests; `bring_up_to_date` knows what is needed."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection  # which `env.py` takes
    command.upgrade(config, revision)


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "anthology.models.database:migrations")
    return config


def _place(connection: Connection) -> str:
    return address.of_database(connection.engine.url)

"""Opens the database: SQLite in WAL mode or PostgreSQL, with one clock and two kinds of sessions.

Knows nothing of jobs; what is written is decided in `protocol.py` and by the rooms.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Float, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool, QueuePool
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session

from anthology.models.database import migrations, read_only, single_host
from anthology.models.errors import InputError, SetupError
from anthology.models.runtime import address, file_writing

BUSY_TIMEOUT_MS = 60_000
LOOKING = "anthology_looking"
# A server that lost its power or its network says no goodbye; Linux would wait for two hours.
NOTICE_SILENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 40_000,
}
# As many connections as a process asks for: commands and their tests are few threads.
NO_LIMIT = {"max_overflow": -1}
# A worker has many: so many are in a transaction at once, the others wait in turn, for however
# long. Whom SQLAlchemy lets wait for 30 s while a database stalls loses what it has to store.
CONNECTIONS = 2
IN_TURN = {"pool_size": CONNECTIONS, "max_overflow": 0, "pool_timeout": None}
# Behind a pooler each transaction may meet another server process, which knows no statement that an
# earlier one prepared (psycopg would from the fifth time on).
NOTHING_BETWEEN_TRANSACTIONS = {"prepare_threshold": None}


class now_s(FunctionElement[float]):
    """Seconds since the epoch by the database's own clock: leases ignore workers' clocks."""

    type = Float()
    inherit_cache = True


@compiles(now_s, "sqlite")
def _now_sqlite(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now_s, "postgresql")
def _now_postgresql(*_: Any, **__: Any) -> str:
    return "CAST(extract(epoch from clock_timestamp()) AS double precision)"


def connect(url: str | URL, limit: Mapping[str, Any] = NO_LIMIT) -> Engine:
    """An engine for the URL; touches nothing yet. Raises `InputError` for a URL it cannot use."""
    if str(url).count("@") > 1:  # part of a password would be taken for a host, and shown
        raise InputError("the database URL's password needs its @ : / percent-encoded")
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            in_file = parsed.get_dialect().get_pool_class(parsed) is QueuePool  # type: ignore[attr-defined]
            pool = limit if in_file else {}
            engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, **pool)
            event.listen(engine, "connect", _configure_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        if parsed.get_backend_name() == "postgresql":
            arguments = {**NOTICE_SILENCE, **NOTHING_BETWEEN_TRANSACTIONS}
            return create_engine(parsed, pool_pre_ping=True, connect_args=arguments, **limit)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise InputError(f"the database URL cannot be used: {error}") from None
    raise InputError(f"the database must be sqlite:/// or postgresql://, not {parsed.drivername}")


def connect_to_look(url: str) -> Engine:
    """As `connect`, for who changes nothing: a SQLite file may be another user's, or on a disk that
    cannot be written. Each session looks anew how it can be read, since workers come and go."""
    engine = connect(url)
    file = single_host.file_of(engine.url)
    if file is None:
        return engine
    looking_only = create_engine(
        engine.url, poolclass=NullPool, execution_options={LOOKING: True},
        creator=lambda: read_only.look(file, BUSY_TIMEOUT_MS / 1000),
    )  # fmt: skip
    event.listen(looking_only, "begin", _begin_sqlite)
    return looking_only


def in_turn(engine: Engine, frozen_s: float) -> Engine:
    """The same database by at most `CONNECTIONS` connections of its own, however many threads ask.

    No thread may hold one and ask for another: all of them would wait for ever. PostgreSQL undoes a
    transaction that may write and has said nothing for `frozen_s` seconds.
    """
    limited = connect(engine.url, IN_TURN)
    if limited.dialect.name == "postgresql":
        event.listen(limited, "begin", partial(_undo_when_frozen, frozen_s))
    return limited


def open_database(url: str) -> Engine:
    """Connects; makes the tables where there are none, and upgrades those of an older version.

    Raises `SetupError` when the database is unreachable, `InputError` when it is a newer version's
    or a SQLite file that another machine may write, too.
    """
    engine = connect(url)
    file = single_host.file_of(engine.url)
    with explained(engine):
        if file is not None:
            single_host.refuse_network(file)
            look_at(url)  # refuses another program's file, which connecting would change
            _make(file)
        refuse_others(engine)
        with engine.connect() as connection:
            current = migrations.is_current(connection)
        if not current:
            _bring_up_to_date(engine)
    return engine


def _make(file: Path) -> None:
    """SQLite's file, and so what SQLite keeps beside it, is for whom the user allows."""
    file_writing.make_folder(file.parent)
    file_writing.make_file(file)


def _bring_up_to_date(engine: Engine) -> None:
    """All in one transaction. Others may be at it too: whoever comes second finds it done."""
    with engine.execution_options(write=True).begin() as connection:
        if engine.dialect.name == "postgresql":  # two processes creating tables at once collide
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7406577)")
        migrations.bring_up_to_date(connection)


def open_existing(url: str) -> Engine:
    """As `open_database`, but only for what is there already: creates and upgrades nothing.

    Who only steers must not change the ground under workers of an older version that are at work.
    Raises `InputError` where no study was submitted, and for an older or newer version's database.
    """
    looked_at = open_to_look(url)
    engine = connect(looked_at.url)
    file = single_host.file_of(engine.url)
    if file is not None:
        single_host.refuse_network(file)
        refuse_others(looked_at)
    return engine


def refuse_others(engine: Engine) -> None:
    """Raises `InputError` for a SQLite file that workers of another machine serve."""
    file = single_host.file_of(engine.url)
    if file is not None:
        with explained(engine), engine.connect() as connection:
            single_host.refuse_others(connection, file)


def open_to_look(url: str) -> Engine:
    """As `open_existing`, for reading only: works where nothing can be written, too."""
    engine, found = look_at(url)
    place = address.of_database(engine.url)
    if found is None:
        raise InputError(
            f"no study has been submitted to the database {place}; submit one first, or set "
            "ANTHOLOGY_DATABASE_URL"
        )
    if found != migrations.HEAD:
        raise InputError(
            f"the database {place} is of an older Anthology; start `anthology worker` or submit a "
            "study with this version, which upgrades it"
        )
    return engine


def look_at(url: str) -> tuple[Engine, str | None]:
    """An engine to look at what the URL names, and which schema is there: None where no study was
    ever submitted.

    Creates nothing. Raises as `open_database` does.
    """
    engine = connect_to_look(url)
    file = single_host.file_of(engine.url)
    with explained(engine):
        if engine.dialect.name == "sqlite" and not (file and file.exists()):
            return engine, None
        with engine.connect() as connection:
            return engine, migrations.revision_of(connection)


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turns a database that cannot be reached into one sentence without the password."""
    try:
        yield
    except (DBAPIError, SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        place = address.of_database(engine.url)
        raise SetupError(f"the database {place} cannot be used: {reason}") from error


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session in one transaction that may write; commits at the end, or rolls back."""
    with Session(engine.execution_options(write=True)) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for reading only: on SQLite it never waits for a writer."""
    with Session(engine) as session:
        yield session
        if engine.get_execution_options().get(LOOKING):
            found = session.connection().connection.driver_connection
            if isinstance(found, read_only.Look):
                found.refuse_change()


def _configure_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # so that transactions begin where we say (see below)
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    _use_wal(connection)
    for pragma in ("synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: Any) -> None:
    """SQLite does not wait for others where it changes a new file's journal; so this does."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _undo_when_frozen(frozen_s: float, connection: Connection) -> None:
    """A worker that is stopped between two statements of a claim would keep the job's row from
    everybody for as long as it is stopped. Told anew each time: behind a pooler, the next
    transaction may be another server process's."""
    if connection.get_execution_options().get("write", False):
        milliseconds = int(frozen_s * 1000)
        connection.exec_driver_sql(
            f"SET LOCAL idle_in_transaction_session_timeout = {milliseconds}"
        )


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: upgrading a read lock later fails without waiting."""
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

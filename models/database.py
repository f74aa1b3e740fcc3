"""Opens the database: SQLite in WAL mode or PostgreSQL, with one clock and two kinds of sessions.

Knows nothing of jobs; what is written is decided in `protocol.py` and by the rooms.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Float, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session

from models import address, migrations, own_files
from models.errors import InputError, SetupError

BUSY_TIMEOUT_MS = 60_000
# A server that lost its power or its network says no goodbye; Linux would wait for two hours.
NOTICE_SILENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 40_000,
}
# As many connections as threads ask for, who are limited: of SQLAlchemy's 15 the 16th to come to a
# database that stalls for 30 s gets none, and what it had to store is lost.
NO_LIMIT = {"max_overflow": -1}


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


def connect(url: str) -> Engine:
    """An engine for the URL; touches nothing yet. Raises `InputError` for a URL it cannot use."""
    if url.count("@") > 1:  # part of a password would be taken for a host, and shown
        raise InputError("the database URL's password needs its @ : / percent-encoded")
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            in_file = parsed.get_dialect().get_pool_class(parsed) is QueuePool  # type: ignore[attr-defined]
            pool = NO_LIMIT if in_file else {}
            engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, **pool)
            event.listen(engine, "connect", _configure_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        if parsed.get_backend_name() == "postgresql":
            return create_engine(
                parsed, pool_pre_ping=True, connect_args=NOTICE_SILENCE, **NO_LIMIT
            )
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise InputError(f"the database URL cannot be used: {error}") from None
    raise InputError(f"the database must be sqlite:/// or postgresql://, not {parsed.drivername}")


def open_database(url: str) -> Engine:
    """Connects; makes the tables where there are none, and upgrades those of an older version.

    Raises `SetupError` when the database is unreachable, `InputError` when it is a newer version's.
    """
    engine = connect(url)
    with explained(engine):
        _make_file_of(engine)
        with engine.connect() as connection:
            current = migrations.is_current(connection)
        if not current:
            _bring_up_to_date(engine)
    return engine


def _make_file_of(engine: Engine) -> None:
    """SQLite's file, and so what SQLite keeps beside it, is for whom the user allows."""
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file and not file.startswith((":memory:", "file:")):
        own_files.make_folder(Path(file).parent)
        own_files.make_file(Path(file))


def _bring_up_to_date(engine: Engine) -> None:
    """All in one transaction. Others may be at it too: whoever comes second finds it done."""
    with engine.execution_options(write=True).begin() as connection:
        if engine.dialect.name == "postgresql":  # two processes creating tables at once collide
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7406577)")
        migrations.bring_up_to_date(connection)


def open_existing(url: str) -> Engine:
    """As `open_database`, but only for what is there already: creates and upgrades nothing.

    Who only looks must not change the ground under workers of an older version that are at work.
    Raises `InputError` where no study was submitted, and for an older or newer version's database.
    """
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
    """An engine for the URL, and which schema is there: None where no study was ever submitted.

    Creates nothing. Raises as `open_database` does.
    """
    engine = connect(url)
    file = engine.url.database
    if engine.dialect.name == "sqlite" and not (file and Path(file).exists()):
        return engine, None
    with explained(engine), engine.connect() as connection:
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


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: upgrading a read lock later fails without waiting."""
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

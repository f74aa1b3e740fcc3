"""What of a database's errors passes, and what its rows are refused for."""

import sqlite3
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from anthology.models.database.sessions import writing
from anthology.models.database.tables import PoolRow
from anthology.models.database.transient_errors import passing

PASSING = [
    "DuplicatePreparedStatement", "InvalidSqlStatementName", "TooManyConnections",
    "ConnectionFailure", "ConnectionDoesNotExist", "ProtocolViolation", "AdminShutdown",
    "CrashShutdown", "CannotConnectNow", "QueryCanceled", "DeadlockDetected",
    "SerializationFailure",
    "DiskFull", "OutOfMemory", "LockNotAvailable", "ReadOnlySqlTransaction",
    "InvalidCursorName",
    "IdleInTransactionSessionTimeout", "InFailedSqlTransaction", "NoActiveSqlTransaction",
    "InsufficientPrivilege", "UndefinedTable", "InvalidPassword", "InvalidCatalogName", "IoError",
    "InternalError_", "StatementCompletionUnknown", "ConfigurationLimitExceeded",
]  # fmt: skip
THE_ROWS = [
    "NumericValueOutOfRange", "UntranslatableCharacter", "InvalidTextRepresentation",
    "StringDataRightTruncation", "ForeignKeyViolation", "NotNullViolation", "UniqueViolation",
    "CheckViolation", "ProgramLimitExceeded",
]  # fmt: skip


def wrapped(error: Exception) -> DBAPIError:
    """As SQLAlchemy hands it on."""
    base: Any = psycopg.Error if isinstance(error, psycopg.Error) else sqlite3.Error
    found = DBAPIError.instance("INSERT", {}, error, base, dialect=None)
    assert isinstance(found, DBAPIError)
    return found


@pytest.mark.parametrize("name", PASSING)
def test_an_error_of_a_connection_or_a_server_passes_whatever_its_class(name: str) -> None:
    assert passing(wrapped(getattr(psycopg.errors, name)("x")))


@pytest.mark.parametrize("name", THE_ROWS)
def test_what_rows_are_refused_for_does_not_pass(name: str) -> None:
    assert not passing(wrapped(getattr(psycopg.errors, name)("x")))


@pytest.mark.parametrize(
    "error",
    [psycopg.OperationalError("server closed the connection"), psycopg.InterfaceError("closed"),
     psycopg.ProgrammingError("can't change 'autocommit' now"),
     sqlite3.OperationalError("database is locked"), sqlite3.OperationalError("disk I/O error"),
     sqlite3.DatabaseError("database disk image is malformed"),
     sqlite3.ProgrammingError("Cannot operate on a closed database.")],
)  # fmt: skip
def test_without_a_state_all_but_data_and_constraints_pass(error: Exception) -> None:
    assert passing(wrapped(error))


@pytest.mark.parametrize(
    "error",
    [psycopg.DataError("PostgreSQL text fields cannot contain NUL"), sqlite3.DataError("too big"),
     sqlite3.IntegrityError("UNIQUE constraint failed: pool.name")],
)  # fmt: skip
def test_what_a_driver_refuses_does_not_pass(error: Exception) -> None:
    assert not passing(wrapped(error))


def test_a_second_row_of_one_key_and_a_foreign_key_to_nowhere_are_the_rows_own(
    database: Engine,
) -> None:
    def store(session: Any) -> None:
        for _ in range(2):
            session.add(PoolRow(name="one", recipe={}, model="m", count=1, created_at=0.0))
            session.flush()

    def nowhere(session: Any) -> None:
        values = "INSERT INTO match VALUES (1, 'greedy', 0, 0, 1)"
        session.execute(text(values))

    for work in (store, nowhere):
        with pytest.raises(SQLAlchemyError) as raised, writing(database) as session:
            work(session)
        assert isinstance(raised.value, DBAPIError)
        assert not passing(raised.value)

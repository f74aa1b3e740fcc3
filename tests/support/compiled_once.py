"""Statements that a test run compiles once, not once for every database that a test opens.

SQLAlchemy keeps compiled statements for each engine, and for each dialect, of which every engine
has one of its own: a process of ours opens a database or two and compiles little, one of a test run
opens a thousand and spent a sixth of its time on compiling the same statements. Dialects of one
kind compile alike here: there is one SQLite and one PostgreSQL in a run.
"""

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_compiled: LRUCache[Any, Any] = LRUCache(2000)


def compile_once() -> None:
    """For all engines of this process, from now on."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign,assignment]
        dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign,assignment]
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)

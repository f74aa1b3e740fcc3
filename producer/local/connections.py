"""How many connections a PostgreSQL has room for, and how many this site's workers want.

Looks through PgBouncer, too: a pooler's own limits where it tells them.
"""

import socket
from dataclasses import dataclass

import psycopg
from sqlalchemy import Connection, Engine, inspect, select
from sqlmodel import col

from anthology.models.database.sessions import CONNECTIONS, now_s
from anthology.models.database.single_host import SILENT_S
from anthology.models.database.tables import WorkerRow

A_WORKER = 2 * CONNECTIONS  # for its jobs, and for its leases
COMMANDS = 4  # a submit, a status or two, this one
_PLACES = """
SELECT current_setting('max_connections')::int
     - current_setting('superuser_reserved_connections')::int
     - coalesce(current_setting('reserved_connections', true), '0')::int
"""
_TAKEN = "SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL"


@dataclass(frozen=True)
class Places:
    """`free` of `all` places are not taken; `pooler` is what is between, if anything."""

    all: int
    free: int
    pooler: str = ""

    def __str__(self) -> str:
        return f"{self.all - self.free} of {self.all} connections taken{self.pooler}"


def places(engine: Engine, connection: Connection) -> Places:
    """What the server has, or a pooler in front of it, which makes few of many."""
    every = int(connection.exec_driver_sql(_PLACES).scalar_one())
    taken = int(connection.exec_driver_sql(_TAKEN).scalar_one())
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    behind = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    if driver.info.backend_pid == behind:
        return Places(every, every - taken)
    return _of_the_pooler(engine) or Places(every, every - taken, "; behind a pooler")


def wanted(connection: Connection, workers_here: int) -> int:
    """By the workers that could run on this machine and those that run on others."""
    elsewhere = 0
    if inspect(connection).has_table("worker"):
        alive = select(col(WorkerRow.name)).where(
            col(WorkerRow.stopped).is_(False), now_s() - col(WorkerRow.seen_at) < SILENT_S
        )
        hosts = [name.rpartition("@")[2] for name in connection.execute(alive).scalars()]
        elsewhere = len([host for host in hosts if host != socket.gethostname()])
    return A_WORKER * (elsewhere + workers_here) + COMMANDS


def _of_the_pooler(engine: Engine) -> Places | None:
    """PgBouncer's clients and their limit, if it tells this user (`stats_users`)."""
    arguments, options = engine.dialect.create_connect_args(engine.url.set(database="pgbouncer"))
    options = {**options, "autocommit": True, "cursor_factory": psycopg.ClientCursor}
    try:
        with psycopg.connect(*arguments, **{**options, "connect_timeout": 5}) as console:
            limits = {row[0]: row[1] for row in console.execute("SHOW CONFIG")}
            lists = {row[0]: row[1] for row in console.execute("SHOW LISTS")}
            every, taken = int(limits["max_client_conn"]), int(lists["used_clients"])
    except (psycopg.Error, LookupError, ValueError):
        return None
    return Places(every, every - taken, "; behind PgBouncer")

"""How many connections a PostgreSQL has room for, and what the doctor says of it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from anthology.models.database.sessions import connect, open_database, writing
from anthology.models.database.tables import WorkerRow
from anthology.models.runtime import file_systems
from anthology.models.settings import Settings
from anthology.producer.local import connections, doctor
from anthology.producer.local.connections import Places, places, wanted


@pytest.fixture
def server(postgres_url: str) -> Any:
    engine = open_database(postgres_url)
    yield engine
    engine.dispose()


def test_the_places_of_a_server_and_those_that_are_taken(server: Engine) -> None:
    with server.connect() as one, server.connect():
        found = places(server, one)
        assert found.all == 97  # 100 by default, of which 3 are the superuser's
        assert found.free <= found.all - 2
        assert found.pooler == ""


def test_a_pooler_shows_by_another_process_than_the_one_that_was_connected_to(
    server: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclass
    class Info:
        backend_pid: int = -1

    monkeypatch.setattr("psycopg.Connection.info", Info())
    with server.connect() as connection:
        assert places(server, connection).pooler == "; behind a pooler"
        monkeypatch.setattr(connections, "_of_the_pooler", lambda _: Places(5000, 4990, "; P"))
        assert str(places(server, connection)) == "10 of 5000 connections taken; P"


def test_a_server_that_is_no_pgbouncer_has_no_console(server: Engine) -> None:
    assert connections._of_the_pooler(server) is None


def test_a_site_wants_four_connections_a_worker(server: Engine) -> None:
    signs = [(f"gpu{n}@elsewhere", False) for n in range(3)] + [("gpu9@elsewhere", True)]
    with writing(server) as session:
        for name, stopped in signs:
            row = {"name": name, "queue": "q", "pid": 1, "started_at": 0.0, "seen_at": 4e9}
            session.execute(insert(WorkerRow).values(**row, stopped=stopped))
    with server.connect() as connection:
        assert wanted(connection, 9) == 4 * (3 + 9) + 4


def test_an_empty_database_has_no_workers(postgres_url: str) -> None:
    engine = connect(postgres_url)
    with engine.connect() as connection:
        assert wanted(connection, 2) == 12
    engine.dispose()


@pytest.mark.parametrize(
    ("found", "advice"),
    [(Places(97, 60), ""), (Places(30, 30), "want up to 40 connections: raise max_connections"),
     (Places(97, 3), "no worker more finds a connection"),
     (Places(30, 20, "; behind PgBouncer"), "raise PgBouncer's max_client_conn")],
)  # fmt: skip
def test_the_doctor_says_when_connections_will_not_do(found: Places, advice: str) -> None:
    check = doctor._room("postgresql", found, 40)
    assert advice in check.advice
    assert check.ok is not bool(advice)


def test_the_doctor_counts_what_postgresql_has(postgres_url: str) -> None:
    check = doctor._database(Settings(database_url=postgres_url))  # type: ignore[call-arg]
    assert check.ok
    assert "of 97 connections taken" in check.found


def test_the_doctor_names_a_network_file_system_and_another_host_before_a_worker_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    settings = Settings(database_url=url)  # type: ignore[call-arg]
    engine = open_database(url)
    with writing(engine) as session:
        row = {"name": "gpu0@node17", "queue": "q", "pid": 1, "started_at": 0.0, "seen_at": 4e9}
        session.execute(insert(WorkerRow).values(**row, stopped=False))
    engine.dispose()
    elsewhere = doctor._guarded("database", lambda: doctor._database(settings))
    assert not elsewhere.ok
    assert "gpu0@node17 on another machine" in elsewhere.found
    (tmp_path / "mounts").write_text(f"1 1 0:1 / {tmp_path.resolve()} rw - nfs4 s:/home rw\n")
    monkeypatch.setattr(file_systems, "MOUNTS", tmp_path / "mounts")
    far = doctor._guarded("database", lambda: doctor._database(settings))
    assert not far.ok
    assert "network file system (nfs4)" in far.found


def test_the_doctor_looks_at_a_database_and_changes_nothing(tmp_path: Path) -> None:
    """It used to make a file in another journal mode its own."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    open_database(url).dispose()
    with closing(sqlite3.connect(tmp_path / "a.db")) as made:
        made.execute("PRAGMA journal_mode = DELETE")
    before = (tmp_path / "a.db").read_bytes()
    assert doctor._database(Settings(database_url=url)).ok  # type: ignore[call-arg]
    assert (tmp_path / "a.db").read_bytes() == before


def test_the_doctor_refuses_another_programs_database_as_every_command_does(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db")) as theirs:
        theirs.execute("CREATE TABLE cookies (id INTEGER)")
    url = f"sqlite:///{tmp_path / 'a.db'}"
    found = doctor._guarded("database", lambda: doctor._database(Settings(database_url=url)))  # type: ignore[call-arg]
    assert not found.ok
    assert "another program's" in found.found

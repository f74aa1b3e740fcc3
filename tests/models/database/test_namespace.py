"""Databases that share a Redis have queues of their own, however each of them is reached."""

import shutil
from pathlib import Path

from local_postgres import LocalPostgres
from sqlalchemy import Engine

from anthology.models.database.namespace import namespace_of
from anthology.models.database.sessions import open_database


def at(file: Path) -> str:
    engine = open_database(f"sqlite:///{file}")
    try:
        return namespace_of(engine)
    finally:
        engine.dispose()


def test_a_database_keeps_its_namespace(database: Engine) -> None:
    assert namespace_of(database) == namespace_of(database)
    assert len(namespace_of(database)) == 8


def test_two_databases_have_two_namespaces(tmp_path: Path) -> None:
    assert at(tmp_path / "mine.db") != at(tmp_path / "yours.db")


def test_a_file_reached_by_another_path_has_the_same_namespace(tmp_path: Path) -> None:
    found = at(tmp_path / "a.db")
    (tmp_path / "link").symlink_to(tmp_path)
    assert at(tmp_path / "link" / "a.db") == found
    (tmp_path / "a.db").rename(tmp_path / "b.db")
    assert at(tmp_path / "b.db") == found


def test_a_copied_file_has_a_namespace_of_its_own(tmp_path: Path) -> None:
    found = at(tmp_path / "a.db")
    shutil.copy(tmp_path / "a.db", tmp_path / "copy.db")
    assert at(tmp_path / "copy.db") != found


def test_a_copied_postgresql_database_has_a_namespace_of_its_own(
    postgres_server: LocalPostgres,
) -> None:
    first = open_database(postgres_server.create_database("namespaced"))
    found = namespace_of(first)
    first.dispose()
    second = open_database(postgres_server.create_database("namespaced_too"))
    with second.begin() as connection:  # as a dump that is loaded into it brings it
        connection.exec_driver_sql("UPDATE namespace SET id = 'the same'")
    third = open_database(postgres_server.create_database("namespaced_three"))
    with third.begin() as connection:
        connection.exec_driver_sql("UPDATE namespace SET id = 'the same'")
    assert len({found, namespace_of(second), namespace_of(third)}) == 3
    second.dispose()
    third.dispose()

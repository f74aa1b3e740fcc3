"""Databases that no upgrade touches: newer ones, other programs', and those only looked at."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from old_databases import make, shape
from sqlalchemy import Engine, text

from anthology.models.database import migrations
from anthology.models.database.sessions import connect, open_database, open_existing, open_to_look
from anthology.models.errors import InputError, SetupError


@pytest.mark.parametrize("opened", [open_database, open_existing])
def test_a_newer_database_is_refused_in_one_sentence(opened: Any, database_url: str) -> None:
    engine = open_database(database_url)
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = shape(engine)
    with pytest.raises(
        InputError, match=r"written by a newer Anthology \(schema 9999\); upgrade"
    ) as raised:
        opened(database_url)
    assert "\n" not in str(raised.value)
    assert shape(engine) == before
    engine.dispose()


def test_who_only_looks_does_not_upgrade_but_says_what_does(
    engines: tuple[Engine, Engine], database_url: str
) -> None:
    _, old = engines
    make(old, "0001")
    before = shape(old)
    with pytest.raises(InputError, match="of an older Anthology; start `anthology worker` or"):
        open_existing(database_url)
    assert shape(old) == before


@pytest.mark.parametrize("opened", [open_database, open_existing])
@pytest.mark.parametrize(
    "change", ["ALTER TABLE study ADD COLUMN mine INTEGER", "DROP TABLE metric"]
)
def test_tables_that_no_version_made_are_left_alone(
    engines: tuple[Engine, Engine], database_url: str, opened: Any, change: str
) -> None:
    _, old = engines
    make(old, "0001")
    with old.execution_options(write=True).begin() as connection:
        connection.execute(text(change))
    before = shape(old)
    with pytest.raises(InputError, match="tables that no Anthology made so"):
        opened(database_url)
    assert shape(old) == before


def test_tables_of_others_in_a_database_of_postgresql_do_not_matter(postgres_url: str) -> None:
    engine = connect(postgres_url)
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    with pytest.raises(InputError, match="no study has been submitted"):
        open_existing(postgres_url)
    open_database(postgres_url).dispose()
    assert "theirs" in shape(engine)
    engine.dispose()
    open_existing(postgres_url).dispose()


def test_another_programs_sqlite_file_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "theirs.db"
    with sqlite3.connect(file) as theirs:
        theirs.execute("CREATE TABLE cookies (id INTEGER)")
    theirs.close()
    before = file.read_bytes()
    for opened in (open_database, open_existing, open_to_look):
        with pytest.raises(InputError, match=r"another program's \(it has a table cookies\)"):
            opened(f"sqlite:///{file}")
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("revision", ["f5a4f2784254", "0003", migrations.HEAD])
def test_another_programs_revisions_are_not_taken_for_ours(
    revision: str, database_url: str
) -> None:
    """Alembic's table has one name whosever it is."""
    engine = connect(database_url)
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:it)"), {"it": revision})
    before = shape(engine)
    with pytest.raises(InputError, match="is another program's"):
        open_database(database_url)
    assert shape(engine) == before
    engine.dispose()


def test_an_upgrade_that_fails_midway_changes_nothing(
    engines: tuple[Engine, Engine], database_url: str
) -> None:
    _, old = engines
    make(old, "0001", stamped=True)
    with old.execution_options(write=True).begin() as connection:
        connection.execute(text("ALTER TABLE answer ADD COLUMN samples JSON"))
    before = shape(old)
    with pytest.raises(SetupError, match="samples"):
        open_database(database_url)
    assert shape(old) == before

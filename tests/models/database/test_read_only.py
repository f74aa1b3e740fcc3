"""Who may read a database but not write it: another user's, a read-only disk's, a copy.

Root may write everything, so it becomes another user for what it tries here.
"""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from anthology.models.database.migrations import HEAD
from anthology.models.database.sessions import (
    connect,
    look_at,
    open_database,
    open_to_look,
    reading,
    writing,
)
from anthology.models.database.tables import PoolRow
from anthology.models.errors import SetupError
from anthology.models.runtime import file_systems

ROOT = Path(__file__).parents[3]
LOOK = """
import os, sys
from sqlalchemy import select
from anthology.models.database.sessions import open_to_look, reading
from anthology.models.errors import AnthologyError
from anthology.models.database.tables import PoolRow
open_to_look("sqlite:///" + sys.argv[2]).dispose()  # all is imported before another user is we
if not os.geteuid():
    os.setgroups([])
    os.setuid(65534)
try:
    with reading(open_to_look("sqlite:///" + sys.argv[1])) as session:
        print(*session.execute(select(PoolRow.name).order_by(PoolRow.id)).scalars())
except AnthologyError as error:
    print(f"{type(error).__name__}: {error}")
"""


@pytest.fixture(autouse=True)
def everybody_may_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHOLOGY_UMASK", "022")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that another user can look into, as pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="anthology-looking-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def folder(place: Path) -> Iterator[Path]:
    folder = place / "home"
    folder.mkdir()
    yield folder
    folder.chmod(0o755)


@pytest.fixture
def owner(folder: Path) -> Iterator[Engine]:
    """The owner's open database, as of a worker that runs: with its log and its memory."""
    engine = open_database(f"sqlite:///{folder / 'a.db'}")
    add(engine, "one")
    yield engine
    engine.dispose()


def add(engine: Engine, name: str) -> None:
    with writing(engine) as session:
        session.add(PoolRow(name=name, recipe={}, model="m", count=1, created_at=0.0))


def seen(file: Path) -> str:
    """What another user sees, who can write neither the file nor its folder."""
    file.parent.chmod(0o555)
    for one in file.parent.iterdir():
        one.chmod(stat.S_IMODE(one.stat().st_mode) & ~0o222)
    before = sorted(one.name for one in file.parent.iterdir())
    other = file.parent.parent / "other.db"
    open_database(f"sqlite:///{other}").dispose()
    found = subprocess.run(
        [sys.executable, "-c", LOOK, str(file), str(other)],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert sorted(one.name for one in file.parent.iterdir()) == before
    return (found.stdout + found.stderr).strip()


def test_a_colleague_sees_what_a_running_worker_wrote_last(owner: Engine, folder: Path) -> None:
    assert (folder / "a.db-wal").stat().st_size
    assert seen(folder / "a.db") == "one"


def test_a_colleague_sees_a_database_that_nobody_has_open(owner: Engine, folder: Path) -> None:
    owner.dispose()
    assert not (folder / "a.db-wal").exists()
    assert seen(folder / "a.db") == "one"


def test_a_colleague_sees_what_a_worker_that_was_killed_left_in_the_log(
    owner: Engine, folder: Path, place: Path
) -> None:
    left = place / "left"
    shutil.copytree(folder, left)  # with -wal and -shm, which nobody has open
    assert (left / "a.db-wal").stat().st_size
    assert seen(left / "a.db") == "one"


def test_a_log_that_cannot_be_read_is_never_left_out(
    owner: Engine, folder: Path, place: Path
) -> None:
    """Without the memory that a reader would have to make beside it; the answers are in the log."""
    left = place / "left"
    left.mkdir()
    for name in ("a.db", "a.db-wal"):
        shutil.copy(folder / name, left / name)
    said = seen(left / "a.db")
    assert said.startswith("SetupError: ")
    assert "a.db-wal" in said
    assert "ANTHOLOGY_DATABASE_URL=sqlite:////" in said
    assert "\n" not in said


def test_nor_is_one_whose_memory_is_another_users_secret(owner: Engine, folder: Path) -> None:
    if os.geteuid():
        pytest.skip("needs a second user")
    (folder / "a.db-shm").chmod(0o600)
    assert seen(folder / "a.db").startswith("SetupError: ")


def test_a_copy_of_the_file_alone_and_a_folder_with_strange_letters_are_read(
    owner: Engine, folder: Path, place: Path
) -> None:
    owner.dispose()
    odd = place / "50% of #1 ünï"
    odd.mkdir()
    shutil.copy(folder / "a.db", odd / "b.db")
    assert seen(odd / "b.db") == "one"


def test_a_database_that_is_not_in_wal_mode_is_read_too(
    owner: Engine, folder: Path, place: Path
) -> None:
    """As `VACUUM INTO` makes it."""
    (place / "c").mkdir()
    with sqlite3.connect(folder / "a.db") as connection:
        connection.execute("VACUUM INTO ?", (str(place / "c" / "c.db"),))
    connection.close()
    assert seen(place / "c" / "c.db") == "one"


def test_what_cannot_be_read_at_all_is_a_sentence(owner: Engine, folder: Path, place: Path) -> None:
    if os.geteuid():
        pytest.skip("needs a second user")
    (folder / "a.db").chmod(0o600)
    assert seen(folder / "a.db").startswith("SetupError: the database ")
    place.chmod(0o700)
    assert seen(folder / "a.db").startswith("SetupError: the database ")


def test_the_owner_who_only_looks_changes_nothing(owner: Engine, folder: Path) -> None:
    """Neither the journal's mode nor a row, and leaves no file behind."""
    owner.dispose()
    looking = open_to_look(f"sqlite:///{folder / 'a.db'}")
    before = (folder / "a.db").read_bytes()
    with reading(looking) as session:
        assert session.execute(select(PoolRow.name)).scalars().all() == ["one"]
    with pytest.raises(DBAPIError, match="readonly"), writing(looking) as session:
        session.execute(text("DELETE FROM pool"))
    assert [file.name for file in folder.iterdir()] == ["a.db"]
    assert (folder / "a.db").read_bytes() == before


def test_who_looks_sees_what_is_written_meanwhile(owner: Engine, folder: Path) -> None:
    looking = open_to_look(f"sqlite:///{folder / 'a.db'}")
    for name in ("two", "three"):
        add(owner, name)
        with reading(looking) as session:
            assert name in session.execute(select(PoolRow.name)).scalars().all()


@pytest.fixture
def far(owner: Engine, folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The database, on a network file system."""
    table = place / "mountinfo"
    table.write_text(f"36 35 98:0 / {os.path.realpath(folder)} rw - nfs4 server:/home rw\n")
    monkeypatch.setattr(file_systems, "MOUNTS", table)
    return folder / "a.db"


def test_over_a_network_only_a_file_that_nobody_writes_is_read(owner: Engine, far: Path) -> None:
    with pytest.raises(SetupError, match=r"network file system \(nfs4\).*a\.db-wal"):
        open_to_look(f"sqlite:///{far}")
    owner.dispose()
    with reading(open_to_look(f"sqlite:///{far}")) as session:
        assert session.execute(select(PoolRow.name)).scalars().all() == ["one"]
    assert [file.name for file in far.parent.iterdir()] == ["a.db"]


def test_a_file_that_is_written_while_it_is_read_without_locks_gives_no_figures(
    owner: Engine, far: Path
) -> None:
    owner.dispose()
    looking = open_to_look(f"sqlite:///{far}")
    with pytest.raises(SetupError, match="try again"), reading(looking) as session:  # noqa: PT012
        session.execute(select(PoolRow.name)).all()
        writer = connect(f"sqlite:///{far}")
        add(writer, "two")
        writer.dispose()  # which moves the log into the file
    with reading(looking) as session:
        assert session.execute(select(PoolRow.name)).scalars().all() == ["one", "two"]


@pytest.mark.parametrize("how", ["SELECT only", "hot standby"])
def test_a_role_that_can_only_read_postgresql_sees_everything(how: str, postgres_url: str) -> None:
    owner = open_database(postgres_url)
    add(owner, "one")
    role = f"reader_{how[0].lower()}"
    with owner.begin() as connection:
        connection.exec_driver_sql(f"DROP ROLE IF EXISTS {role}")
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        if how == "SELECT only":
            connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        else:
            connection.exec_driver_sql(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
            connection.exec_driver_sql(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    url = postgres_url.replace("anthology@", f"{role}@")
    looking, revision = look_at(url)
    assert revision == HEAD
    with reading(looking) as session:
        assert session.execute(select(PoolRow.name)).scalars().all() == ["one"]
    looking.dispose()
    with owner.begin() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {role}")
        connection.exec_driver_sql(f"DROP ROLE {role}")
    owner.dispose()

"""Files of ours: for whom the user allows, whole or not at all, and over nothing of the user's."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from anthology.models.database.sessions import open_database
from anthology.models.errors import InputError
from anthology.models.runtime import file_writing
from anthology.models.runtime.file_writing import (
    drafts_in,
    make_file,
    make_folder,
    others_read,
    publish,
    refuse_others,
)


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def any_umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def published(target: Path, text: str) -> None:
    with drafts_in(target.parent) as folder:
        draft = folder / "draft"
        draft.write_text(text)
        publish({draft: target})


@pytest.mark.usefixtures("any_umask")
def test_whatever_the_umask_files_and_folders_are_their_users(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_file(tmp_path / "a" / "empty")
    os.umask(0o022)  # which only drafts meet, in a folder that nobody else enters
    published(tmp_path / "a" / "file", "x")
    assert [mode(tmp_path / "a" / name) for name in ("", "b", "empty", "file")] == [
        0o700, 0o700, 0o600, 0o600,
    ]  # fmt: skip


@pytest.mark.parametrize(("mask", "file", "folder"), [("007", 0o660, 0o770), ("022", 0o644, 0o755)])
def test_a_group_or_everybody_may_be_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: str, file: int, folder: int
) -> None:
    monkeypatch.setenv("ANTHOLOGY_UMASK", mask)
    make_folder(tmp_path / "a")
    published(tmp_path / "a" / "file", "x")
    assert (mode(tmp_path / "a"), mode(tmp_path / "a" / "file")) == (folder, file)


@pytest.mark.parametrize("mask", ["777", "177", "0o22", "77777", "9", "rwx", "-22"])
def test_a_mask_that_is_none_or_would_lock_the_user_out_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: str
) -> None:
    monkeypatch.setenv("ANTHOLOGY_UMASK", mask)
    with pytest.raises(InputError, match="ANTHOLOGY_UMASK: should be 077"):
        make_folder(tmp_path / "a")


def test_a_folder_in_a_groups_folder_is_the_groups(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    make_folder(tmp_path / "a")
    assert mode(tmp_path / "a") in (0o2700, 0o700)  # some disks inherit no group
    assert (tmp_path / "a").stat().st_gid == tmp_path.stat().st_gid


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    for name in ("a", "link"):
        make_folder(tmp_path / name)
    assert mode(tmp_path / "a") == 0o755


def test_a_file_that_is_replaced_keeps_the_mode_that_the_user_gave_it(tmp_path: Path) -> None:
    target = tmp_path / "file"
    published(target, "one")
    target.chmod(0o644)
    published(target, "two")
    assert (target.read_text(), mode(target)) == ("two", 0o644)


@pytest.mark.usefixtures("any_umask")
def test_a_database_and_what_sqlite_keeps_beside_it_are_their_users(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'new' / 'a.db'}")
    with database.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM study")
        files = list((tmp_path / "new").iterdir())
    assert {file.name for file in files} == {"a.db", "a.db-wal", "a.db-shm"}
    assert [mode(file) for file in files] == [0o600] * 3
    assert mode(tmp_path / "new") == 0o700


def test_a_database_in_memory_makes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_database("sqlite:///:memory:")
    open_database("sqlite://")
    assert list(tmp_path.iterdir()) == []


# --- what is not ours ----------------------------------------------------------------------------


def test_what_we_did_not_write_is_named_and_only_replaced_by_force(tmp_path: Path) -> None:
    mine, theirs, new = tmp_path / "mine", tmp_path / "theirs", tmp_path / "new"
    mine.touch()
    theirs.touch()

    def ours(file: Path) -> bool:
        return file == mine

    refuse_others([mine, new], ours, force=False)
    with pytest.raises(InputError, match=r"theirs exists and is not what .* --force"):
        refuse_others([mine, theirs, new], ours, force=False)
    refuse_others([mine, theirs, new], ours, force=True)


@pytest.mark.parametrize("dangling", [True, False])
def test_a_link_is_the_users_and_by_force_the_link_is_replaced_not_its_file(
    tmp_path: Path, dangling: bool
) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    if not dangling:
        real.write_text("survey")
    link.symlink_to(real)
    with pytest.raises(InputError, match="link exists"):
        refuse_others([link], lambda _: True, force=False)
    refuse_others([link], lambda _: True, force=True)
    published(link, "ours")
    assert not link.is_symlink()
    assert real.exists() is not dangling
    assert dangling or real.read_text() == "survey"


def test_the_other_name_of_a_file_keeps_its_content(tmp_path: Path) -> None:
    (tmp_path / "survey").write_text("survey")
    os.link(tmp_path / "survey", tmp_path / "out")
    published(tmp_path / "out", "ours")
    assert (tmp_path / "survey").read_text() == "survey"


@pytest.mark.parametrize("force", [True, False])
def test_folders_and_devices_are_never_replaced(tmp_path: Path, force: bool) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, said in (("folder", "it is a folder"), ("pipe", "it is no ordinary file")):
        with pytest.raises(InputError, match=f"{name} cannot be written: {said}"):
            refuse_others([tmp_path / name], lambda _: True, force)


# --- all or none ---------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", range(5))
def test_of_several_files_all_are_replaced_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    """Two earlier files and a new one: five moves, each of which may fail."""
    for name in "ab":
        (tmp_path / name).write_text("old")
    moves = iter(range(100))
    rename = os.rename

    def failing(source: Path, target: Path) -> None:
        if next(moves) == broken:
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(file_writing.os, "rename", failing)
    with drafts_in(tmp_path) as folder:
        for name in "abc":
            (folder / name).write_text("new")
        with pytest.raises(KeyboardInterrupt):
            publish({folder / name: tmp_path / name for name in "abc"})
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a": "old", "b": "old"}


def test_of_several_files_the_new_ones_are_there_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with drafts_in(tmp_path) as folder:
        assert mode(folder) == 0o700
        for name in "ab":
            (folder / name).write_text("new")
        publish({folder / name: tmp_path / name for name in "ab"})
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a": "new", "b": "new"}


# --- who reads -----------------------------------------------------------------------------------


def test_others_read_what_its_mode_and_all_folders_above_let_them(tmp_path: Path) -> None:
    folder, file = tmp_path / "a", tmp_path / "a" / "file"
    folder.mkdir()
    file.touch()
    folder.chmod(0o755)
    file.chmod(0o644)
    open_above = all(above.stat().st_mode & 0o011 == 0o011 for above in folder.parents)
    assert others_read(file, 0o077) is open_above
    assert others_read(file, 0o007) is open_above
    assert not others_read(file, 0o022)  # the user lets all read
    file.chmod(0o600)
    assert not others_read(file, 0o077)
    file.chmod(0o644)
    folder.chmod(0o700)
    assert not others_read(file, 0o077)

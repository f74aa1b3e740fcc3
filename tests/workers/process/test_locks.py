"""Reserving GPUs and names: one launcher each, whoever starts it."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from anthology.models.errors import SetupError
from anthology.workers.process import locks

HOLD = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from anthology.workers.process import locks
lock = locks.reserve_gpu('GPU-0')
print("held" if lock else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(locks, "_runtime_folders", lambda: iter([]))


def test_a_reserved_gpu_is_refused_to_another_process_until_its_holder_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[3],
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert locks.reserve_gpu("GPU-0") is None
        assert locks.holder_of_gpu("GPU-0") == str(other.pid)
        free = locks.reserve_gpu("GPU-1")
        assert free is not None
        free.close()
        other.kill()
        other.wait()
    again = locks.reserve_gpu("GPU-0")
    assert again is not None
    again.close()


def test_the_holder_of_what_nobody_ever_held_is_unknown() -> None:
    assert locks.holder_of_gpu("GPU-9") == "unknown"


def test_a_gpus_lock_is_one_for_all_users_and_a_names_lock_is_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [locks.reserve_gpu("GPU-0"), locks.reserve("cpu0")]
    assert (tmp_path / "anthology-GPU-0.lock").stat().st_mode & 0o777 == 0o666
    monkeypatch.setattr(locks.os, "getuid", lambda: 4711)
    assert locks.reserve_gpu("GPU-0") is None
    other = locks.reserve("cpu0")
    for lock in (*held, other):
        assert lock is not None
        lock.close()


def test_another_user_is_refused_a_gpu_and_told_who_holds_it(tmp_path: Path) -> None:
    """With a real other user where this one may become one (root), else with the same."""
    tmp_path.chmod(0o1777)  # as the temporary folder of a machine is
    lock = locks.reserve_gpu("GPU-0")
    assert lock is not None
    code = (
        "import os, tempfile; from anthology.workers.process import locks; tempfile.tempdir = '.';"
        "os.chdir(os.environ['FOLDER']); os.getuid() or os.setgroups([]) or os.setuid(65534);"
        "print(locks.reserve_gpu('GPU-0'), locks.holder_of_gpu('GPU-0'))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[3], env={**os.environ, "FOLDER": str(tmp_path)},
    )  # fmt: skip
    assert found.stdout == f"None {os.getpid()}\n"
    lock.close()


@pytest.mark.parametrize("made", ["link", "folder", "hard link", "pipe"])
def test_what_somebody_put_in_a_locks_place_is_refused_and_left_as_it_is(
    made: str, tmp_path: Path
) -> None:
    diary = tmp_path / "diary"
    diary.write_text("dear diary")
    lock = tmp_path / "anthology-GPU-0.lock"
    {
        "link": lambda: lock.symlink_to(diary),
        "folder": lock.mkdir,
        "hard link": lambda: lock.hardlink_to(diary),
        "pipe": lambda: os.mkfifo(lock),
    }[made]()
    with pytest.raises(SetupError, match=r"the lock .*anthology-GPU-0\.lock .*; delete it"):
        locks.reserve_gpu("GPU-0")
    assert diary.read_text() == "dear diary"


def test_only_a_number_in_a_lock_is_believed(tmp_path: Path) -> None:
    (tmp_path / "anthology-GPU-0.lock").write_text("1; rm -rf \x1b[31m")
    assert locks.holder_of_gpu("GPU-0") == "unknown"


def runtime_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(locks, "_runtime_folders", lambda: iter([folder]))
    folder.mkdir(mode=0o700)
    return folder


def held(name: str = "cpu0") -> None:
    lock = locks.reserve(name)
    assert lock is not None
    assert locks.reserve(name) is None
    lock.close()


def test_a_names_lock_is_in_the_users_runtime_folder_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = runtime_folder(tmp_path / "run", monkeypatch)
    held()
    assert (folder / "anthology-cpu0.lock").exists()


def test_the_runtime_folder_is_what_the_session_or_the_system_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/mine")
    system = Path(f"/run/user/{os.getuid()}")
    assert list(locks._runtime_folders()) == [Path("/run/mine"), system]
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert list(locks._runtime_folders()) == [system]


@pytest.mark.parametrize("how", ["missing", "everybody's", "link", "another user's"])
def test_a_runtime_folder_that_others_may_write_is_not_used(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after `su`, which leaves XDG_RUNTIME_DIR as it was."""
    folder = runtime_folder(tmp_path / "run", monkeypatch)
    if how == "missing":
        folder.rmdir()
    elif how == "everybody's":
        folder.chmod(0o777)
    elif how == "link":
        folder.rename(tmp_path / "real")
        folder.symlink_to(tmp_path / "real")
    else:
        mine = locks._is_own
        monkeypatch.setattr(locks, "_is_own", lambda place: place != folder and mine(place))
    held()
    assert not list((tmp_path / "run").glob("*.lock"))
    assert (tmp_path / f"anthology-{os.getuid()}" / "anthology-cpu0.lock").exists()


@pytest.mark.parametrize("made", ["file", "link", "open to all", "dangling link"])
def test_what_somebody_put_in_the_own_folders_place_is_a_sentence(
    made: str, tmp_path: Path
) -> None:
    place = tmp_path / f"anthology-{os.getuid()}"
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    if made == "file":
        place.write_text("")
    elif made == "open to all":
        place.mkdir()
        place.chmod(0o777)
    else:
        place.symlink_to(other if made == "link" else tmp_path / "none")
    with pytest.raises(SetupError, match=r"no folder of this user alone.* XDG_RUNTIME_DIR"):
        locks.reserve("cpu0")
    assert not list(other.iterdir())
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("made", ["link", "folder", "hard link", "pipe"])
def test_nor_is_anything_but_a_file_of_its_own_taken_for_a_names_lock(
    made: str, tmp_path: Path
) -> None:
    diary = tmp_path / "diary"
    diary.write_text("dear diary")
    held("cpu1")
    lock = tmp_path / f"anthology-{os.getuid()}" / "anthology-cpu0.lock"
    {
        "link": lambda: lock.symlink_to(diary),
        "folder": lock.mkdir,
        "hard link": lambda: lock.hardlink_to(diary),
        "pipe": lambda: os.mkfifo(lock),
    }[made]()
    with pytest.raises(SetupError, match=r"the lock .*anthology-cpu0\.lock .*delete it"):
        locks.reserve("cpu0")
    assert diary.read_text() == "dear diary"


@pytest.mark.parametrize("work", [locks.reserve, locks.reserve_gpu])
@pytest.mark.parametrize("how", ["missing", "a file", "full"])
def test_a_temporary_folder_that_cannot_be_used_is_a_sentence(
    how: str, work: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "tmp"
    if how == "a file":
        place.write_text("")
    elif how == "full":
        place.mkdir()

        def full(*_: Any, **__: Any) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(locks.os, "open", full)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    with pytest.raises(SetupError, match=r"cannot be used \((No such|Not a|No space)"):
        work("x")


def test_without_any_temporary_folder_the_current_one_is_not_taken_for_everybodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's last resort: two launchers in two folders would both serve one GPU."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TMPDIR", raising=False)
    with pytest.raises(SetupError, match="no temporary folder can be written"):
        locks.reserve_gpu("GPU-0")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: (_ for _ in ()).throw(FileNotFoundError()))
    with pytest.raises(SetupError, match="no temporary folder can be written"):
        locks.reserve_gpu("GPU-0")


def test_a_lock_holds_on_a_full_disk_though_nobody_can_say_whose_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(locks.os, "write", full)
    lock = locks.reserve_gpu("GPU-0")
    assert lock is not None
    assert locks.reserve_gpu("GPU-0") is None
    assert locks.holder_of_gpu("GPU-0") == "unknown"
    lock.close()


def test_who_asks_for_the_holder_waits_for_no_pipe_and_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "number").write_text("42")
    (tmp_path / "anthology-GPU-1.lock").symlink_to(tmp_path / "number")
    os.mkfifo(tmp_path / "anthology-GPU-2.lock")
    assert {locks.holder_of_gpu(f"GPU-{n}") for n in (1, 2)} == {"unknown"}

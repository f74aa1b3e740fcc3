"""Reserving GPUs and names: one launcher each, whoever starts it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from models.errors import SetupError
from workers import locks

HOLD = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from workers import locks
lock = locks.reserve_gpu('GPU-0')
print("held" if lock else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_reserved_gpu_is_refused_to_another_process_until_its_holder_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
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
        "import os, tempfile; from workers import locks; tempfile.tempdir = '.';"
        "os.chdir(os.environ['FOLDER']); os.getuid() or os.setgroups([]) or os.setuid(65534);"
        "print(locks.reserve_gpu('GPU-0'), locks.holder_of_gpu('GPU-0'))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2], env={**os.environ, "FOLDER": str(tmp_path)},
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

"""Reserves GPUs and workers' names on this machine: one launcher each."""

import fcntl
import os
import re
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from models.errors import SetupError


def reserve(name: str) -> IO[str] | None:
    """A lock on a worker's name on this machine, held while the file is open; None if taken.

    A user has names of their own: two users' workers may bear the same.
    """
    path = _folder() / f"anthology-{os.getuid()}-{name}.lock"
    # No link is followed: the folder belongs to everybody.
    return _locked(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))


def reserve_gpu(uuid: str) -> IO[str] | None:
    """As `reserve`, for a GPU, of which all users of a machine have the same.

    By its UUID: two Slurm jobs that see one GPU each both call theirs number 0.

    Raises `SetupError` if the file is not one of ours, or another user lets nobody open it.
    """
    path = _gpu_lock(uuid)
    try:
        file = _open_for_everybody(path)
    except OSError as error:
        raise SetupError(f"the lock {path} cannot be used ({error}); delete it") from None
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:  # it would be emptied
        os.close(file)
        raise SetupError(f"the lock {path} is no file of its own; delete it")
    return _locked(file)


def holder_of_gpu(uuid: str) -> str:
    """The process id of whoever holds a GPU; others may write there, so only a number counts."""
    try:
        written = _gpu_lock(uuid).read_text(errors="replace").strip()
    except OSError:
        return "unknown"
    return written if re.fullmatch("[0-9]{1,10}", written) else "unknown"


def _folder() -> Path:
    return Path(tempfile.gettempdir())


def _gpu_lock(uuid: str) -> Path:
    return _folder() / f"anthology-{uuid}.lock"


def _open_for_everybody(path: Path) -> int:
    """Opened without O_CREAT where it exists: Linux refuses that for other users' files in a folder
    of everybody's (fs.protected_regular)."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK
    with suppress(FileExistsError):
        file = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
        os.fchmod(file, 0o666)  # whatever the umask says
        return file
    return os.open(path, flags)


def _locked(descriptor: int) -> IO[str] | None:
    file = os.fdopen(descriptor, "r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file

"""Reserves GPUs and workers' names on this machine: one launcher each."""

import fcntl
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from anthology.models.errors import SetupError

SHARED = ("/tmp", "/var/tmp", "/usr/tmp")  # where Python looks if nothing is set


def reserve(name: str) -> IO[str] | None:
    """A lock on a worker's name on this machine, held while the file is open; None if taken.

    A user has names of their own: two users' workers may bear the same. Raises `SetupError` where
    there is no place for it.
    """
    path = _own_folder() / f"anthology-{name}.lock"
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        return _locked(os.open(path, flags, 0o600), path)
    except OSError as error:
        raise _unusable(path, error) from None


def reserve_gpu(uuid: str) -> IO[str] | None:
    """As `reserve`, for a GPU, of which all users of a machine have the same.

    By its UUID: two Slurm jobs that see one GPU each both call theirs number 0.

    Raises `SetupError` if the file is not one of ours, or another user lets nobody open it.
    """
    path = _gpu_lock(uuid)
    try:
        return _locked(_open_for_everybody(path), path)
    except OSError as error:
        raise _unusable(path, error) from None


def holder_of_gpu(uuid: str) -> str:
    """The process id of whoever holds a GPU; others may write there, so only a number counts."""
    try:
        file = os.open(_gpu_lock(uuid), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            written = os.read(file, 100).decode(errors="replace").strip()
        finally:
            os.close(file)
    except OSError:
        return "unknown"
    return written if re.fullmatch("[0-9]{1,10}", written) else "unknown"


def _gpu_lock(uuid: str) -> Path:
    return _temporary() / f"anthology-{uuid}.lock"


def _temporary() -> Path:
    """The folder that all users of a machine share. Raises `SetupError` where there is none."""
    with suppress(FileNotFoundError):
        found = tempfile.gettempdir()
        if found != os.getcwd() or found in (*SHARED, os.environ.get("TMPDIR")):
            return Path(found)  # and not the current folder, which Python falls back on
    raise SetupError(
        f"no temporary folder can be written ({', '.join(SHARED)}): make room in one, or set TMPDIR"
    )


def _own_folder() -> Path:
    """Where nobody else can put a file: the user's runtime folder, or one in the temporary."""
    for folder in _runtime_folders():
        if _is_own(folder):
            return folder
    folder = _temporary() / f"anthology-{os.getuid()}"
    try:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
    except OSError as error:
        raise _unusable(folder, error) from None
    if not _is_own(folder):
        raise SetupError(
            f"{folder} is no folder of this user alone, so nothing can be locked there; delete it, "
            "or set XDG_RUNTIME_DIR to a folder that only this user can write"
        )
    return folder


def _runtime_folders() -> Iterator[Path]:
    if named := os.environ.get("XDG_RUNTIME_DIR"):
        yield Path(named)
    yield Path("/run/user") / str(os.getuid())


def _is_own(folder: Path) -> bool:
    """A folder, no link to one, that this user owns and can write, and nobody else can."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return (
        folder.is_absolute()
        and stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.geteuid()
        and not found.st_mode & 0o022
        and os.access(folder, os.W_OK | os.X_OK)
    )


def _open_for_everybody(path: Path) -> int:
    """Opened without O_CREAT where it exists: Linux refuses that for other users' files in a folder
    of everybody's (fs.protected_regular)."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK
    with suppress(FileExistsError):
        file = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
        os.fchmod(file, 0o666)  # whatever the umask says
        return file
    return os.open(path, flags)


def _locked(descriptor: int, path: Path) -> IO[str] | None:
    file = os.fdopen(descriptor, "r+")
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:  # it would be emptied
        file.close()
        raise SetupError(f"the lock {path} is no file of its own; delete it")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    with suppress(OSError):  # a full disk: only who asks for the holder would miss it
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
    return file


def _unusable(path: Path, error: OSError) -> SetupError:
    reason = error.strerror or str(error)
    return SetupError(
        f"the lock {path} cannot be used ({reason}); delete it, or make room for it, or have its "
        "owner do so"
    )

"""Finds NVIDIA GPUs and reserves them on this machine: one launcher a GPU."""

import fcntl
import os
import re
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from models import gpu_choice
from models.errors import InputError, SetupError


def detect() -> list[str]:
    """Names of the machine's NVIDIA GPUs in their order; empty without a driver."""
    import pynvml  # needs no GPU to import, but only a launcher needs it

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        return [str(pynvml.nvmlDeviceGetName(handle)) for handle in handles]
    finally:
        pynvml.nvmlShutdown()


def choose(gpus: str, group: int) -> list[list[int]]:
    """GPU numbers in groups of `group` for "all" or a list like "0,1".

    Raises `SetupError` without GPUs and `InputError` for numbers that are not there.
    """
    wanted = gpu_choice.numbers(gpus)
    found = detect()
    if not found:
        raise SetupError("no NVIDIA GPU was found; use --gpus cpu to run on the processor")
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    if wanted is None and re.fullmatch(r"\d+(,\d+)*", visible):  # as Slurm hands GPUs out
        numbers = [int(part) for part in visible.split(",")]
    else:
        numbers = list(range(len(found))) if wanted is None else wanted
    wrong = [n for n in numbers if not 0 <= n < len(found)]
    if wrong or len(set(numbers)) < len(numbers):
        raise InputError(f"--gpus {gpus}: this machine has GPUs 0 to {len(found) - 1}, each once")
    if len(numbers) % group:
        raise InputError(f"{len(numbers)} GPUs cannot be split into groups of {group}")
    return [numbers[i : i + group] for i in range(0, len(numbers), group)]


def reserve(name: str) -> IO[str] | None:
    """A lock on a worker's name on this machine, held while the file is open; None if taken.

    A user has names of their own: two users' workers may bear the same.
    """
    path = _folder() / f"anthology-{os.getuid()}-{name}.lock"
    # No link is followed: the folder belongs to everybody.
    return _locked(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))


def reserve_gpu(number: int) -> IO[str] | None:
    """As `reserve`, for a GPU, of which all users of a machine have the same.

    Raises `SetupError` if the file is not one of ours, or another user lets nobody open it.
    """
    path = _gpu_lock(number)
    try:
        file = _open_for_everybody(path)
    except OSError as error:
        raise SetupError(f"the lock {path} cannot be used ({error}); delete it") from None
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:  # it would be emptied
        os.close(file)
        raise SetupError(f"the lock {path} is no file of its own; delete it")
    return _locked(file)


def holder_of_gpu(number: int) -> str:
    """The process id of whoever holds a GPU; others may write there, so only a number counts."""
    try:
        written = _gpu_lock(number).read_text(errors="replace").strip()
    except OSError:
        return "unknown"
    return written if re.fullmatch("[0-9]{1,10}", written) else "unknown"


def _folder() -> Path:
    return Path(tempfile.gettempdir())


def _gpu_lock(number: int) -> Path:
    return _folder() / f"anthology-gpu{number}.lock"


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

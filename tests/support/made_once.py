"""What is slow to make is made once for all processes of a run, by the first that asks for it."""

import fcntl
from collections.abc import Callable
from pathlib import Path


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """A folder that is there when this returns: as it is, or filled by `make`.

    What was interrupted is made again, never taken for whole.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            draft = folder.with_name(f".{folder.name}")
            draft.mkdir(exist_ok=True)
            make(draft)
            draft.rename(folder)
    return folder

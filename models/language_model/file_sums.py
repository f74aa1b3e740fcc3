"""SHA-256 sums of large files, each read once: a model's weights take minutes to read.

A sum is kept for as long as the file is the same to the file system, in this process and in a file
in ANTHOLOGY_HOME. Knows nothing of models.
"""

import hashlib
import json
import os
import re
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from anthology.models.settings import Settings

THREADS = 4  # hashlib lets go of Python's lock
# File systems write times in steps: a file could change again within one and look the same.
SETTLED_NS = 2_000_000_000
_SHA256 = re.compile(r"[0-9a-f]{64}")

Stamp = tuple[int, ...]

_lock = threading.Lock()  # who comes while the same files are read waits, and then finds the sums
_known: dict[str, tuple[Stamp, str]] = {}


def sums(files: Sequence[Path], *, keep: bool = True) -> list[str]:
    """The sums of files, in hexadecimal digits; without `keep` nothing is written."""
    with _lock:
        store = Settings().home / "model-sums.json"
        for place, entry in _read(store).items():
            _known.setdefault(place, entry)
        before = dict(_known)
        with ThreadPoolExecutor(THREADS) as threads:
            found = list(threads.map(_sum, files))
        if keep and before != _known:
            _write(store)
    return found


def _sum(file: Path) -> str:
    named = _named_by_its_sum(file)
    if named is not None:
        return named
    place = str(file.resolve())
    stamp = _stamp(place)
    known = _known.get(place)
    if known is not None and known[0] == stamp:
        return known[1]
    with open(place, "rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    settled = time.time_ns() - stamp[-1] > SETTLED_NS
    if settled and _stamp(place) == stamp:
        _known[place] = (stamp, found)
    return found


def _named_by_its_sum(file: Path) -> str | None:
    """The sum that a Hugging Face cache calls a file by: a link in `snapshots` to one in `blobs`.

    Believed only of a file that has not changed since it was linked to: a program that saves into
    a snapshot writes through the link.
    """
    if not file.is_symlink():
        return None
    blob = Path(os.path.realpath(file))
    if blob.parent.name != "blobs" or not _SHA256.fullmatch(blob.name):
        return None
    untouched = blob.stat().st_ctime_ns <= file.lstat().st_ctime_ns
    return blob.name if untouched else None


def _stamp(place: str) -> Stamp:
    """The change time can be set by nobody, so a copy that keeps sizes and times is noticed."""
    stat = os.stat(place)
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def _read(store: Path) -> dict[str, tuple[Stamp, str]]:
    """Nothing where there is no such file, or one that somebody damaged."""
    try:
        kept = json.loads(store.read_text())
        return {
            str(place): (tuple(map(int, stamp)), str(found))
            for place, (stamp, found) in kept.items()
            if _SHA256.fullmatch(found)
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(store: Path) -> None:
    """In one step, and not at all where the folder is read-only or full: it only saves time."""
    with suppress(OSError):
        store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=store.parent, delete=False) as draft:  # 0600
            json.dump(_known, draft)
        os.replace(draft.name, store)

"""Which code this is: the package's version, and the digest of the sources of its rooms.

The version alone would not tell two checkouts apart.
"""

import hashlib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path

from anthology import models

ROOT = Path(models.__file__).parents[1]
ROOMS = ("models", "producer", "workers")
SOURCES = (".py", ".toml", ".txt")  # the last two are lists of words by which surveys are read
ELSEWHERE = ("producer", "public")  # in a checkout only: what scripts import


def version() -> str | None:
    """None in a checkout that is not installed."""
    try:
        return installed_version("anthology")
    except PackageNotFoundError:
        return None


def code_digest(root: Path = ROOT) -> str:
    """64 hex digits of every source file's name and bytes, wherever the rooms lie."""
    found = hashlib.sha256()
    for file in sorted(_sources(root), key=lambda file: file.relative_to(root).as_posix()):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        found.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
    return found.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for room in ROOMS:
        for file in (root / room).rglob("*"):
            inside = file.relative_to(root).parts[:2]
            if file.suffix in SOURCES and inside != ELSEWHERE and file.is_file():
                yield file

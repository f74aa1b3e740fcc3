"""Opens a SQLite file for who only looks: nothing is written, in it or beside it.

Also another user's, on a disk that cannot be written, or a copy. Never shows what is not true: a
file that cannot be read whole is refused.
"""

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from anthology.models.errors import SetupError
from anthology.models.runtime import file_systems

# What SQLite says where it finds no shared memory and may make none.
WITHOUT_MEMORY = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


class Look(sqlite3.Connection):
    """A connection that only looks. `still` is the file as it has to stay while it is looked at,
    where nothing else keeps a writer from changing it under the reader's hands."""

    still: tuple[Path, tuple[int, ...]] | None = None

    def refuse_change(self) -> None:
        """Raises `SetupError` if what was read may be half of one state and half of the next."""
        if self.still is not None and self.still[1] != _state(self.still[0]):
            raise SetupError(
                f"the database {self.still[0]} was written to while it was read, so what was read "
                "is not to be used; try again"
            )


def look(path: Path, patience_s: float) -> Look:
    """A connection that reads what is there now, and leaves neither a lock nor a file behind.

    Who could write opens the file as a writer does: SQLite then sees to everything. Whom the file
    or its folder keeps from writing shares the memory of the writers (the file `-shm`), or reads
    the file as it lies there where nobody can be writing. Raises `SetupError` where neither is
    possible: a log (`-wal`) that cannot be read holds answers, and without them figures are wrong.
    """
    path = path.absolute()
    far = file_systems.network_of(path)
    if far is None and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK):
        return _open(path, "mode=rw", patience_s)
    if far is None:
        try:
            return _open(path, "mode=ro&readonly_shm=1", patience_s)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in WITHOUT_MEMORY or not os.access(path, os.R_OK):
                raise
    _refuse_unread_log(path, far)
    before = _state(path)
    connection = _open(path, "mode=ro&immutable=1", patience_s)
    connection.still = (path, before)
    return connection


def _open(path: Path, how: str, patience_s: float) -> Look:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{how}", uri=True, factory=Look, check_same_thread=False,
        timeout=patience_s, isolation_level=None,
    )  # fmt: skip
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # here it may fail
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_unread_log(path: Path, far: str | None) -> None:
    """Where writers may be at work, or died: an empty log with no memory beside it is nobody's."""
    log, memory = Path(f"{path}-wal"), Path(f"{path}-shm")
    if not (log.exists() and log.stat().st_size) and (far is not None or not memory.exists()):
        return
    where = f"on a network file system ({far})" if far else "here, where it cannot be written"
    raise SetupError(
        f"the database {path} cannot be read {where}: a worker writes it, or ended without closing "
        f"it, and part of it is in {log.name}; copy {path.name} and {log.name} into a folder of "
        "your own on a local disk and set ANTHOLOGY_DATABASE_URL=sqlite:////that/folder/"
        f"{path.name}"
    )


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns

"""One SQLite file is one machine's: refuses what a second one may write, too.

SQLite's locks do not hold on most network file systems, and the memory that writers in WAL mode
share never reaches another machine; both fail without a word, and answers are lost.
"""

import socket
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy import URL, Connection, inspect, text

from anthology.models.errors import InputError
from anthology.models.runtime import file_systems

SILENT_S = 60.0  # a worker that shows no sign for so long has ended
INSTEAD = (
    "use PostgreSQL (ANTHOLOGY_DATABASE_URL=postgresql://user:password@host/name), which takes in "
    "what `anthology export STUDY --format archive` gives"
)
PROCESSES = Path("/proc")
_ALIVE = text(
    "SELECT * FROM worker WHERE NOT stopped AND seen_at > "
    "(julianday('now') - 2440587.5) * 86400.0 - :silent_s ORDER BY name"
)
BOOT = Path("/proc/sys/kernel/random/boot_id")


def file_of(url: URL) -> Path | None:
    """Where a SQLite database's file is, or will be; None for PostgreSQL, and in memory."""
    file = url.database
    if url.get_backend_name() != "sqlite" or not file or ":memory:" in file:
        return None
    if file.startswith("file:"):
        return Path(unquote(file.removeprefix("file:").partition("?")[0]))
    return Path(file)


def refuse_network(file: Path) -> None:
    """Raises `InputError` for a file on a network file system."""
    kind = file_systems.network_of(file)
    if kind is not None:
        raise InputError(
            f"the SQLite file {file.absolute()} is on a network file system ({kind}), where SQLite "
            f"cannot keep writers apart; {INSTEAD}, or set ANTHOLOGY_HOME to a local disk"
        )


def refuse_others(connection: Connection, file: Path) -> None:
    """Raises `InputError` where workers of another machine serve the same file."""
    others = serving_elsewhere(connection)
    if others:
        raise InputError(
            f"{', '.join(others)} on another machine than this ({socket.gethostname()}) serves the "
            f"SQLite file {file.absolute()}, which only one can; {INSTEAD}; if that worker has "
            f"ended, wait for {SILENT_S:.0f} s"
        )


def serving_elsewhere(connection: Connection) -> list[str]:
    """Workers that showed a sign of life lately and whose host is not this one.

    Not those whose machine or process is this one's: hosts are renamed, and a container has a name
    of its own. Older versions did not write down their machine.
    """
    if not inspect(connection).has_table("worker"):
        return []
    rows = connection.execute(_ALIVE, {"silent_s": SILENT_S}).mappings()
    here, machine = socket.gethostname(), this_machine()
    others = [
        str(row["name"])
        for row in rows
        if str(row["name"]).rpartition("@")[2] != here
        and (machine is None or row.get("machine") != machine)
    ]
    return [name for name in others if not _runs_here(name)]


def this_machine() -> str | None:
    """What all containers of a machine share, until it starts anew; None where nothing says."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return None


def _runs_here(worker: str) -> bool:
    # As it is started, and as Celery calls it once it runs.
    names = (f"--hostname\0{worker}\0".encode(), f"[celeryd: {worker}:".encode())
    for process in PROCESSES.glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes()
            if any(name in command for name in names):
                return True
        except OSError:  # it ended, or is another user's whose processes are hidden
            continue
    return False

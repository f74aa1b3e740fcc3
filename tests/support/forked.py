"""Processes of ours that start at once: forked from one that has imported us, as real as others.

Each has its own id, session, environment, folder and streams; only what Python and our libraries
take to be imported, a second and a half of a core, is paid for once. The parent of all is the
standard library's fork server, one for each process of a test run, which holds no thread. What a
process does on its way out (`atexit`) is done, too. Not for tests of how commands start.
"""

import atexit
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from anthology.models.runtime.parent_process import parent_death_signal

# None of them starts a thread or reads the environment when it is imported.
IMPORTED = [
    "sqlmodel", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql", "psycopg", "redis",
    "celery.bin.celery", "celery.apps.worker", "celery.concurrency.thread", "kombu.transport.redis",
    "yaml", "numpy", "pandas", "pyreadstat", "rich.table", "rich.text", "alembic.command",
    "anthology.producer.cli.commands", "anthology.producer.submission.submission",
    "anthology.producer.monitoring.progress", "anthology.producer.transfer.export",
    "anthology.workers.runner.job_runner", "anthology.workers.runner.housekeeping", "fake_model",
    "anthology.workers.tasks.match", "anthology.workers.tasks.measure", "scipy.optimize",
    "scipy.special", "celery.worker.consumer", "celery.worker.components",
]  # fmt: skip

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(IMPORTED)


class Forked:
    """Such a process, with the part of `subprocess.Popen` that tests use."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], cwd: Path, out: Path, error: Path
    ) -> None:
        self.args = list(command)
        for place in (out, error):
            place.touch()  # who reads it need not wait
        places = (str(cwd), str(out), str(error))
        # Whatever a test patched or has open stays behind: the child comes from the server.
        self._process = _server.Process(target=_become, args=(self.args, dict(env), places))
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(
    command: Sequence[str], env: Mapping[str, str], cwd: Path, timeout: float
) -> "subprocess.CompletedProcess[str]":
    """What `subprocess.run` gives with captured text; raises `subprocess.TimeoutExpired`."""
    stem = cwd / f".ran-{os.getpid()}-{time.monotonic_ns()}"
    out, error = stem.with_suffix(".out"), stem.with_suffix(".err")
    try:
        process = Forked(command, env, cwd, out, error)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        return subprocess.CompletedProcess(list(command), code, out.read_text(), error.read_text())
    finally:
        out.unlink(missing_ok=True)
        error.unlink(missing_ok=True)


def _become(command: list[str], env: dict[str, str], places: tuple[str, str, str]) -> None:
    """As the fork server's child: in a session, a folder and with streams of its own."""
    os.setsid()
    ask = parent_death_signal()
    if ask is not None:
        ask(signal.SIGTERM)
    folder, out, error = places
    for stream, place in ((1, out), (2, error)):
        file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(file, stream)
        os.close(file)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    os.chdir(folder)
    go_on_as(command, env)


def go_on_as(command: list[str], env: Mapping[str, str]) -> NoReturn:
    """What an interpreter of its own would do with `-m module arguments` or with our command."""
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    _leave(_result(command))


def _result(command: list[str]) -> Any:
    try:
        if "-m" in command:
            at = command.index("-m")
            paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
            sys.path[:0] = [path for path in paths if path not in sys.path]
            sys.argv = ["", *command[at + 2 :]]
            runpy.run_module(command[at + 1], run_name="__main__", alter_sys=True)
        else:
            from anthology.producer.cli.commands import main

            sys.argv = ["-c", *command[command.index("-c") + 2 :]]
            main()
    except SystemExit as end:
        return end.code
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _leave(code: Any) -> NoReturn:
    """As the interpreter ends: first its threads, then what was registered, then all is written."""
    import threading

    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)

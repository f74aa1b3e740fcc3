"""Starts the real thing for tests: the command line and workers as processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import forked
import psutil
import yaml
from sqlalchemy import Engine, NullPool, create_engine, func, select, text
from sqlalchemy import table as sql_table

from anthology.models.database.namespace import namespace_of
from anthology.models.database.sessions import open_database
from anthology.models.jobs.messages import enqueue, make_app, scoped
from anthology.models.jobs.planning import Message
from anthology.models.runtime.parent_process import die_with_parent

T = TypeVar("T")
PRODUCER = Path(__file__).parents[2] / "producer"
PUBLIC = PRODUCER / "public"
EXAMPLE = PRODUCER / "examples" / "gss2018"
# -P: as the installed `anthology`, which does not look in the current folder either.
COMMAND = [sys.executable, "-P", "-c", "from anthology.producer.cli.commands import main; main()"]
ENGINE_LOADS_S = 300.0  # importing vLLM three times on two busy cores takes its time


@dataclass(frozen=True)
class System:
    """One Redis, one database and a folder; `run` is the command line in it."""

    folder: Path
    broker_url: str
    database_url: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "ANTHOLOGY_HOME": str(self.folder / "home"),
            "ANTHOLOGY_BROKER_URL": self.broker_url,
            "ANTHOLOGY_DATABASE_URL": self.database_url,
            "ANTHOLOGY_LEASE_S": "6",
            "ANTHOLOGY_SWEEP_S": "2",
            "ANTHOLOGY_GRACE_S": "1",
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "PYTHONPATH": str(PUBLIC),
        }

    @property
    def namespace(self) -> str:
        engine = open_database(self.database_url)
        try:
            return namespace_of(engine)
        finally:
            engine.dispose()

    def queue(self, name: str) -> str:
        """What a queue of this database is called in Redis."""
        return scoped(name, self.namespace)

    def enqueue(self, to_enqueue: Iterable[Message]) -> None:
        enqueue(make_app(self.broker_url, self.namespace), to_enqueue)

    def run(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return forked.run([*COMMAND, *arguments], self.environment, self.folder, timeout)

    def json(self, *arguments: str, timeout: float = 60) -> Any:
        """What a command prints with --json; the command has to succeed."""
        done = self.run(*arguments, "--json", timeout=timeout)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def count(self, table: str, condition: str) -> int:
        """Rows of a table that meet a condition."""
        with _looking(self.database_url).connect() as connection:
            counting = select(func.count()).select_from(sql_table(table)).where(text(condition))
            return int(connection.execute(counting).scalar_one())

    @contextmanager
    def worker(self, *arguments: str) -> Iterator["Launcher"]:
        log = self.folder / "worker.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [*COMMAND, "worker", *arguments], env=self.environment, cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )  # fmt: skip
        launcher = Launcher(process, log)
        try:
            yield launcher
        finally:
            launcher.stop()


@dataclass(frozen=True)
class Launcher:
    """A running `anthology worker` with the processes it has started."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def celery(self, queue: str) -> psutil.Process:
        """The Celery process that serves a queue."""

        def found() -> psutil.Process | None:
            for child in psutil.Process(self.process.pid).children():
                if any(queue in part for part in _command(child)):
                    return child
            return None

        return eventually(found, 90)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@cache
def _looking(database_url: str) -> Engine:
    """Looks are many and short: the engine stays, a connection does not, which faults may cut."""
    return create_engine(database_url, poolclass=NullPool)


def eventually(look: Callable[[], T | None], seconds: float, every: float = 0.2) -> T:
    """What `look` finds, asked again until it is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"nothing came within {seconds} s"
        time.sleep(every)


def stop_at_work(process: psutil.Process, at_work: Callable[[], object]) -> None:
    """Stops a process (SIGSTOP) at a moment when it has something in its hands.

    What is seen of a process that runs may be over before a signal reaches it.
    """

    def stopped_at_work() -> bool:
        process.suspend()
        eventually(lambda: process.status() == psutil.STATUS_STOPPED, 10, every=0.01)
        time.sleep(0.1)  # its database may still be doing what it was told last
        if at_work():
            return True
        process.resume()
        return False

    eventually(stopped_at_work, ENGINE_LOADS_S, every=0.05)


def small_study(folder: Path, model: str, **changes: Any) -> Path:
    """A study file of the example's kind that a tiny model finishes in seconds."""
    study = yaml.safe_load((EXAMPLE / "study.yaml").read_text())
    study["model"] = model
    study["humans"] |= {"file": str(EXAMPLE / "respondents.csv"), "sample": 8}
    study["pool"] |= {"count": 10, "max_tokens": 24, "min_tokens": 8}
    study["traits"] = {name: study["traits"][name] for name in ("gender", "party")}
    questions = study["questionnaire"]["questions"]
    study["questionnaire"]["questions"] = dict(list(questions.items())[:3])
    study |= {"chunk": 4, "conditions": ["none", "bio", "qa", "natural/greedy"], **changes}
    study = {key: value for key, value in study.items() if value is not None}
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(study, sort_keys=False))
    return path


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []

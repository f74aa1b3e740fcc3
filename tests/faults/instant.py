"""Starts workers with an instant engine, and compares what a study left with a fault-free run.

Knows processes and tables; the engine is that of `instant_worker.py`.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil
from fake_model import run_study, write_study
from forked import Forked
from made_once import made_once
from running import COMMAND, PUBLIC, System, eventually, stop_at_work
from sqlalchemy import create_engine, select
from sqlmodel import SQLModel

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Answer, LabelPrior, Match, Metric, Persona, Poll
from anthology.models.study.study import Study

HERE = Path(__file__).parent
QUEUES = "gpu.fake,cpu"
UNLIKE = {"study_id", "pool_id", "job_id"}  # ids, which hang on what ran first
Rows = dict[str, list[str]]
of_all_processes = Path()  # the folder that the processes of a run share; conftest.py sets it


@dataclass(frozen=True)
class InstantSystem(System):
    """A system whose workers take `delay_s` to answer a prompt.

    Their clock is wrong by the seconds in the file `clock`; `patience_ms` is what they wait for a
    locked SQLite file; `more` are other settings, with and without ANTHOLOGY_ before them.
    """

    delay_s: float = 0.0
    clock: Path | None = None
    patience_ms: int = 60_000
    lease_s: float = 3.0
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        paths = map(str, (PUBLIC, HERE.parent / "support", HERE))
        clock = {"ANTHOLOGY_INSTANT_CLOCK": str(self.clock)} if self.clock else {}
        return {
            **super().environment,
            "PYTHONPATH": os.pathsep.join(paths),
            "ANTHOLOGY_LEASE_S": str(self.lease_s),
            "ANTHOLOGY_SWEEP_S": "1",
            "ANTHOLOGY_INSTANT_DELAY_S": str(self.delay_s),
            "ANTHOLOGY_INSTANT_PATIENCE_MS": str(self.patience_ms),
            "ANTHOLOGY_INSTANT_SPELL": str(self._spell),
            "ANTHOLOGY_WORKER_MODEL": "fake",
            **clock,
            **self.more,
        }

    @property
    def _spell(self) -> Path:
        return self.folder / "spell"

    def cast(self, does: str, where: str = "") -> None:
        """From now on engines do something bad (see `instant_worker.py`) to prompts that hold a
        text: kill, raise, hang, die, refuse."""
        fresh = self._spell.with_suffix(".new")
        fresh.write_text(f"{does} {where}")
        fresh.rename(self._spell)

    def lift(self) -> None:
        self._spell.unlink()

    @contextmanager
    def instant_worker(self, name: str = "w0", concurrency: int = 2) -> Iterator["Process"]:
        """One worker without a launcher: when it dies it stays dead."""
        command = [
            sys.executable, "-m", "celery", "-A", "instant_worker", "worker", "--pool", "threads",
            "--concurrency", str(concurrency), "--hostname", f"{name}@test", "--queues", QUEUES,
            "--without-gossip", "--without-mingle", "--loglevel", "info",
        ]  # fmt: skip
        with self._process(command, self.folder / f"{name}.log") as process:
            yield process

    @contextmanager
    def instant_launcher(
        self, concurrency: int = 2, gpus: str = "cpu", name: str = "launcher"
    ) -> Iterator["Process"]:
        """A launcher with a worker for the model and one for the `cpu` queue."""
        arguments = {
            "model": "fake", "gpu_choice": gpus, "tensor_parallel": 1, "log_level": "info",
            "concurrency": concurrency, "options": {},
        }  # fmt: skip
        command = [sys.executable, "-m", "instant_worker", json.dumps(arguments)]
        with self._process(command, self.folder / f"{name}.log") as process:
            yield process

    @contextmanager
    def command(self, *arguments: str) -> Iterator["Process"]:
        """A command of ours that goes on while a test does something else."""
        log = self.folder / f"{arguments[0]}.log"
        with self._process([*COMMAND, *arguments], log) as process:
            yield process

    @contextmanager
    def _process(self, command: list[str], log: Path) -> Iterator["Process"]:
        child = Forked(command, self.environment, self.folder, log, log)
        process = Process(child, log)
        try:
            yield process
        finally:
            process.stop()

    def submit(self, people: int = 24, **changes: Any) -> Study:
        """Submits the fake model's study, of some seconds (or one with other fields)."""
        changes = {"pool": {"name": "people", "count": people, "max_tokens": 64}, **changes}
        path = write_study(self.folder, people=people, **changes)
        self.json("submit", str(path))
        return Study.load(path)

    def until_half_done(self) -> None:
        """Some polls are done and most surveys are not: the moment for a fault."""
        eventually(lambda: self.count("job", "kind = 'poll' AND state = 'done'"), 90, every=0.02)
        assert not self.count("job", "kind = 'measure'"), "the fault would come too late"

    def wait(self, study: str = "small", seconds: float = 90) -> dict[str, Any]:
        """What `wait` says of a study's end; it has to come, without an error."""
        done = self.run("wait", study, "--json", "--timeout", str(seconds), timeout=seconds + 30)
        assert done.returncode == 0, done.stdout + done.stderr + self.logs()
        return dict(json.loads(done.stdout))

    def logs(self) -> str:
        return "\n".join(log.read_text()[-4000:] for log in sorted(self.folder.glob("*.log")))


@dataclass(frozen=True)
class Process:
    """A worker or a launcher, and what it printed."""

    child: Forked
    log: Path

    def wait_for(self, words: str, times: int = 1, seconds: float = 90) -> None:
        """Until it has printed something so many times."""
        eventually(lambda: self.log.read_text().count(words) >= times, seconds)

    def stop_at_work(self, at_work: Callable[[], object]) -> None:
        """Stops it at a moment when it has something in its hands."""
        stop_at_work(psutil.Process(self.child.pid), at_work)

    def kill(self) -> None:
        """With its whole session, which no signal can prevent."""
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def stop(self) -> None:
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(25)
            except subprocess.TimeoutExpired:
                self.kill()


def results(url: str) -> Rows:
    """All results in a database, a line a row, without the ids of rows and jobs."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return {
                str(table.__tablename__): sorted(
                    json.dumps({k: v for k, v in row.items() if k not in UNLIKE}, sort_keys=True)
                    for row in connection.execute(select(_table(table))).mappings()
                )
                for table in (Persona, Poll, Match, LabelPrior, Answer, Metric)
            }
    finally:
        engine.dispose()


def faultless(folder: Path, study: Study) -> Rows:
    """The results that a study has when nothing goes wrong, worked out in a test's process: once
    for all tests of a run that submit the same study and people, each from a folder of its own."""

    def make(made: Path) -> None:
        url = f"sqlite:///{folder / 'faultless.db'}"
        database = open_database(url)
        run_study(database, study)
        database.dispose()
        (made / "results.json").write_text(json.dumps(results(url)))

    people = Path(study.humans.file).read_bytes()
    key = sha256(study.digest.encode() + people).hexdigest()[:16]
    found = made_once(of_all_processes / f"faultless-{key}", make)
    return dict(json.loads((found / "results.json").read_text()))


def _table(table: type[SQLModel]) -> Any:
    return SQLModel.metadata.tables[str(table.__tablename__)]

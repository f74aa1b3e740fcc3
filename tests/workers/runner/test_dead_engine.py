"""An engine that dies ends its worker, once every job in hand has been sent back."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_model import FakeEngine, jobs, make_runner, small_study, store
from runner_steps import away, in_thread, now_of, until
from sqlalchemy import Engine, update
from sqlalchemy.exc import OperationalError

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Job
from anthology.models.errors import EngineDied, Interrupted
from anthology.models.jobs import protocol
from anthology.workers.runner import database_retries, worker_process


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


def test_a_dead_engine_postpones_the_job_and_ends_the_worker(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    exits: list[int] = []
    monkeypatch.setattr(worker_process.os, "_exit", exits.append)
    runner = make_runner(
        database, FakeEngine(fault=lambda p: EngineDied("the engine process died"))
    )
    line = runner.do("survey", job, print)
    assert line.endswith("the engine process died")
    assert now_of(database, job).state == "pending"
    assert now_of(database, job).deaths == 1
    until(lambda: exits)
    assert exits == [70]
    with pytest.raises(Interrupted, match="not taken: this worker is stopping"):
        runner.do("survey", job, print)


def test_an_engine_that_did_jobs_before_it_died_ends_the_worker_with_another_code(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, small_study(tmp_path, people=2, conditions=["none", "bio"], chunk=8))
    first, second = (one.id or 0 for one in jobs(database))
    exits: list[int] = []
    monkeypatch.setattr(worker_process.os, "_exit", exits.append)
    model = FakeEngine()
    runner = make_runner(database, model)
    runner.do("survey", first, print)
    model.fault = lambda prompt: EngineDied("the engine process died")
    runner.do("survey", second, print)
    until(lambda: exits)
    assert exits == [71]


def test_a_dead_engine_gives_the_neighbours_jobs_back_before_the_worker_ends(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, small_study(tmp_path, people=2, conditions=["none", "bio"], chunk=8))
    first, second = (one.id or 0 for one in jobs(database))
    states: list[str] = []
    monkeypatch.setattr(
        worker_process.os, "_exit", lambda code: states.append(now_of(database, second).state)
    )
    model = FakeEngine(hangs=lambda prompt: "I am " in prompt)
    runner = make_runner(database, model)
    thread, said = in_thread(runner, second)
    until(lambda: len(model.prompts) == 2)
    model.fault = lambda prompt: EngineDied("the engine process died")
    runner.do("survey", first, print)
    thread.join(10)
    until(lambda: states)
    assert states == ["pending"]
    assert said[0].startswith("given back")
    assert now_of(database, second).deaths == 0


def test_a_dead_engine_ends_a_worker_whose_job_was_cancelled_just_before(
    database: Engine, job: int, exits: list[int]
) -> None:
    def die(prompt: str) -> Exception:
        with writing(database) as session:
            session.execute(update(Job).values(state="cancelled", lease_until=None))
        return EngineDied("the engine process died")

    line = make_runner(database, FakeEngine(fault=die)).do("survey", job, print)
    assert line.endswith("nothing was written")
    until(lambda: exits)
    assert exits == [70]


def test_a_dead_engine_ends_a_worker_whose_database_is_away(
    database: Engine, job: int, exits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_retries, "TRIES_WHEN_STOPPING", 2)
    monkeypatch.setattr(protocol, "postpone", away)
    runner = make_runner(
        database, FakeEngine(fault=lambda p: EngineDied("the engine process died"))
    )
    with pytest.raises(OperationalError):
        runner.do("survey", job, print)
    until(lambda: exits)
    assert exits == [70]


def test_a_dead_engine_counts_against_the_jobs_that_are_cancelled_because_of_it(
    database: Engine, tmp_path: Path, exits: list[int]
) -> None:
    """Else the one that kills engines could be the one that is never blamed."""
    store(database, small_study(tmp_path, people=2, conditions=["none", "bio"], chunk=8))
    first, second = (one.id or 0 for one in jobs(database))
    model = FakeEngine(hangs=lambda prompt: "I am " in prompt)
    runner = make_runner(database, model)
    thread, said = in_thread(runner, second)
    until(lambda: len(model.prompts) == 2)
    model.died = True
    model.fault = lambda prompt: EngineDied("the engine process died")
    runner.do("survey", first, print)
    thread.join(10)
    until(lambda: exits)
    assert said[0].endswith("the engine process died")
    assert now_of(database, second).deaths == 1


def test_the_process_really_exits_when_the_engine_died(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
sys.path.insert(0, "tests/support")
from fake_model import *
from anthology.models.database.sessions import open_database
from anthology.models.errors import EngineDied
folder = Path(sys.argv[1])
database = open_database(f"sqlite:///{folder / 'a.db'}")
store(database, small_study(folder, conditions=["none"]))
runner = make_runner(database, FakeEngine(fault=lambda p: EngineDied("dead")))
print(runner.do("survey", 1, print), flush=True)
import time; time.sleep(30)
"""
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60,
        cwd=Path(__file__).parents[3], check=False,
        env={**os.environ, "PYTHONPATH": "producer/public"},
    )  # fmt: skip
    assert found.returncode == 70, found.stderr
    assert "postponed" in found.stdout

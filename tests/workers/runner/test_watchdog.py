"""When a worker that lives but does nothing is ended, and when it is left alone."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from fake_model import FakeEngine, jobs, make_runner, small_study, store
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from anthology.models.database.sessions import open_database
from anthology.models.jobs import messages
from anthology.models.jobs.planning import Message
from anthology.producer.local.local_redis import LocalRedis, free_port
from anthology.workers.runner import watchdog, worker_process
from anthology.workers.runner.job_runner import JobRunner
from anthology.workers.runner.watchdog import Silence, watch_engine, watch_queue


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


def until(true: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


# --- silence -------------------------------------------------------------------------------------


def test_silence_grows_with_every_look_at_something_owed_that_does_not_move() -> None:
    silence = Silence(0.5)
    assert [silence.look(True, 7) for _ in range(4)] == [0.0, 0.5, 1.0, 1.5]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=1))
def test_silence_is_as_long_as_the_last_run_of_equal_looks_at_something_owed(
    looks: list[tuple[bool, int]],
) -> None:
    silence = Silence(1.0)
    heard = [silence.look(owed, moved) for owed, moved in looks][-1]
    run = 0
    while run < len(looks) and looks[-1 - run] == (True, looks[-1][1]):
        run += 1
    assert heard == max(0, run - 1)


# --- the engine ----------------------------------------------------------------------------------


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    codes: list[int] = []
    monkeypatch.setattr(worker_process.os, "_exit", codes.append)
    return codes


def surveying(database: Engine, folder: Path, model: FakeEngine) -> tuple[JobRunner, list[str]]:
    """A runner in the middle of a survey of eight people, watched with half a second's patience;
    and what it says in the end."""
    store(database, small_study(folder, conditions=["none"], chunk=8))
    runner = make_runner(database, model, hang_s=0.5)
    watch_engine(runner)
    said: list[str] = []
    threading.Thread(target=lambda: said.append(runner.do("survey", 1, print)), daemon=True).start()
    until(lambda: runner.held)
    return runner, said


def test_an_engine_that_owes_answers_and_makes_no_step_counts_as_dead(
    database: Engine, tmp_path: Path, exits: list[int]
) -> None:
    model = FakeEngine(hangs=lambda prompt: True)
    model.owes = 8
    _, said = surveying(database, tmp_path, model)
    until(lambda: exits)
    assert exits == [70]
    assert said[0].endswith("the engine made no progress for 0.5 s")
    (job,) = jobs(database)
    assert (job.state, job.deaths, job.error) == (
        "pending", 1, "the engine made no progress for 0.5 s",
    )  # fmt: skip


def test_a_long_generation_is_not_mistaken_for_a_hanging_engine(
    database: Engine, tmp_path: Path, exits: list[int]
) -> None:
    model = FakeEngine(hangs=lambda prompt: True)
    model.owes = 8
    runner, said = surveying(database, tmp_path, model)
    for _ in range(30):
        model.steps += 1
        time.sleep(0.05)
    assert (exits, said, runner.stopping.is_set()) == ([], [], False)
    model.owes = 0  # its watchdog lives as long as this process
    runner.stop()
    until(lambda: said)


def test_an_engine_that_owes_nothing_may_be_silent(
    database: Engine, tmp_path: Path, exits: list[int]
) -> None:
    runner, said = surveying(database, tmp_path, FakeEngine(hangs=lambda prompt: True))
    time.sleep(1.0)
    assert (exits, said) == ([], [])
    runner.stop()
    until(lambda: said)


@pytest.mark.parametrize("stopping", [False, True])
def test_a_dead_engine_ends_even_a_worker_that_is_stopping(
    database: Engine, exits: list[int], monkeypatch: pytest.MonkeyPatch, stopping: bool
) -> None:
    monkeypatch.setattr(watchdog, "DEAD_S", 0.3)
    model = FakeEngine()
    runner = make_runner(database, model, hang_s=0.5)
    if stopping:
        runner.stopping.set()
    watch_engine(runner)
    time.sleep(0.5)
    assert exits == []
    model.died = True
    until(lambda: exits)
    assert exits == [70]


# --- the queue -----------------------------------------------------------------------------------


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[JobRunner]:
    """Runners whose workers would have been ended."""
    runners: list[JobRunner] = []
    monkeypatch.setattr(watchdog, "_leave", runners.append)
    return runners


def waits_for(runner: JobRunner, seconds: float) -> None:
    """One message for the `cpu` queue, then some time."""
    messages.enqueue(
        messages.make_app(runner.settings.broker_url, "t"),
        [Message(1, "match", "cpu", "t", "c", 0, 1)],
    )
    time.sleep(seconds)


def test_a_worker_that_is_free_while_messages_wait_is_ended(
    database: Engine, redis_url: str, ended: list[JobRunner]
) -> None:
    runner = make_runner(database, None, broker_url=redis_url, stall_s=0.5)
    watch_queue(runner, ["gpu.a@t", "cpu@t"], 1)
    time.sleep(0.8)
    assert ended == [], "nothing waited yet"
    waits_for(runner, 0)
    until(lambda: ended)
    assert ended == [runner]


@pytest.mark.parametrize("spoil", ["busy", "receiving", "other queue", "stopping"])
def test_a_worker_is_left_alone_while(
    spoil: str, database: Engine, redis_url: str, ended: list[JobRunner]
) -> None:
    runner = make_runner(database, None, broker_url=redis_url, stall_s=0.5)
    runner.busy = 2 if spoil == "busy" else 1
    watch_queue(runner, ["gpu.m@t" if spoil == "other queue" else "cpu@t"], 2)
    waits_for(runner, 0)
    if spoil == "stopping":
        runner.stopping.set()
    for _ in range(24):
        runner.messages += spoil == "receiving"
        time.sleep(0.05)
    assert ended == []
    runner.stopping.set()


def test_a_redis_that_is_away_says_nothing_of_the_worker(
    database: Engine, ended: list[JobRunner]
) -> None:
    broker = f"redis://127.0.0.1:{free_port()}/0"
    runner = make_runner(database, None, broker_url=broker, stall_s=0.3)
    watch_queue(runner, ["gpu.a@t", "cpu@t"], 1)
    time.sleep(1.0)
    assert ended == []
    runner.stopping.set()


def test_a_redis_that_is_full_says_nothing_of_the_worker(
    database: Engine, tmp_path: Path, ended: list[JobRunner]
) -> None:
    with LocalRedis(tmp_path / "redis") as server:
        runner = make_runner(database, None, broker_url=server.url, stall_s=0.5)
        waits_for(runner, 0)
        with redis.Redis.from_url(server.url) as client:
            client.config_set("maxmemory", 1)
            watch_queue(runner, ["gpu.a@t", "cpu@t"], 1)
            time.sleep(1.2)
            assert ended == []
            client.config_set("maxmemory", 0)
        until(lambda: ended)


def test_messages_for_jobs_that_cannot_be_claimed_count_as_received(
    database: Engine,
) -> None:
    runner = make_runner(database, None)
    runner.do("match", 77, print)
    assert (runner.messages, runner.busy) == (1, 0)


def test_the_worker_ends_as_on_sigterm_and_by_force_if_need_be(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Any] = []
    monkeypatch.setattr(watchdog.os, "kill", lambda *sent: done.append(sent))
    monkeypatch.setattr(watchdog.os, "_exit", lambda code: done.append(code))
    monkeypatch.setattr(watchdog, "LAST_WORDS_S", 0.1)
    runner = make_runner(database, None)
    watchdog._leave(runner)
    assert runner.stopping.is_set()
    assert done == [(os.getpid(), signal.SIGTERM), 0]

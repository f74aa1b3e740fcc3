"""What a worker does around a job, with a real database and loop, and whatever may go wrong."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fake_model import (
    FakeEngine,
    FakeTokenizer,
    drain,
    jobs,
    run_study,
    small_study,
    station,
    store,
)
from sqlalchemy import Engine, event, func, select, update
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import Session, col

from anthology.models.database.sessions import connect, now_s, open_database, writing
from anthology.models.database.tables import Answer, Job
from anthology.models.errors import EngineDied, InputError, Interrupted
from anthology.models.jobs import broker, protocol
from anthology.models.jobs.messages import make_app
from anthology.models.jobs.protocol import Usage
from anthology.models.runtime import address
from anthology.producer.local.local_redis import free_port
from anthology.workers.engine.engine import PromptRefused
from anthology.workers.runner import database_retries, housekeeping
from anthology.workers.runner import job_runner as station_module
from anthology.workers.runner.job_runner import Station, backoff_s, summary


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def job(database: Engine, tmp_path: Path) -> int:
    """A survey of eight people."""
    store(database, small_study(tmp_path, conditions=["none"], chunk=8))
    return jobs(database)[0].id or 0


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The codes with which workers would have ended this process. Wait for them before the end."""
    codes: list[int] = []
    monkeypatch.setattr(station_module.os, "_exit", codes.append)
    return codes


def now_of(database: Engine, job: int) -> Job:
    with Session(database) as session:
        return session.get_one(Job, job)


def answers(database: Engine) -> int:
    with Session(database) as session:
        return session.execute(select(func.count()).select_from(Answer)).scalar_one()


def until(true: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def in_thread(desk: Station, job: int) -> tuple[threading.Thread, list[str]]:
    said: list[str] = []
    work = lambda: said.append(desk.do("survey", job, print))  # noqa: E731
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, said


def stubbornly(prompt: str) -> bool:
    """Hangs at the second question of everybody who said yes first: some finish, some never do."""
    return ") Yes\n\n" in prompt


def locked() -> OperationalError:
    return OperationalError("UPDATE job", {}, sqlite3.OperationalError("database is locked"))


def away(*_: Any, **__: Any) -> None:
    raise OperationalError("UPDATE job", {}, sqlite3.OperationalError("connection refused"))


# --- a job from beginning to end -----------------------------------------------------------------


def test_a_job_is_done_and_summed_up_in_one_line(database: Engine, job: int) -> None:
    desk = station(database, FakeEngine())
    line = desk.do("survey", job, print)
    assert "24 answers, 8 people, " in line
    assert "50% cached" in line
    stored = now_of(database, job)
    assert (stored.state, stored.worker, stored.attempt) == ("done", "tester", 1)
    assert stored.output_tokens == 24
    assert stored.prompt_tokens > 1000
    assert answers(database) == 24
    assert desk.held == {}


def test_a_duplicate_message_does_nothing(database: Engine, job: int) -> None:
    model = FakeEngine()
    desk = station(database, model)
    desk.do("survey", job, print)
    asked = len(model.prompts)
    assert desk.do("survey", job, print).startswith("nothing to do: done already, paused, ")
    assert len(model.prompts) == asked
    assert now_of(database, job).attempt == 1


def test_a_message_about_a_job_that_was_never_written_does_nothing(database: Engine) -> None:
    assert station(database, FakeEngine()).do("survey", 77, print).startswith("nothing to do")


def test_a_worker_says_once_that_jobs_are_submitted_to_another_database_than_its_own(
    database: Engine, job: int, caplog: pytest.LogCaptureFixture
) -> None:
    desk = station(database, FakeEngine())
    desk.do("survey", job, print)
    desk.do("survey", job, print)
    assert caplog.messages == []
    said = {desk.do("survey", missing, print) for missing in (77, 78)}
    (warning,) = caplog.messages
    assert said == {f"nothing to do: {warning}"}
    assert f"this worker's database {address.of_database(database.url)} has no such job" in warning
    assert "the same ANTHOLOGY_DATABASE_URL" in warning


def test_two_messages_at_once_do_the_work_once(database: Engine, job: int) -> None:
    model = FakeEngine(delay_s=0.02)
    desk = station(database, model)
    (one, said), (other, also_said) = in_thread(desk, job), in_thread(desk, job)
    one.join()
    other.join()
    assert sum("8 people" in line for line in [*said, *also_said]) == 1
    assert sum("nothing to do" in line for line in [*said, *also_said]) == 1
    assert len(model.prompts) == 24


def test_all_people_of_a_chunk_are_in_flight_together(database: Engine, job: int) -> None:
    started = time.monotonic()
    station(database, FakeEngine(delay_s=0.1)).do("survey", job, print)
    assert time.monotonic() - started < 24 * 0.1 * 0.7


def test_progress_is_told_while_people_answer(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_module, "PROGRESS_EVERY_S", 0.05)
    said: list[str] = []
    station(database, FakeEngine(delay_s=0.1)).do("survey", job, said.append)
    assert said
    assert said[0].startswith("0/8 people, ")


def test_a_job_that_it_unlocks_is_rung(database: Engine, job: int, redis_url: str) -> None:
    desk = station(database, FakeEngine())
    desk.app = make_app(redis_url, "t")
    desk.do("survey", job, print)
    assert broker.waiting(redis_url, ["cpu@t"]) == {"cpu@t": 1}


def test_a_job_is_done_though_redis_is_away(database: Engine, job: int) -> None:
    desk = station(database, FakeEngine())
    desk.app = make_app(f"redis://127.0.0.1:{free_port()}/0", "t")
    assert "8 people" in desk.do("survey", job, print)
    assert now_of(database, job).state == "done"


# --- faults --------------------------------------------------------------------------------------


def test_a_refused_prompt_is_an_answers_error_and_not_the_jobs(database: Engine, job: int) -> None:
    refuse = lambda prompt: PromptRefused("too long") if "Did you vote" in prompt else None  # noqa: E731
    assert "8 people" in station(database, FakeEngine(fault=refuse)).do("survey", job, print)
    assert now_of(database, job).state == "done"
    assert answers(database) == 24


def test_bad_input_fails_the_job_at_once(database: Engine, job: int) -> None:
    fault = lambda prompt: InputError("this can never work")  # noqa: E731
    line = station(database, FakeEngine(fault=fault)).do("survey", job, print)
    assert line == "failed: this can never work"
    stored = now_of(database, job)
    assert (stored.state, stored.error, stored.deaths) == ("failed", "this can never work", 0)
    assert [one.kind for one in jobs(database, "measure")] == ["measure"]


def test_unreadable_labels_fail_the_job_at_once(database: Engine, job: int) -> None:
    class Deaf(FakeTokenizer):
        def encode(self, text: str) -> list[int]:
            return super().encode(text.replace("B", "A"))

    desk = station(database, FakeEngine())
    desk.tokenizer = Deaf()
    assert desk.do("survey", job, print).startswith("failed: 'A)' and 'B)' have the same tokens")
    assert now_of(database, job).state == "failed"


def test_a_worker_without_a_model_does_not_keep_model_work(database: Engine, job: int) -> None:
    line = station(database, None).do("survey", job, print)
    assert line == "not taken: a survey job needs a model"
    assert (now_of(database, job).state, now_of(database, job).attempt) == ("pending", 0)


def test_an_unexpected_fault_postpones_the_job(database: Engine, job: int) -> None:
    desk = station(database, FakeEngine(fault=lambda prompt: OSError("No space left on device")))
    line = desk.do("survey", job, print)
    assert "postponed for" in line
    assert "OSError: No space left on device" in line
    stored = now_of(database, job)
    assert (stored.state, stored.deaths) == ("pending", 1)
    assert stored.error == "OSError: No space left on device"
    assert stored.not_before > time.time()
    assert not desk.stopping.is_set()


def test_a_dead_engine_postpones_the_job_and_ends_the_worker(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    exits: list[int] = []
    monkeypatch.setattr(station_module.os, "_exit", exits.append)
    desk = station(database, FakeEngine(fault=lambda p: EngineDied("the engine process died")))
    line = desk.do("survey", job, print)
    assert line.endswith("the engine process died")
    assert now_of(database, job).state == "pending"
    assert now_of(database, job).deaths == 1
    until(lambda: exits)
    assert exits == [70]
    with pytest.raises(Interrupted, match="not taken: this worker is stopping"):
        desk.do("survey", job, print)


def test_an_engine_that_did_jobs_before_it_died_ends_the_worker_with_another_code(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, small_study(tmp_path, people=2, conditions=["none", "bio"], chunk=8))
    first, second = (one.id or 0 for one in jobs(database))
    exits: list[int] = []
    monkeypatch.setattr(station_module.os, "_exit", exits.append)
    model = FakeEngine()
    desk = station(database, model)
    desk.do("survey", first, print)
    model.fault = lambda prompt: EngineDied("the engine process died")
    desk.do("survey", second, print)
    until(lambda: exits)
    assert exits == [71]


def test_a_dead_engine_gives_the_neighbours_jobs_back_before_the_worker_ends(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, small_study(tmp_path, people=2, conditions=["none", "bio"], chunk=8))
    first, second = (one.id or 0 for one in jobs(database))
    states: list[str] = []
    monkeypatch.setattr(
        station_module.os, "_exit", lambda code: states.append(now_of(database, second).state)
    )
    model = FakeEngine(hangs=lambda prompt: "I am " in prompt)
    desk = station(database, model)
    thread, said = in_thread(desk, second)
    until(lambda: len(model.prompts) == 2)
    model.fault = lambda prompt: EngineDied("the engine process died")
    desk.do("survey", first, print)
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

    line = station(database, FakeEngine(fault=die)).do("survey", job, print)
    assert line.endswith("nothing was written")
    until(lambda: exits)
    assert exits == [70]


def test_a_dead_engine_ends_a_worker_whose_database_is_away(
    database: Engine, job: int, exits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_retries, "TRIES_WHEN_STOPPING", 2)
    monkeypatch.setattr(protocol, "postpone", away)
    desk = station(database, FakeEngine(fault=lambda p: EngineDied("the engine process died")))
    with pytest.raises(OperationalError):
        desk.do("survey", job, print)
    until(lambda: exits)
    assert exits == [70]


def test_a_dead_engine_counts_against_the_jobs_that_are_cancelled_because_of_it(
    database: Engine, tmp_path: Path, exits: list[int]
) -> None:
    """Else the one that kills engines could be the one that is never blamed."""
    store(database, small_study(tmp_path, people=2, conditions=["none", "bio"], chunk=8))
    first, second = (one.id or 0 for one in jobs(database))
    model = FakeEngine(hangs=lambda prompt: "I am " in prompt)
    desk = station(database, model)
    thread, said = in_thread(desk, second)
    until(lambda: len(model.prompts) == 2)
    model.died = True
    model.fault = lambda prompt: EngineDied("the engine process died")
    desk.do("survey", first, print)
    thread.join(10)
    until(lambda: exits)
    assert said[0].endswith("the engine process died")
    assert now_of(database, second).deaths == 1


def test_the_process_really_exits_when_the_engine_died(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from fake_model import *
from anthology.models.database.sessions import open_database
from anthology.models.errors import EngineDied
folder = Path(sys.argv[1])
database = open_database(f"sqlite:///{folder / 'a.db'}")
store(database, small_study(folder, conditions=["none"]))
desk = station(database, FakeEngine(fault=lambda p: EngineDied("dead")))
print(desk.do("survey", 1, print), flush=True)
import time; time.sleep(30)
"""
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60,
        cwd=Path(__file__).parents[3], check=False,
        env={**os.environ, "PYTHONPATH": "producer/public"},
    )  # fmt: skip
    assert found.returncode == 70, found.stderr
    assert "postponed" in found.stdout


def test_a_job_that_meets_a_fault_again_and_again_fails_with_its_reason(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"], chunk=1))
    job = jobs(database)[0].id or 0
    desk = station(database, FakeEngine(fault=lambda prompt: OSError("disk")), max_deaths=2)
    desk.do("survey", job, print)
    with writing(database) as session:
        session.execute(update(Job).values(not_before=0.0))
    desk.do("survey", job, print)
    assert (now_of(database, job).state, now_of(database, job).error) == ("failed", "OSError: disk")


def test_a_time_out_inside_the_engine_postpones_the_job(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`future.result(timeout)` raises the same class when only the wait timed out."""
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if len(said) > 3:  # the worker would go round and round
            raise RuntimeError("a finished job was waited for")

    desk = station(database, FakeEngine(fault=lambda prompt: TimeoutError("no answer in 60 s")))
    desk.do("survey", job, say)
    assert now_of(database, job).error == "TimeoutError: no answer in 60 s"


# --- lost leases ---------------------------------------------------------------------------------


def test_a_worker_that_lost_its_lease_writes_nothing(database: Engine, job: int) -> None:
    model = FakeEngine(hangs=lambda prompt: bool(model.prompts[7:8]) and not gate.is_set())
    gate = threading.Event()
    desk = station(database, model)
    thread, said = in_thread(desk, job)
    until(lambda: len(model.prompts) >= 8)
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == job).values(lease_until=now_s() - 1))
    other = protocol.claim(database, job, "other", 60, 5)
    assert other is not None
    assert protocol.renew(database, desk.held.values(), 60) == {(job, 1)}
    desk.drop({(job, 1)})
    thread.join(10)
    assert said == [f"job {job} was cancelled or went to another worker; nothing was written"]
    assert answers(database) == 0
    assert now_of(database, job).worker == "other"
    until(lambda: model.cancelled)
    protocol.finish(database, other, [], Usage(), None)


def test_a_lease_lost_only_at_the_end_writes_nothing(database: Engine, job: int) -> None:
    desk = station(database, FakeEngine(delay_s=0.1))
    thread, said = in_thread(desk, job)
    until(lambda: desk.held)
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == job).values(attempt=Job.attempt + 1))
    thread.join(10)
    assert said == [f"job {job} was cancelled or went to another worker; nothing was written"]
    assert answers(database) == 0


def test_a_worker_that_takes_its_own_job_again_drops_the_old_attempt_and_keeps_the_new_one(
    database: Engine, job: int
) -> None:
    """Its leases ran out unseen, as while it was stopped, and another worker's sweep enqueued."""
    well = threading.Event()
    desk = station(database, FakeEngine(delay_s=0.3, hangs=lambda prompt: not well.is_set()))
    old, said = in_thread(desk, job)
    until(lambda: desk.held and desk._futures)
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == job).values(lease_until=now_s() - 1))
    assert [message.id for message in protocol.sweep(database, 5).returned] == [job]
    well.set()
    new, also_said = in_thread(desk, job)
    old.join(10)
    assert said == [f"job {job} was cancelled or went to another worker; nothing was written"]
    before = now_of(database, job).lease_until or 0
    assert protocol.renew(database, desk.held.values(), 900) == set()
    assert (now_of(database, job).lease_until or 0) > before + 800
    new.join(10)
    assert "24 answers, 8 people" in also_said[0]
    assert (now_of(database, job).state, now_of(database, job).attempt) == ("done", 2)
    assert (desk.held, desk._futures) == ({}, {})


# --- stopping ------------------------------------------------------------------------------------


def test_a_worker_that_stops_gives_its_job_back_with_whatever_is_done(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, people=30, conditions=["none"], chunk=30))
    job = jobs(database)[0].id or 0
    model = FakeEngine({"Yes": 1.0, "No": 1.0}, hangs=stubbornly)
    desk = station(database, model)
    thread, said = in_thread(desk, job)
    until(lambda: len(model.prompts) >= 60)
    time.sleep(0.2)
    desk.stop()
    thread.join(10)
    stored = now_of(database, job)
    kept = answers(database)
    assert (stored.state, stored.deaths, stored.worker) == ("pending", 0, None)
    assert 0 < kept < 90
    assert kept % 3 == 0  # whole people only
    assert said == [f"given back with {kept // 3} people stored: this worker is stopping"]
    # Whoever takes it next asks only the others.
    next_one = FakeEngine({"Yes": 1.0, "No": 1.0})
    station(database, next_one).do("survey", job, print)
    assert len(next_one.prompts) == 90 - kept
    assert answers(database) == 90


def test_within_the_grace_period_a_job_may_finish(database: Engine, job: int) -> None:
    desk = station(database, FakeEngine(delay_s=0.1), grace_s=20.0)
    thread, said = in_thread(desk, job)
    until(lambda: desk.held)
    desk.stop()
    thread.join(10)
    assert "8 people" in said[0]
    assert now_of(database, job).state == "done"


def test_a_stopping_worker_takes_no_job(database: Engine, job: int) -> None:
    desk = station(database, FakeEngine())
    desk.stop()
    with pytest.raises(Interrupted, match="not taken: this worker is stopping"):
        desk.do("survey", job, print)
    assert now_of(database, job).attempt == 0


# --- the database away ---------------------------------------------------------------------------


def test_answers_wait_until_the_database_can_be_written(database: Engine, job: int) -> None:
    refused: list[str] = []

    @event.listens_for(database, "before_cursor_execute")
    def refuse(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO answer") and len(refused) < 2:
            refused.append(statement)
            raise station_module.DBAPIError.instance(
                statement, None, database.dialect.dbapi.OperationalError("disk I/O error"),  # type: ignore[union-attr]
                database.dialect.dbapi.Error,  # type: ignore[union-attr]
            )  # fmt: skip

    model = FakeEngine()
    line = station(database, model).do("survey", job, print)
    event.remove(database, "before_cursor_execute", refuse)
    assert len(refused) == 2
    assert "24 answers, 8 people" in line
    assert answers(database) == 24
    assert len(model.prompts) == 24  # nobody was asked again


def test_answers_that_the_database_never_takes_fail_the_job_with_the_reason(
    database: Engine, job: int
) -> None:
    """E.g. NaN or NUL in PostgreSQL: a DataError comes out of the Celery task, the lease runs out
    five times, and the job fails with "the worker died"."""

    @event.listens_for(database, "before_cursor_execute")
    def refuse(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO answer"):
            raise station_module.DBAPIError.instance(
                statement, None, database.dialect.dbapi.DataError("not JSON"),  # type: ignore[union-attr]
                database.dialect.dbapi.Error,  # type: ignore[union-attr]
            )  # fmt: skip

    try:
        station(database, FakeEngine()).do("survey", job, print)
    finally:
        event.remove(database, "before_cursor_execute", refuse)
    assert now_of(database, job).state != "running"


# --- small parts ---------------------------------------------------------------------------------


def test_waiting_grows_with_every_attempt_up_to_minutes() -> None:
    for attempt in range(1, 30):
        middle = min(300, 2 * 2 ** min(attempt, 10))
        delays = [backoff_s(attempt) for _ in range(50)]
        assert all(middle * 0.5 <= delay < middle * 1.5 for delay in delays)
        assert len(set(delays)) > 40


def test_a_summary_counts_people_rows_and_tokens() -> None:
    rows: Any = [(Answer, [{}, {}]), (Answer, [{}])]
    assert summary(rows, Usage(900, 450, 100), 2.0) == (
        "500 tok/s, 50% cached, 3 answers, 2 people, 1000 tokens"
    )
    assert summary(rows, Usage(), 2.0) == "3 rows in 2.0 s"


# --- a database that is away for a while ---------------------------------------------------------


def test_a_stopping_worker_stores_through_a_passing_conflict(database: Engine) -> None:
    desk = station(database, None)
    desk.stopping.set()
    faults = [locked(), locked()]

    def write() -> str:
        if faults:
            raise faults.pop()
        return "stored"

    assert desk._store(write) == "stored"


def test_a_stopping_worker_does_not_wait_for_ever_for_the_database(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_retries, "TRIES_WHEN_STOPPING", 2)
    desk = station(database, None)
    desk.stopping.set()
    tries = []

    def write() -> None:
        tries.append(1)
        raise locked()

    with pytest.raises(OperationalError):
        desk._store(write)
    assert len(tries) == 3


def test_a_finished_job_does_not_fail_when_its_worker_stops_while_the_database_is_away(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back when its lease runs out; failed, it would be so for good."""
    monkeypatch.setattr(database_retries, "TRIES_WHEN_STOPPING", 2)
    desk = station(database, FakeEngine(), grace_s=60)
    monkeypatch.setattr(protocol, "finish", lambda *_: (desk.stop(), away()))
    with pytest.raises(OperationalError):
        desk.do("survey", job, print)
    assert now_of(database, job).state == "running"
    assert desk.held == {}


def test_a_message_waits_while_the_database_is_away(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, faults = protocol.claim, [locked(), locked()]

    def claim(*arguments: Any, **named: Any) -> Any:
        if faults:
            raise faults.pop()
        return real(*arguments, **named)

    monkeypatch.setattr(protocol, "claim", claim)
    assert "8 people" in station(database, FakeEngine()).do("survey", job, print)
    assert now_of(database, job).attempt == 1


def test_a_message_that_waits_goes_back_when_its_worker_stops(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = station(database, FakeEngine())
    tries: list[int] = []
    monkeypatch.setattr(protocol, "claim", lambda *_, **__: (tries.append(1), away()))
    threading.Timer(0.2, desk.stop).start()
    with pytest.raises(Interrupted):
        desk.do("survey", job, print)
    assert tries == [1]


# --- a database behind a pooler ------------------------------------------------------------------


def prepared_already() -> ProgrammingError:
    error = psycopg.errors.DuplicatePreparedStatement('prepared statement "_pg3_5" already exists')
    return ProgrammingError("SELECT 1", {}, error)


@pytest.mark.parametrize("where", ["claim", "finish", "is_known"])
def test_an_error_of_a_connection_fails_no_job_and_loses_no_result(
    where: str, database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind PgBouncer jobs had failed for good: the driver's class said that we had erred."""
    module: Any = station_module.ready if where == "is_known" else protocol
    real, tries = getattr(module, where), iter([1, 2])

    def flaky(*arguments: Any, **named: Any) -> Any:
        if next(tries, None):
            raise prepared_already()
        return real(*arguments, **named)

    monkeypatch.setattr(module, where, flaky)
    monkeypatch.setattr(database_retries, "LONGEST_WAIT_S", 0.01)
    engine = FakeEngine()
    desk = station(database, engine)
    desk.do("survey", job, lambda _: None)
    assert desk.do("survey", job, lambda _: None).startswith("nothing to do")
    done = now_of(database, job)
    assert (done.state, done.attempt, done.deaths) == ("done", 1, 0)


@pytest.mark.parametrize("kind", ["survey", "measure"])
def test_what_a_job_cannot_read_is_no_death_of_its(
    kind: str, database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    table: Any = station_module.ITEMS if kind == "survey" else station_module.AGGREGATES
    real, tries = table[kind], iter([1, 2])

    def flaky(*arguments: Any) -> Any:
        if next(tries, None):
            raise prepared_already()
        return real(*arguments)

    monkeypatch.setitem(table, kind, flaky)
    monkeypatch.setattr(database_retries, "LONGEST_WAIT_S", 0.01)
    drain(station(database, FakeEngine()))
    assert {(one.state, one.deaths) for one in jobs(database)} == {("done", 0)}
    assert next(tries, None) is None


def test_a_whole_study_needs_one_connection_at_a_time(tmp_path: Path) -> None:
    """A thread that held one and asked for another would wait for itself."""
    opened = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    one = connect(opened.url, {"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.5})
    run_study(one, small_study(tmp_path))
    found = station(one, FakeEngine())
    housekeeping.register(found, "cpu", None)
    housekeeping.keep(found)
    housekeeping.look(found)
    protocol.sweep(one, 5)
    assert {job.state for job in jobs(one)} == {"done"}
    one.dispose()
    opened.dispose()

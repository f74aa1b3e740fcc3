"""What is finished of a life is stored before the life is: whatever ends a job loses no answer."""

import threading
import time
from pathlib import Path

import pytest
from fake_model import drain, jobs, make_runner, run_study, store
from interviewed import QUESTIONS, Judged, is_critic, rows, told
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import InterviewAnswer, Persona
from anthology.models.errors import EngineDied
from anthology.models.jobs import protocol
from anthology.workers.runner import engine_work


def is_last(prompt: str) -> bool:
    """Whether it is the last question of somebody's interview."""
    return prompt.rpartition("Question: ")[2].startswith(QUESTIONS[-1])


def texts(database: Engine) -> list[tuple[int, int, str]]:
    return [(one.number, one.place, one.text) for one in rows(database, InterviewAnswer)]


def undisturbed(folder: Path) -> list[tuple[int, int, str]]:
    database = open_database(f"sqlite:///{folder / 'undisturbed.db'}")
    run_study(database, told(folder), Judged())
    return texts(database)


@pytest.fixture
def stuck(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judged:
    """A model that never answers anybody's last question; and a study for it."""
    monkeypatch.setattr(engine_work, "PROGRESS_EVERY_S", 0.05)
    store(database, told(tmp_path))
    return Judged(hangs=lambda prompt: is_last(prompt) and not is_critic(prompt))


def begin(database: Engine, model: Judged, lease_s: float = 30.0) -> threading.Thread:
    """A worker with the first chunk of lives, up to where it cannot go on."""
    runner = make_runner(database, model, lease_s=lease_s)
    job = jobs(database, "interview")[0]
    working = threading.Thread(target=runner.do, args=(job.kind, job.id, print), daemon=True)
    working.runner = runner  # type: ignore[attr-defined]
    working.start()
    return working


def wait_for(database: Engine, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(texts(database)) < count:
        assert time.monotonic() < deadline, texts(database)
        time.sleep(0.05)


def test_answers_are_stored_while_the_job_runs(database: Engine, stuck: Judged) -> None:
    begin(database, stuck)
    wait_for(database, 4 * 2)
    assert jobs(database, "interview")[0].state == "running"
    assert rows(database, Persona) == []


def test_a_killed_workers_lives_go_on_behind_their_last_answers(
    database: Engine, tmp_path: Path, stuck: Judged
) -> None:
    """The worker that hangs here is as good as killed: it writes nothing any more."""
    begin(database, stuck, lease_s=0.1)
    wait_for(database, 4 * 2)
    time.sleep(0.2)
    model = Judged()
    protocol.sweep(database, 5)
    drain(make_runner(database, model))
    assert texts(database) == undisturbed(tmp_path)
    assert [one.error for one in rows(database, Persona)] == [None] * 5
    first = f"Question: {QUESTIONS[0]}\nAnswer:"
    assert model.prompts.count(first) == 1  # that of the other chunk


def test_a_worker_that_stops_gives_back_what_was_said(
    database: Engine, tmp_path: Path, stuck: Judged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "keep", lambda *_: None)
    working = begin(database, stuck)
    deadline = time.monotonic() + 60
    while sum(map(is_last, stuck.prompts)) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    working.runner.stop()  # type: ignore[attr-defined]
    working.join(60)
    assert len(texts(database)) == 4 * 2
    assert jobs(database, "interview")[0].state == "pending"
    drain(make_runner(database, Judged()))
    assert texts(database) == undisturbed(tmp_path)


def test_a_dead_engine_costs_no_answer(database: Engine, tmp_path: Path) -> None:
    store(database, told(tmp_path))
    died: list[str] = []

    def fault(prompt: str) -> Exception | None:
        if is_last(prompt) and not died:
            died.append(prompt)
            return EngineDied("the engine died")
        return None

    runner = make_runner(database, Judged(fault=fault))
    runner.leave_dead_engine = lambda *_: None  # type: ignore[method-assign]
    job = jobs(database, "interview")[0]
    assert runner.do(job.kind, job.id or 0, print).startswith("postponed")
    assert len(texts(database)) >= 2
    assert set(texts(database)) < set(undisturbed(tmp_path))


def test_what_cannot_be_stored_now_is_stored_when_the_job_ends(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def away(*_: object) -> None:
        tried.append(1)
        raise OperationalError("insert", {}, Exception("the database is away"))

    monkeypatch.setattr(protocol, "keep", away)
    monkeypatch.setattr(engine_work, "PROGRESS_EVERY_S", 0.01)
    run_study(database, told(tmp_path), Judged(delay_s=0.02))
    assert tried
    assert len(texts(database)) == 5 * 3


def test_nothing_is_kept_of_a_job_that_another_worker_holds(
    database: Engine, tmp_path: Path
) -> None:
    store(database, told(tmp_path))
    job_id = jobs(database, "interview")[0].id or 0
    lost = protocol.claim(database, job_id, "one", 0.0, 5)
    held = protocol.claim(database, job_id, "two", 30.0, 5)
    assert lost is not None
    assert held is not None
    row = {
        "pool_id": held.pool_id, "number": 0, "place": 0, "text": "I", "tokens": 1, "attempts": 1,
        "finish_reason": "stop", "verdicts": None, "rejected": None, "error": None,
        "job_id": job_id,
    }  # fmt: skip
    protocol.keep(database, lost, [(InterviewAnswer, [row])])
    assert texts(database) == []
    protocol.keep(database, held, [(InterviewAnswer, [row])])
    assert texts(database) == [(0, 0, "I")]

"""A `survey` gives the same answers resumed, interrupted, in any chunking and in any order."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, small_study, store
from sqlalchemy import Engine, delete
from sqlmodel import col
from surveyed import LIKES, MIXED, answers, drawn, questionnaire, stored

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Answer
from anthology.models.jobs import protocol
from anthology.workers.runner import engine_work
from anthology.workers.tasks import survey


def test_one_seed_draws_the_same_in_any_chunking(tmp_path: Path) -> None:
    found = []
    for chunk in (1, 3, 64):
        folder = tmp_path / str(chunk)
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        run_study(database, small_study(folder, chunk=chunk), FakeEngine(LIKES))
        found.append(drawn(database))
        database.dispose()
    assert found[0] == found[1] == found[2]


def test_another_seed_draws_otherwise(tmp_path: Path) -> None:
    found = []
    for seed in (1, 2):
        folder = tmp_path / str(seed)
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        run_study(database, small_study(folder, seed=seed, conditions=["none"]), FakeEngine(LIKES))
        found.append(drawn(database))
        database.dispose()
    assert found[0] != found[1]


def test_a_resumed_job_asks_only_whoever_has_no_answers(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path, conditions=["none"], chunk=8)
    store(database, study)
    drain(make_runner(database, FakeEngine(LIKES)))
    before = drawn(database)
    with writing(database) as session:
        session.execute(delete(Answer).where(col(Answer.respondent).in_([2, 5])))
        session.execute(Answer.metadata.tables["job"].update().values(state="pending"))
    (job,) = jobs(database, "survey")
    held = protocol.Claim(job.id or 0, "survey", 2, "w", 1, None, "none", 0, 8)
    assert len(survey.items(database, held)) == 2
    model = FakeEngine(LIKES)
    make_runner(database, model).do("survey", job.id or 0, print)
    assert len(model.prompts) == 2 * 3
    assert drawn(database) == before


@pytest.mark.parametrize(
    "how",
    [
        {"readout_check": 0.5},
        {"readout": "text", "length_normalization": "byte", "in_series": False},
        {"readout": "sample", "samples": 3, "attempts": 4},
    ],
)
def test_interruptions_and_the_order_of_jobs_change_nothing(
    tmp_path: Path, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_work, "PROGRESS_EVERY_S", 0.05)
    study = {"conditions": ["none", "bio"], "questionnaire": questionnaire(MIXED, **how)}
    found = []
    for name, chunk in [("one", 64), ("backwards", 3), ("interrupted", 8)]:
        folder = tmp_path / name
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        store(database, small_study(folder, chunk=chunk, **study))
        if name == "interrupted":
            interrupt(database)
        runner = make_runner(database, FakeEngine(LIKES))
        for job in reversed(jobs(database, "survey")):
            runner.do("survey", job.id or 0, print)
        found.append(stored(database))
        database.dispose()
    assert len(found[0]) == 2 * 8 * 4
    assert found[0] == found[1] == found[2]


def interrupt(database: Engine) -> None:
    """Stops the worker while everybody old hangs: the young are stored, the others sent back."""
    runner = make_runner(database, FakeEngine(LIKES, hangs=lambda prompt: "I am old." in prompt))
    (job,) = [one for one in jobs(database, "survey") if one.condition == "bio"]
    said = ["0/8 people"]
    thread = threading.Thread(target=runner.do, args=("survey", job.id, said.append))
    thread.start()
    deadline = time.monotonic() + 20
    while said[-1].startswith("0/"):
        assert time.monotonic() < deadline, "nobody has answered"
        time.sleep(0.01)
    runner.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert 0 < len({one.respondent for one in answers(database)}) < 8

"""Where a study is, told from the database alone, at every moment of its life."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, small_study, store
from sqlalchemy import Engine, update
from sqlmodel import col

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Job, StudyRow
from anthology.models.errors import InputError
from anthology.models.jobs import protocol
from anthology.models.jobs.protocol import Usage
from anthology.producer.monitoring import waiting
from anthology.producer.monitoring.progress import progress
from anthology.workers.engine.text_model import PromptRefused


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


def claim(database: Engine, job: Job) -> protocol.Claim:
    held = protocol.claim(database, job.id or 0, "w", 60, 5)
    assert held is not None
    return held


def test_a_new_study_waits_and_shows_what_is_not_planned_yet(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path))
    found = progress(database, "small")
    assert found.state == "waiting"
    assert {kind: counts["pending"] for kind, counts in found.jobs.items()} == {
        "backstory": 3, "interview": 0, "critic": 0, "poll": 3, "match": 3, "calibrate": 0,
        "survey": 12, "measure": 1,
    }  # fmt: skip
    assert found.answers == {"stored": 0, "errors": 0}
    assert (found.tokens_per_s, found.cached_share, found.eta_s) == (0.0, 0.0, None)
    assert not found.ended


def test_a_study_runs_from_its_first_claim(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    held = claim(database, jobs(database)[0])
    found = progress(database, "small")
    assert found.state == "running"
    assert found.jobs["backstory"] == {"pending": 2, "running": 1, "done": 0, "failed": 0}
    protocol.finish(database, held, [], Usage(100, 50, 10), None)
    found = progress(database, "small")
    assert found.jobs["backstory"]["done"] == 1
    assert found.jobs["poll"]["pending"] == 3
    assert found.cached_share == 0.5


def test_a_study_without_errors_is_done(database: Engine, tmp_path: Path) -> None:
    run_study(database, small_study(tmp_path))
    found = progress(database, "small")
    assert (found.state, found.ended, found.clean, found.eta_s) == ("done", True, True, 0.0)
    assert found.answers == {"stored": 144, "errors": 0}
    assert sum(counts["done"] for counts in found.jobs.values()) == 22
    assert all(not counts["pending"] for counts in found.jobs.values())
    assert found.tokens_per_s > 0
    assert found.cached_share == pytest.approx(0.5, abs=0.1)
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["state"] == "done"


def test_errors_of_single_items_are_counted(database: Engine, tmp_path: Path) -> None:
    refuse = lambda p: PromptRefused("too long") if "Did you vote" in p else None  # noqa: E731
    run_study(database, small_study(tmp_path, conditions=["none"]), FakeEngine(fault=refuse))
    found = progress(database, "small")
    assert found.answers["errors"] > 0
    assert found.answers["stored"] + found.answers["errors"] == 24
    assert found.state == f"done with {found.answers['errors']} errors"
    assert found.ended
    assert not found.clean


def test_failed_jobs_are_errors_and_are_quoted(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    first = jobs(database)[0]
    protocol.fail(database, claim(database, first), "no label can be read")
    drain(make_runner(database, FakeEngine()))
    found = progress(database, "small")
    assert found.state == "done with 1 error"
    assert found.failures == ["survey: small none, respondents 0-3: no label can be read"]


def test_a_cancelled_study_has_ended(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    with writing(database) as session:
        session.execute(update(StudyRow).values(cancelled=True))
        session.execute(update(Job).where(col(Job.kind) == "survey").values(state="cancelled"))
    found = progress(database, "small")
    assert (found.state, found.ended, found.clean) == ("cancelled", True, False)


def test_a_study_counts_the_jobs_of_its_pool_and_not_its_neighbours(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, study="one", conditions=["natural/greedy"]))
    store(database, small_study(tmp_path, study="two", conditions=["natural/greedy", "none"]))
    drain(make_runner(database, FakeEngine()))
    one, two = progress(database, "one"), progress(database, "two")
    assert one.jobs["backstory"]["done"] == two.jobs["backstory"]["done"] == 3
    assert (one.jobs["survey"]["done"], two.jobs["survey"]["done"]) == (2, 4)
    assert (one.answers["stored"], two.answers["stored"]) == (24, 48)


def test_a_finished_study_has_nothing_pending_though_its_pool_was_cut_otherwise(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, study="one", conditions=["natural/greedy"], chunk=64))
    store(database, small_study(tmp_path, study="two", conditions=["natural/greedy"], chunk=1))
    drain(make_runner(database, FakeEngine()))
    found = progress(database, "two")
    assert found.state == "done"
    assert sum(counts["pending"] for counts in found.jobs.values()) == 0


def test_a_finished_study_has_nothing_pending_though_a_match_failed(
    database: Engine, tmp_path: Path
) -> None:
    silent = FakeEngine(story=lambda seed: "")
    run_study(database, small_study(tmp_path, conditions=["natural/greedy"]), silent)
    found = progress(database, "small")
    assert found.ended
    assert found.jobs["survey"]["pending"] == 0


def test_the_remaining_time_is_unknown_until_every_stage_has_a_pace(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path))
    runner = make_runner(database, FakeEngine())
    runner.do("backstory", jobs(database, "backstory")[0].id or 0, print)
    assert progress(database, "small").eta_s is None
    runner.do("poll", jobs(database, "poll")[0].id or 0, print)
    runner.do("survey", jobs(database, "survey")[0].id or 0, print)
    eta = progress(database, "small").eta_s
    assert eta is not None
    assert eta > 0


def test_the_remaining_time_and_the_rate_leave_out_when_nothing_ran(
    database: Engine, tmp_path: Path
) -> None:
    """Ten chunks of a minute, two at a time: four ran last night, one today."""
    store(database, small_study(tmp_path, people=40, conditions=["none"]))
    starts = [0.0, 0.0, 60.0, 60.0, 43200.0]
    with writing(database) as session:
        for job, start in zip(jobs(database, "survey"), starts, strict=False):
            ran = {
                "state": "done", "started_at": start, "finished_at": start + 60.0,
                "prompt_tokens": 540, "cached_tokens": 270, "output_tokens": 60,
            }  # fmt: skip
            session.execute(update(Job).where(col(Job.id) == job.id).values(**ran))
    found = progress(database, "small")
    assert found.eta_s == pytest.approx(5 * 180 / 5)
    assert (found.tokens_per_s, found.cached_share) == (600 / 60, 0.5)


def test_an_unknown_study_is_refused_with_the_closest_known(
    database: Engine, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="none has been submitted yet"):
        progress(database, "small")
    store(database, small_study(tmp_path))
    with pytest.raises(InputError, match="there is no study 'smal' in this database; known: small"):
        progress(database, "smal")
    with pytest.raises(InputError, match="database; a study goes by the name that its file gives"):
        progress(database, "small.yaml")


def test_every_study_is_watched_until_the_last_has_ended(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name in ("one", "two"):
        store(database, small_study(tmp_path, study=name, conditions=["none"]))
    steps = iter([lambda: None, lambda: drain(make_runner(database, FakeEngine()))])
    monkeypatch.setattr(waiting.time, "sleep", lambda _: next(steps)())
    waiting.watch_studies(database, ["one", "two"])
    said = capsys.readouterr().out
    for name in ("one", "two"):
        assert [line for line in said.splitlines() if line.startswith(name)] == [
            f"{name}: waiting", f"{name}: waiting", f"{name}: done",
        ]  # fmt: skip

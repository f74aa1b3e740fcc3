"""What a study will cost: counts exact, tokens near what a run then really takes."""

from pathlib import Path
from typing import Any

import fake_model
import interviewed
import mentioned
import pytest
from fake_model import FakeEngine, jobs, run_study, small_study, store
from judged import CRITIC, Two, judged
from sqlalchemy import select, update
from sqlmodel import Session, col

from anthology.models.database.sessions import look_at, open_database, reading, writing
from anthology.models.database.tables import Answer, Job
from anthology.producer.submission.estimate import Estimate, estimate, planned_jobs
from anthology.producer.submission.existing import Existing, find_existing
from anthology.producer.surveys.respondents import read_humans


def estimated(folder: Path, **changes: Any) -> Estimate:
    study = small_study(folder, **changes)
    database, revision = look_at(f"sqlite:///{folder / 'a.db'}")
    return estimate(study, read_humans(study), database if revision else None)


@pytest.mark.parametrize("conditions", [["none", "bio"], ["natural/greedy"], None])
@pytest.mark.parametrize("chunk", [3, 64])
def test_the_jobs_and_answers_promised_are_those_done(
    tmp_path: Path, conditions: list[str] | None, chunk: int
) -> None:
    changes: dict[str, Any] = {"chunk": chunk}
    if conditions:
        changes["conditions"] = conditions
    study = small_study(tmp_path, **changes)
    promised = estimated(tmp_path, **changes)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    run_study(database, study)
    done = {kind: len(jobs(database, kind)) for kind in promised.jobs}
    assert done == promised.jobs == planned_jobs(study, 8)
    assert promised.answers == 8 * 3 * len(study.conditions)
    assert promised.personas == (9 if study.matchings else 0)
    database.dispose()


OPTIONS = {"too little": 1, "about right": 2, "too much": 3}
ROADS = {"roads": "Are we spending too much on roads?"}
MILES = {"question": "How many miles?", "number": {"from": 0, "to": 120}, "column": "age"}
FEW = {"fewer than 10": {"to": 9}, "10 or more": {"from": 10}}
KINDS: dict[str, dict[str, Any]] = {
    "labels": {"options": OPTIONS, "questions": {**ROADS, "parks": "And on parks?"}},
    "alone": {"options": OPTIONS, "questions": {**ROADS, "parks": "Parks?"}, "in_series": False},
    "averaged": {"options": OPTIONS, "questions": ROADS, "options_order": "averaged"},
    "calibrated": {"options": OPTIONS, "questions": ROADS, "debias": "label_prior"},
    "refusal": {"options": OPTIONS, "questions": ROADS, "refusal": "Prefer not to say"},
    "words": {"options": {"1980": 1, "1985": 2, "2000": 3}, "questions": ROADS, "readout": "text"},
    "numbers": {"questions": {"miles": {**MILES, "options": FEW}}},
    "written": {"options": OPTIONS, "questions": ROADS, "readout": "sample", "samples": 5},
    "checked": {"options": OPTIONS, "questions": ROADS, "readout_check": 1.0},
    "battery": {"questions": {"nat": {"battery": "Do we spend too much on {}?", "options": OPTIONS,
                                      "items": {"roads": "roads", "parks": "parks"}}}},
    "free text": {"options": OPTIONS, "order": "fixed",
                  "questions": {"why": {"question": "Why?", "free_text": True, "max_tokens": 64},
                                **ROADS}},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_are_about_those_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The fake model reads characters, of which an estimate counts four a token; here it writes as
    much as it may, and nothing that cannot be parsed."""
    monkeypatch.setattr(fake_model, "LABEL_MASS", 1.0)
    changes = {
        "conditions": ["none", "bio", "qa", "natural/greedy"], "questionnaire": KINDS[kind],
        "polling": {"readout": "sample", "samples": 3} if kind == "written" else {},
    }  # fmt: skip
    promised = estimated(tmp_path, **changes)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    study = small_study(tmp_path, **changes)
    run_study(database, study, FakeEngine(story=lambda seed: "x" * 4 * 64))
    with Session(database) as session:
        stored = session.execute(select(Answer)).scalars().all()
    assert [answer.error for answer in stored] == [None] * promised.answers
    read = sum(job.prompt_tokens for job in jobs(database)) / 4
    assert promised.prompt_tokens == pytest.approx(read, rel=0.05)
    assert promised.jobs == {name: len(jobs(database, name)) for name in promised.jobs}
    database.dispose()


def test_interviews_cost_every_question_after_all_before_and_their_critic(tmp_path: Path) -> None:
    changes = {"conditions": interviewed.CONDITIONS[1:], "chunk": 2}
    study = interviewed.told(tmp_path, {}, **changes)
    promised = estimate(study, read_humans(study))
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    run_study(database, study, interviewed.Judged(story=lambda seed: "x" * 4 * 256))
    assert promised.jobs == {name: len(jobs(database, name)) for name in promised.jobs}
    assert promised.jobs["interview"] == promised.jobs["poll"] == 3
    read = sum(job.prompt_tokens for job in jobs(database)) / 4
    assert promised.prompt_tokens == pytest.approx(read, rel=0.01)
    written = 5 * 3 * (256 + len(interviewed.CRITERIA)) + 5 * 2 + 8 * 3
    assert promised.output_tokens == written
    database.dispose()


def test_another_models_critic_costs_a_round_of_jobs_a_question_and_its_tokens(
    tmp_path: Path,
) -> None:
    study = judged(tmp_path, conditions=interviewed.CONDITIONS[1:], chunk=2)
    promised = estimate(study, read_humans(study))
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    store(database, study)
    Two(database, writer=FakeEngine(story=lambda seed: "x" * 4 * 256)).drain()
    assert promised.jobs == {name: len(jobs(database, name)) for name in promised.jobs}
    assert promised.jobs["interview"] == promised.jobs["critic"] == 3 * 3
    spent = [job.prompt_tokens / 4 + job.output_tokens for job in jobs(database, "critic")]
    assert promised.models[CRITIC] == pytest.approx(sum(spent), rel=0.01)
    alone = interviewed.told(tmp_path, conditions=interviewed.CONDITIONS[1:], chunk=2)
    whole = estimate(alone, read_humans(alone))
    assert sum(promised.models.values()) == sum(whole.models.values())
    shared = look_at_existing(database, judged(tmp_path, study="next", chunk=2))
    assert shared.stories == {"lives": 3}
    database.dispose()


def look_at_existing(database: Any, study: Any) -> Existing:
    with reading(database) as session:
        return find_existing(session, study, read_humans(study))


def test_asking_first_costs_two_short_readings_a_trait(tmp_path: Path) -> None:
    study = mentioned.mentioning(tmp_path)
    promised = estimate(study, read_humans(study))
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    run_study(database, study, mentioned.Stating(story=lambda seed: "x" * 4 * 64))
    read = sum(job.prompt_tokens for job in jobs(database)) / 4
    assert promised.prompt_tokens == pytest.approx(read, rel=0.02)
    written = 9 * 64 + 9 * 2 * (1 + 2) + 8 * 3
    assert promised.output_tokens == written
    database.dispose()


def test_one_token_is_written_for_each_reading_of_labels(tmp_path: Path) -> None:
    promised = estimated(tmp_path, conditions=["none", "bio", "qa"])
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    run_study(database, small_study(tmp_path, conditions=["none", "bio", "qa"]))
    assert promised.output_tokens == sum(job.output_tokens for job in jobs(database))
    database.dispose()


def test_written_answers_cost_what_is_written(tmp_path: Path) -> None:
    """Five answers of "(A) too little", 14 characters, to each of 8 people."""
    questionnaire = {**KINDS["written"], "options_order": "fixed"}
    found = estimated(tmp_path, conditions=["none"], questionnaire=questionnaire)
    longest = estimated(
        tmp_path, conditions=["none"], questionnaire={**questionnaire, "answer_tokens": 1}
    )
    assert found.output_tokens == 8 * 5 * 14 / 4
    assert longest.output_tokens == 8 * 5


def test_words_of_options_are_read_word_by_word(tmp_path: Path) -> None:
    """One reading before the first words; "too little" and "too much" share the one after "too",
    "about right" has its own."""
    labels = {**KINDS["labels"], "questions": ROADS}
    one = estimated(tmp_path, conditions=["none"], questionnaire=labels)
    words = estimated(tmp_path, conditions=["none"], questionnaire={**labels, "readout": "text"})
    assert (one.output_tokens, words.output_tokens) == (8, 8 * 3)


def test_hours_are_unknown_before_anything_ran_and_no_database_is_made(tmp_path: Path) -> None:
    assert estimated(tmp_path).hours is None
    assert not (tmp_path / "a.db").exists()


def test_hours_follow_the_speed_of_the_studys_own_model(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    run_study(database, small_study(tmp_path, conditions=["none"]), FakeEngine())
    with writing(database) as session:  # as if all had taken 100 s
        session.execute(update(Job).values(started_at=1000.0, finished_at=1100.0))
    tokens = sum(j.prompt_tokens + j.output_tokens for j in jobs(database, "survey"))
    found = estimated(tmp_path)
    expected = (found.prompt_tokens + found.output_tokens) / (tokens / 100) / 3600
    assert found.hours == pytest.approx(expected)
    assert estimated(tmp_path, model="another").hours is None
    database.dispose()


def test_a_night_without_a_worker_does_not_slow_the_estimate_down(tmp_path: Path) -> None:
    """Two surveys of a minute each, at once or with four days between."""
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    run_study(database, small_study(tmp_path, conditions=["none"]), FakeEngine())
    first, second = (job.id for job in jobs(database, "survey"))
    hours = []
    for later in (60.0, 4 * 86400.0):
        with writing(database) as session:
            for job, start in ((first, 0.0), (second, later)):
                times = {"started_at": start, "finished_at": start + 60}
                session.execute(update(Job).where(col(Job.id) == job).values(**times))
        hours.append(estimated(tmp_path).hours)
    assert hours[0] == hours[1] is not None
    database.dispose()


def test_a_sample_costs_only_its_people(tmp_path: Path) -> None:
    humans = {"file": "humans.csv", "sample": 4}
    whole = estimated(tmp_path, conditions=["none"])
    part = estimated(tmp_path, conditions=["none"], humans=humans)
    assert part.prompt_tokens * 2 == whole.prompt_tokens
    assert part.answers * 2 == whole.answers

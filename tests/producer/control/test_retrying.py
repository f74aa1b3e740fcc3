"""Retrying: what failed, or what has an error, is done again, and nothing else."""

from pathlib import Path

import pytest
from fake_model import (
    FakeEngine,
    drain,
    jobs,
    make_runner,
    run_study,
    small_study,
    store,
    study_fields,
)
from sqlalchemy import Engine, update
from sqlmodel import col
from steered import count, states, taken

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Answer, Job, Metric, Poll
from anthology.models.errors import InputError
from anthology.models.jobs import protocol, ready
from anthology.models.jobs.protocol import Usage
from anthology.models.settings import Settings
from anthology.producer.cli import printing
from anthology.producer.control.retrying import Retried
from anthology.producer.control.retrying import retry as retry_study
from anthology.producer.monitoring.progress import progress
from anthology.workers.engine.text_model import PromptRefused


def refusing(words: str) -> FakeEngine:
    return FakeEngine(fault=lambda p: PromptRefused("too long") if words in p else None)


def finish_again(database: Engine) -> FakeEngine:
    model = FakeEngine()
    drain(make_runner(database, model))
    return model


def test_where_nothing_failed_there_is_nothing_to_retry(
    database: Engine, tmp_path: Path, here: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]))
    figures = count(database, Metric)
    found = retry_study(here, "small")
    assert found == Retried()
    printing.retried(found)
    assert capsys.readouterr().out == "nothing to retry\n"
    assert (count(database, Metric), progress(database, "small").state) == (figures, "done")


def test_failed_jobs_are_done_again_with_no_deaths_and_the_study_is_measured_again(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["none", "bio"]))
    protocol.fail(database, taken(database, jobs(database)[0]), "no label can be read")
    drain(make_runner(database, FakeEngine()))
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.state) == "failed").values(deaths=5))
    assert retry_study(here, "small") == Retried(jobs=1, enqueued=1)
    assert count(database, Metric) == 0
    assert [(j.state, j.deaths, j.error) for j in jobs(database)[:1]] == [("pending", 0, None)]
    finish_again(database)
    assert progress(database, "small").state == "done"
    assert count(database, Answer) == 48
    assert count(database, Metric) > 0


def test_interviews_with_an_error_are_asked_again_and_no_others(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    engine = FakeEngine(fault=lambda p: PromptRefused("too long") if "I am old" in p else None)
    run_study(database, small_study(tmp_path, conditions=["none", "bio"]), engine)
    errors = progress(database, "small").answers["errors"]
    assert errors % 3 == 0
    assert errors > 0
    found = retry_study(here, "small", "survey", "TOO long")
    assert found.answers == errors
    model = finish_again(database)
    assert len(model.prompts) == errors
    assert all("I am old" in prompt for prompt in model.prompts)
    assert progress(database, "small").state == "done"
    assert count(database, Answer) == 48


def test_a_filter_that_meets_nothing_changes_nothing(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]), refusing("Did you vote"))
    before = progress(database, "small").as_json()
    for kind, text in (("survey", "100%"), ("poll", None), (None, "too_long"), ("measure", None)):
        assert retry_study(here, "small", kind, text).nothing
    assert progress(database, "small").as_json() == before
    with pytest.raises(InputError, match=r"--kind takes one of backstory, .*, not 'surveys'"):
        retry_study(here, "small", "surveys")


def test_polls_with_an_error_are_asked_again_and_a_failed_match_is_made(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    study = small_study(tmp_path, conditions=["natural/greedy", "none"])
    run_study(database, study, refusing("How old are you"))
    assert progress(database, "small").jobs["match"]["failed"] == 1
    assert retry_study(here, "small", "poll") == Retried(jobs=1, polls=9, enqueued=3)
    assert jobs(database, "match") == []  # planned when the polls are there
    model = finish_again(database)
    assert sum("How old are you" in prompt for prompt in model.prompts) == 9
    assert progress(database, "small").state == "done"
    assert progress(database, "small").answers == {"stored": 48, "errors": 0}
    assert states(database, "match") == {"done": 1}


class Silent(FakeEngine):
    """Writes nothing for every other persona."""

    def __init__(self) -> None:
        super().__init__(story=lambda seed: "" if seed % 2 else f"My number is {seed}.")


def test_stories_are_written_again_and_then_polled_and_done_matches_stay(
    database: Engine, tmp_path: Path, here: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run_study(database, small_study(tmp_path, conditions=["natural/greedy"]), Silent())
    missing = progress(database, "small").answers["errors"]
    assert 0 < missing < 9
    polled = count(database, Poll)
    found = retry_study(here, "small")
    assert (found.stories, found.matches_kept) == (missing, 1)
    printing.retried(found)
    assert "matches that were done stay as they are" in capsys.readouterr().err
    model = finish_again(database)
    assert count(database, Poll) == 18 == polled + 2 * missing
    assert not any("roads" in prompt for prompt in model.prompts)
    assert progress(database, "small").state == "done"
    assert progress(database, "small").jobs["poll"]["done"] == 3


def test_stories_that_are_being_polled_are_left_for_later(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["natural/greedy"]))
    runner = make_runner(database, FakeEngine(story=lambda seed: ""))
    for job in jobs(database, "backstory"):
        runner.do("backstory", job.id or 0, print)
    held = taken(database, jobs(database, "poll")[0])
    found = retry_study(here, "small")
    assert (found.stories, found.busy) == (5, 1)
    protocol.finish(database, held, [], Usage(), None)
    assert retry_study(here, "small").stories == 4
    finish_again(database)
    assert progress(database, "small").state == "done"
    assert count(database, Poll) == 18


def test_a_study_without_any_match_gets_one_from_new_stories(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    silent = FakeEngine(story=lambda seed: "")
    run_study(database, small_study(tmp_path, conditions=["natural/random"]), silent)
    assert retry_study(here, "small") == Retried(jobs=1, stories=9, enqueued=3)
    finish_again(database)
    assert progress(database, "small").state == "done"
    assert progress(database, "small").answers == {"stored": 24, "errors": 0}


def test_failed_calibrations_matches_and_measuring_are_planned_again(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    questionnaire = {**study_fields()["questionnaire"], "debias": "label_prior"}
    changes = {"conditions": ["none", "natural/greedy"], "questionnaire": questionnaire}
    store(database, small_study(tmp_path, **changes))
    runner = make_runner(database, FakeEngine())
    for kind in ("calibrate", "match", "measure"):
        while not any(job.kind == kind for job in jobs(database)):
            for message in ready.due(database):
                runner.do(message.kind, message.id, print)
        (job,) = [job for job in jobs(database, kind) if job.state == "pending"]
        protocol.fail(database, taken(database, job), "no")
        if kind != "measure":
            continue
        assert progress(database, "small").state == "done with 3 errors"
        assert retry_study(here, "small", kind) == Retried(jobs=1, enqueued=1)
    assert retry_study(here, "small").jobs == 2
    finish_again(database)
    assert progress(database, "small").state == "done"
    assert progress(database, "small").answers == {"stored": 48, "errors": 0}


def test_a_study_that_is_being_measured_is_left_alone(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]), refusing("Did you vote"))
    with writing(database) as session:
        measuring = update(Job).where(col(Job.kind) == "measure").values(state="running")
        session.execute(measuring)
    before = count(database, Answer)
    with pytest.raises(InputError, match="is being measured right now; retry when it has ended"):
        retry_study(here, "small")
    assert count(database, Answer) == before


def test_what_was_done_before_a_retry_is_still_paid_for(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    run_study(database, small_study(tmp_path, conditions=["natural/greedy"]), Silent())
    spent = sum(job.prompt_tokens for job in jobs(database))
    retry_study(here, "small")
    assert sum(job.prompt_tokens for job in jobs(database)) == spent


def test_programs_read_what_was_enqueued_by_the_name_it_always_had() -> None:
    assert Retried(jobs=1, enqueued=2).as_json() == {
        "jobs": 1, "stories": 0, "polls": 0, "answers": 0, "busy": 0, "matches_kept": 0, "rung": 2,
    }  # fmt: skip


def test_a_persona_that_answers_for_itself_is_asked_when_its_story_is_written_after_all(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    stories = iter(["", *(f"My number is {n}." for n in range(1, 9))])
    study = small_study(tmp_path, humans=None, conditions=[{"pool": "natural"}])
    run_study(database, study, FakeEngine(story=lambda seed: next(stories)))
    assert count(database, Answer) == 8 * 3
    found = retry_study(here, "small")
    assert (found.stories, found.answers, found.busy) == (1, 0, 0)
    model = finish_again(database)
    assert count(database, Answer) == 9 * 3
    assert progress(database, "small").state == "done"
    assert len([p for p in model.prompts if "Did you vote?" in p.rpartition("Question:")[2]]) == 1

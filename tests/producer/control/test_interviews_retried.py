"""Retrying lives that ended with an error: they go on behind the answers that stand."""

from pathlib import Path

import pytest
from fake_model import drain, jobs, make_runner, run_study, store
from interviewed import QUESTIONS, Judged, rows, told
from judged import Two, judged
from sqlalchemy import Engine

from anthology.models.database.tables import InterviewAnswer, InterviewDraft, Persona, Poll
from anthology.models.jobs import protocol
from anthology.models.settings import Settings
from anthology.producer.control.retrying import retry
from anthology.producer.monitoring.progress import progress
from anthology.workers.engine.text_model import PromptRefused


def test_a_life_that_ended_goes_on_behind_its_answers_and_is_polled(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    refused: list[str] = []

    def fault(prompt: str) -> Exception | None:
        if prompt.rpartition("Question: ")[2].startswith(QUESTIONS[1]) and not refused:
            refused.append(prompt)
            return PromptRefused("too long")
        return None

    run_study(database, told(tmp_path), Judged(fault=fault))
    assert progress(database, "small").state == "done with 1 error"
    before = [one.text for one in rows(database, InterviewAnswer) if one.error is None]
    found = retry(here, "small", "interview", "too long")
    assert (found.stories, found.answers, found.polls) == (1, 0, 0)
    model = Judged()
    drain(make_runner(database, model))
    assert progress(database, "small").state == "done"
    assert [one.error for one in rows(database, Persona)] == [None] * 5
    stored = [one.text for one in rows(database, InterviewAnswer)]
    assert set(before) < set(stored)
    assert len(stored) == 15
    assert f"Question: {QUESTIONS[0]}\nAnswer:" not in model.prompts
    assert {job.state for job in jobs(database, "poll")} == {"done"}


def failed(database: Engine) -> list[str]:
    return [job.kind for job in jobs(database) if job.state == "failed"]


@pytest.mark.parametrize("kind", [None, "interview", "critic"])
def test_lives_whose_critic_failed_go_on_with_what_was_written(
    database: Engine, tmp_path: Path, here: Settings, kind: str | None
) -> None:
    store(database, judged(tmp_path))
    two = Two(database)
    two.take("interview")
    [first] = jobs(database, "critic")
    held = protocol.claim(database, first.id or 0, "w", 30, 5)
    assert held is not None
    protocol.fail(database, held, "it cannot be read")
    two.drain()
    assert progress(database, "small").state == "done with 1 error"
    assert failed(database) == ["critic"]
    assert {one.number for one in rows(database, Poll)} == {4}
    drafts = [one.text for one in rows(database, InterviewDraft)]
    two.writer.prompts.clear()
    assert retry(here, "small", kind).jobs == 1
    two.drain()
    assert progress(database, "small").state == "done"
    stored = [one for one in rows(database, InterviewAnswer) if one.place == 0]
    assert [one.text for one in stored[:4]] == drafts
    assert f"Question: {QUESTIONS[0]}\nAnswer:" not in two.writer.prompts
    assert len(rows(database, Poll)) == 5 * 2


def test_a_life_that_another_model_ended_is_retried_from_its_first_attempt(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    refused: list[str] = []

    def fault(prompt: str) -> Exception | None:
        if f"Question: {QUESTIONS[1]}" in prompt and not refused:
            refused.append(prompt)
            return PromptRefused("too long")
        return None

    store(database, judged(tmp_path))
    two = Two(database, critic=Judged(fault=fault))
    two.drain()
    [ended] = [one for one in rows(database, Persona) if one.error]
    assert ended.error == "answer 2: too long"
    before = {job.key for job in jobs(database)}
    assert retry(here, "small").stories == 1
    two.drain()
    assert progress(database, "small").state == "done"
    assert [one.error for one in rows(database, Persona)] == [None] * 5
    assert {one.attempts for one in rows(database, InterviewAnswer)} == {1}
    again = [job for job in jobs(database, "interview") if job.key not in before]
    assert [job.condition for job in again] == ["round 4", "round 5"]
    assert rows(database, InterviewDraft) == []

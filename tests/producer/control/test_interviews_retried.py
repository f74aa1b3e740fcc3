"""Retrying lives that ended with an error: they go on behind the answers that stand."""

from pathlib import Path

from fake_model import drain, jobs, make_runner, run_study
from interviewed import QUESTIONS, Judged, rows, told
from sqlalchemy import Engine

from anthology.models.database.tables import InterviewAnswer, Persona
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

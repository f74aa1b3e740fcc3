"""Previews of primed stories: whose they are, and that nobody is polled after them."""

from pathlib import Path

import pytest
from fake_model import FakeEngine, store
from previewed import show
from primed import PROMPT, asked_to_write, primed_study, stories, write_primed
from sqlalchemy import Engine
from surveyed import drain_but_measure

from anthology.models.errors import InputError
from anthology.producer.preview.preview import preview_file

CONDITIONS = [{"pool": "primed"}, {"pool": "primed", "append": "qa"}]


def test_every_preview_is_a_prompt_that_the_worker_asked(database: Engine, tmp_path: Path) -> None:
    store(database, primed_study(tmp_path, conditions=CONDITIONS))
    model = FakeEngine()
    drain_but_measure(database, model)
    previews = [
        show(database, person, condition, question)
        for condition in ("primed", "primed+qa")
        for person in range(8)
        for question in ("roads", "parks", "vote")
    ]
    surveyed = set(model.prompts) - set(asked_to_write(model))
    assert {one.prompt for one in previews} == surveyed
    assert previews[0].prompt.startswith(f"{PROMPT} {stories(database)[0]}\n")


def test_before_a_study_runs_the_story_is_still_to_come(tmp_path: Path) -> None:
    path = write_primed(tmp_path, conditions=CONDITIONS)
    shown = preview_file(path, 3, "primed+qa", "roads", None)
    assert shown.prompt.startswith(f"{PROMPT} ⟨the story of respondent 3⟩\n")
    assert "What is your sex?" in shown.prompt
    with pytest.raises(InputError, match="--persona 8: give a number from 0 to 7"):
        preview_file(path, 8, "primed", "roads", None)


def test_nobody_is_polled_after_a_primed_story(tmp_path: Path) -> None:
    path = write_primed(tmp_path)
    with pytest.raises(InputError, match="study 'small' has no persona pool to poll"):
        preview_file(path, 0, "poll", "age", None)
    with pytest.raises(InputError, match=r"has no condition 'x'; it has primed, story$"):
        preview_file(path, 0, "x", None, None)
    pools = {"primed": {"primed_by": "qa"}, "lives": {"count": 9}}
    path = write_primed(tmp_path, pools=pools)
    assert "⟨the story of persona 8⟩" in preview_file(path, 8, "poll", "age", None).prompt

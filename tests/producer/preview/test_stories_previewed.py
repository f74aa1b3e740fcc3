"""Previews of what a model is given when it writes the stories of a pool, and is asked beside."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, run_study, small_study, store, write_study
from interviewed import CONDITIONS, QUESTIONS, Judged, told
from previewed import show
from primed import asked_to_write, primed_study
from sqlalchemy import Engine
from surveyed import drain_but_measure

from anthology.models.errors import InputError
from anthology.models.questionnaire.style import PLAIN
from anthology.producer.cli.preview_lines import print_preview
from anthology.producer.preview.preview import preview_file
from anthology.producer.preview.story_prompts import WRITTEN

PROMPTS = ["Tell me about your life.", "Who are you?", "Where do you come from?"]
SCREENING = {"question": "Do you vote?", "options": ["Yes", "No"], "wanted": "Yes"}
POOLS: dict[str, dict[str, Any]] = {
    "asked": {"count": 6, "prompts": PROMPTS},
    "voters": {"count": 3, "screening": {**SCREENING, "attempts": 50}},
}
OF_POOLS = {
    "pool": None,
    "pools": POOLS,
    "conditions": [{"pool": "asked", "match": "greedy"}, {"pool": "voters", "match": "greedy"}],
    "style": {"reminder": "after_anything"},
}


def test_every_story_of_every_pool_is_written_after_its_preview(
    database: Engine, tmp_path: Path
) -> None:
    model = run_study(database, small_study(tmp_path, **OF_POOLS))
    found = [
        show(database, n, "story", pool) for pool in POOLS for n in range(POOLS[pool]["count"])
    ]
    assert {one.prompt for one in found} <= set(model.prompts)
    assert {prompt for prompt in PROMPTS if any(prompt in one.prompt for one in found[:3])} == {
        *PROMPTS
    }
    [screening] = found[6].beside
    assert screening.prompt in model.prompts
    assert "Do you vote?\n(A) Yes\n(B) No\n" in screening.prompt
    assert "Answer: (A) Yes\n" in found[6].prompt
    assert all(not one.beside for one in found[:6])


def test_the_only_pool_of_a_study_is_shown_from_its_file_by_its_name_and_by_story(
    tmp_path: Path,
) -> None:
    path = write_study(tmp_path, pool={"name": "people", "count": 4, "prompt": "Who are you?"})
    found = preview_file(path, 3, "story", None, None)
    assert found.prompt == "Question: Who are you?\nAnswer:"
    assert preview_file(path, 3, None, "people", None) == found
    assert "beside" not in found.as_json()
    with pytest.raises(InputError, match="--persona 4: give a number from 0 to 3"):
        preview_file(path, 4, "story", None, None)
    with pytest.raises(InputError, match=r"has no pool 'x' whose stories are written; it has peop"):
        preview_file(path, 0, "story", "x", None)


def test_an_interview_is_shown_to_its_last_question_with_what_its_critic_is_asked(
    database: Engine, tmp_path: Path
) -> None:
    model = run_study(database, told(tmp_path), Judged())
    found = show(database, 0, "story", None)
    assert found.prompt.startswith(f"Question: {QUESTIONS[0]}\nAnswer: {WRITTEN}\n\n")
    assert found.prompt.endswith(f"Question: {QUESTIONS[-1]}\nAnswer:")
    opening = found.prompt.partition(f" {WRITTEN}")[0]
    assert opening in model.prompts
    asked = {prompt.rpartition("\n\nQuestion: ")[2] for prompt in model.prompts}
    judged = [one.prompt.rpartition("\n\nQuestion: ")[2] for one in found.beside]
    assert set(judged) <= asked
    assert all(prompt.endswith(PLAIN.opening) for prompt in judged)
    path = write_study(
        tmp_path / "b", pool=None, conditions=CONDITIONS,
        pools={"lives": {"count": 5, "interview": {"questions": QUESTIONS, "critic": "none"}}},
    )  # fmt: skip
    before = preview_file(path, 0, "story", None, None)
    assert (before.prompt, before.beside) == (found.prompt, [])


def test_primed_stories_are_shown_with_the_traits_that_prime_them(
    database: Engine, tmp_path: Path
) -> None:
    store(database, primed_study(tmp_path))
    model = FakeEngine()
    drain_but_measure(database, model)
    found = [show(database, n, "story", None).prompt for n in range(8)]
    assert set(found) == set(asked_to_write(model))
    assert "What is your sex?" in found[0]
    with pytest.raises(InputError, match="--persona 8: give a number from 0 to 7"):
        show(database, 8, "story", None)
    written = preview_file(tmp_path / "small.yaml", 2, "story", None, None)
    assert written.prompt == found[2]


def test_a_study_whose_stories_nobody_writes_has_none_to_show(tmp_path: Path) -> None:
    path = write_study(tmp_path, pool=None, conditions=["none"])
    with pytest.raises(InputError, match="has no persona pool whose stories are written"):
        preview_file(path, 0, "story", None, None)


def test_all_of_it_is_printed_and_which_stories_else_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_study(tmp_path, **{**OF_POOLS, "style": {"labels": "lower"}})
    print_preview(preview_file(path, 0, "story", None, None))
    shown = capsys.readouterr().err
    assert "pool asked has 3 prompts; --persona 0 to 2 have each once" in shown
    assert "--question shows the stories of another pool: voters" in shown
    print_preview(preview_file(path, 0, None, "voters", None))
    assert "Do you vote?\n(a) Yes\n(b) No\n" in capsys.readouterr().out

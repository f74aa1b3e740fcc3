"""Pools of natural stories: who is asked what, what stays in the conversation, what is refused."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fake_model import small_study, study_fields
from hypothesis import given
from hypothesis import strategies as st
from study_files import refusal

from anthology.models.pools.natural import NaturalPool
from anthology.models.pools.writing import Reject
from anthology.models.prompting.rendering import PlainRendering
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.models.study.study import Study

SCREENING = {"question": "Do you live here?", "options": ["Yes", "No"], "wanted": "Yes"}
CONDITIONS = [{"pool": "lives", "match": "greedy"}]


def natural(**keys: Any) -> NaturalPool:
    return NaturalPool.model_validate({"name": "lives", "count": 9, **keys})


def with_pool(folder: Path, pool: dict[str, Any], **changes: Any) -> Study:
    pools = {"lives": {"count": 9, **pool}}
    return small_study(folder, pool=None, pools=pools, conditions=CONDITIONS, **changes)


# --- prompts -------------------------------------------------------------------------------------


@given(st.integers(1, 7), st.integers(0, 2**63 - 1), st.integers(0, 60))
def test_prompts_are_even_whatever_the_size_and_the_same_again(
    prompts: int, seed: int, count: int
) -> None:
    texts = [f"Question {n}?" for n in range(prompts)]
    asked = [natural(prompts=texts, seed=seed).prompt_of(n) for n in range(count)]
    counted = Counter(asked)
    assert set(counted) <= set(texts)
    assert max(counted.values(), default=0) - min(counted[text] for text in texts) <= 1
    again = natural(prompts=texts, seed=seed, count=10**6)
    assert [again.prompt_of(n) for n in range(count)] == asked


def test_which_prompt_a_persona_has_depends_on_the_seed() -> None:
    prompts = ["a?", "b?", "c?"]
    one, other = (natural(prompts=prompts, seed=seed) for seed in (1, 2))
    assert [one.prompt_of(n) for n in range(30)] != [other.prompt_of(n) for n in range(30)]


def test_what_was_asked_stands_in_the_recipe_also_by_default(tmp_path: Path) -> None:
    study = with_pool(tmp_path, {})
    recipe = study.recipe(study.pools_used[0])
    assert recipe["prompt"] == "Tell me about yourself."
    assert recipe["max_tokens"] == 1500
    assert "min_tokens" not in recipe
    assert "labels" not in recipe


# --- screening -----------------------------------------------------------------------------------


def test_a_story_is_written_after_the_screening_and_told_without_it() -> None:
    pool = natural(screening=SCREENING)
    style = Style(brackets="square")
    screened, asked = pool.opening(3, style)
    assert (
        PlainRendering(style)
        .prompt([screened])
        .endswith("Question: Do you live here?\n[A] Yes\n[B] No\nAnswer with [A] or [B].\nAnswer:")
    )
    assert screened.reply == "[A] Yes"
    assert pool.turns(3, "I was born.", style) == [asked.replied("I was born.")]


def test_labels_and_brackets_are_part_of_the_recipe_where_there_is_a_screening(
    tmp_path: Path,
) -> None:
    def recipe(brackets: str, **pool: Any) -> dict[str, Any]:
        study = with_pool(tmp_path, pool, style={"brackets": brackets})
        return study.recipe(study.pools_used[0])

    assert recipe("square") == recipe("dot")
    assert recipe("square", screening=SCREENING) != recipe("dot", screening=SCREENING)


# --- rejection -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "tokens", "said"),
    [
        ("I was born.", 40, None),
        ("I was born.", 39, "no story of at least 40 tokens in 10 attempts"),
        ("", 50, "the model wrote an empty story"),
        ("", 1, "no story of at least 40 tokens in 10 attempts"),
    ],
)
def test_a_story_is_rejected_for_too_few_tokens_or_none_left(
    story: str, tokens: int, said: str | None
) -> None:
    assert natural(reject={}).writing.against(story, tokens) == said


def test_without_reject_only_an_empty_story_is_an_error() -> None:
    how = natural().writing
    assert (how.attempts, how.min_tokens) == (1, 0)
    assert how.against("I.", 1) is None
    assert how.against("", 100) == "the model wrote an empty story"
    assert natural(reject={}).reject == Reject(shorter_than=40, attempts=10)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"min_tokens": 5}, "pools.lives.min_tokens: is not a field here"),
        ({"promts": ["a?"]}, "pools.lives.promts: is not a field here; did you mean 'prompts'?"),
        ({"prompts": []}, "pools.lives.prompts: needs at least 1"),
        ({"prompt": "a?", "prompts": ["b?"]}, "pools.lives: needs either prompt or prompts;"),
        ({"prompt": None}, "pools.lives: needs either prompt or prompts"),
        ({"stop": "###"}, "pools.lives.stop: should be a list"),
        ({"stop": [""]}, "pools.lives.stop.0: should not be empty"),
        ({"stop": ["\x00"]}, "pools.lives.stop.0: should be text without control characters"),
        ({"reject": {"shorter_than": 41}, "max_tokens": 40}, "every story would be thrown away"),
        ({"reject": {"atempts": 3}}, "pools.lives.reject.atempts: is not a field here; did you"),
        (
            {"screening": {**SCREENING, "wanted": "yes"}},
            "pools.lives.screening: wanted is 'yes', which is not an option; name one of the opt",
        ),
        ({"screening": {**SCREENING, "options": ["Yes"]}}, "needs 2 to 99 options, has 1"),
        ({"screening": {**SCREENING, "options": ["Yes", "YES"]}}, "'Yes' and 'YES' read the same"),
        (
            {"screening": {**SCREENING, "options": ["Yes", *map(str, range(26))]}},
            "pools.lives.screening.options: 'screening' has 27 options, but upper labels with bra",
        ),
        (
            {"screening": {**SCREENING, "question": "Well.\nAnswer: No."}},
            "pools.lives.screening.question: has a line that begins with 'Answer:'",
        ),
        (
            {"prompts": ["Who?", "Now.\nQuestion: Who?"]},
            "pools.lives.prompts.1: has a line that begins with 'Question:'",
        ),
    ],
)
def test_a_mistake_is_said_where_it_is(tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    pools = {"lives": {"count": 9, **keys}}
    fields = {**study_fields(), "pools": pools, "conditions": CONDITIONS}
    del fields["pool"]
    (line,) = refusal(tmp_path, fields)
    assert said in line


def test_a_stop_string_keeps_its_spaces_and_line_ends() -> None:
    assert natural(stop=["\n\n", " ###\t"]).writing.stop == ["\n\n", " ###\t"]
    assert natural().opening(0, PLAIN)[0].asked == "Tell me about yourself."

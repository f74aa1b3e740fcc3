"""Pools of primed stories: natural ones of one respondent each."""

from typing import Any

import pytest
from pydantic import ValidationError

from anthology.models.pools.natural import NaturalPool
from anthology.models.pools.primed import PrimedPool
from anthology.models.pools.registry import of_recipe
from anthology.models.questionnaire.style import PLAIN

SCREENING = {"question": "Here?", "options": ["Yes", "No"], "wanted": "Yes"}


def primed(**keys: Any) -> PrimedPool:
    return PrimedPool.model_validate({"name": "primed", "primed_by": "qa", **keys})


def test_its_stories_are_asked_for_and_told_as_natural_ones() -> None:
    prompts = ["a?", "b?", "c?"]
    pool = primed(prompts=prompts, seed=3)
    natural = NaturalPool(name="primed", count=9, prompts=prompts, seed=3)
    for number in range(9):
        assert pool.opening(number, PLAIN) == natural.opening(number, PLAIN)
        assert pool.turns(number, "Me.", PLAIN) == natural.turns(number, "Me.", PLAIN)
    assert pool.writing == natural.writing
    assert (pool.jobs, pool.priming, natural.priming) == (("backstory",), "qa", "none")


def test_until_a_submission_it_does_not_say_how_many_it_has() -> None:
    assert not {"count", "told"} & primed().model_dump().keys()


def test_its_recipe_says_who_is_told_and_gives_it_back() -> None:
    pool = primed(count=8, told="abc", max_tokens=99, seed=1)
    assert pool.recipe["told"] == "abc"
    assert pool.recipe["primed_by"] == "qa"
    assert of_recipe("primed", 8, {**pool.recipe, "model": "m", "asker": "Question"}) == pool


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"count": 9}, "count is that of the simulated respondents, each of whom has one story; "
                       "leave it out"),
        ({"screening": SCREENING}, "screening asks who may tell a story, and here each respondent "
                                   "does; leave it out"),
        ({"primed_by": "twin"}, "Input should be 'bio', 'qa' or 'portray'"),
    ],
)  # fmt: skip
def test_what_it_cannot_be_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        primed(**keys)
    (problem,) = raised.value.errors()
    assert problem["msg"].removeprefix("Value error, ") == said

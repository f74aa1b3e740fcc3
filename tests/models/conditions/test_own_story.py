"""Stories that nobody was matched with: what follows them, and what such conditions are called."""

import pytest
from backgrounds import AGE, JOB
from pydantic import TypeAdapter

from anthology.models.conditions.base import Background, Condition
from anthology.models.conditions.matched_story import MatchedStory
from anthology.models.conditions.own_story import OwnStory
from anthology.models.conditions.registry import AnyCondition
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.style import PLAIN

STORY = [Turn("Who are you?", "I was born.")]
KNOWN = Background([AGE, JOB], {"age": 1, "job": 0}, STORY, PLAIN, True)
ANY: TypeAdapter[Condition] = TypeAdapter(AnyCondition)


def test_the_story_stands_alone_unless_traits_are_appended() -> None:
    assert OwnStory(pool="mine").turns(KNOWN) == STORY
    assert OwnStory(pool="mine", append="bio").turns(KNOWN) == [
        *STORY, Turn("", "I am old. Work: yes, {} of it"),
    ]  # fmt: skip


@pytest.mark.parametrize("append", ["bio", "qa", "qa_freeform", "portray"])
def test_what_is_appended_is_what_a_matched_story_is_followed_by(append: str) -> None:
    entry = {"pool": "mine", "append": append}
    own, matched = ANY.validate_python(entry), ANY.validate_python({**entry, "match": "greedy"})
    assert isinstance(own, OwnStory)
    assert isinstance(matched, MatchedStory)
    known = Background([AGE], KNOWN.answers, STORY, PLAIN, True)
    assert own.turns(known) == matched.turns(known)
    assert (own.name, own.asks_traits) == (f"mine+{append}", append == "qa")


def test_it_is_stored_as_before_where_nothing_is_appended() -> None:
    assert OwnStory(pool="mine").model_dump() == {"pool": "mine"}
    assert OwnStory(pool="mine", append="qa").model_dump() == {"pool": "mine", "append": "qa"}


def test_it_needs_traits_only_to_append_them() -> None:
    assert not OwnStory(pool="mine").needs_traits
    assert OwnStory(pool="mine", append="qa_freeform").needs_traits

"""What a matched story is followed by, and what such conditions are called."""

from typing import Any

import pytest
from backgrounds import AGE, JOB

from anthology.models.conditions.base import Background, Condition
from anthology.models.conditions.matched_story import MatchedStory
from anthology.models.conditions.registry import named
from anthology.models.prompting.rendering import PlainRendering, Turn
from anthology.models.questionnaire.style import PLAIN, Style

STORY = [Turn("Who are you?", "I was born.")]
KNOWN = {"age": 1, "job": 0}
AGE_ASKED = "How old are you?\n(A) young\n(B) old\nAnswer with (A) or (B)."


def story(**keys: Any) -> MatchedStory:
    return MatchedStory.model_validate({"match": "greedy", **keys})


def after(condition: Condition, style: Style = PLAIN) -> list[Turn]:
    found = condition.turns(Background([AGE, JOB], KNOWN, STORY, style, True))
    assert found[0] == STORY[0]
    return found[1:]


def test_a_word_is_the_story_alone_and_a_mapping_has_the_traits_after_it() -> None:
    assert after(named("natural/greedy")) == []
    asked = [turn.asked.partition("\n")[0] for turn in after(story())]
    assert asked == ["How old are you?", "Do you work?"]


def test_appended_questions_come_after_an_answer_the_story() -> None:
    first, second = after(story(append="qa"))
    assert (first.asked, first.reply) == (AGE_ASKED, "(B) old")
    assert "previous answers" in first.reminder
    assert "previous answers" in second.reminder


def test_appended_questions_may_be_answered_in_words() -> None:
    assert after(story(append="qa_freeform")) == [
        Turn("How old are you?", "old"), Turn("Do you work?", "yes, {} of it"),
    ]  # fmt: skip


def test_appended_traits_may_be_sentences_or_an_instruction() -> None:
    assert after(story(append="bio")) == [Turn("", "I am old. Work: yes, {} of it")]
    portrayed = Background([AGE], KNOWN, STORY, PLAIN, True)
    (_, turn) = story(append="portray").turns(portrayed)
    assert turn.instruction.endswith("this person. You are old.")


def test_all_of_it_stands_in_the_prompt_in_its_order() -> None:
    turns = [*STORY, *after(story(append="bio")), Turn("Next?")]
    assert PlainRendering(PLAIN).prompt(turns) == (
        "Question: Who are you?\nAnswer: I was born.\n\n"
        "I am old. Work: yes, {} of it\n\n"
        "Question: Next?\nAnswer:"
    )


@pytest.mark.parametrize(
    ("keys", "name", "matching"),
    [
        ({}, "natural/greedy+qa", "greedy-random"),
        ({"append": "none"}, "natural/greedy", "greedy-random"),
        ({"pool": "lives", "append": "bio"}, "lives/greedy+bio", "lives/greedy-random"),
        ({"name": "mine"}, "mine", "greedy-random"),
        ({"ties": "first"}, "natural/greedy+qa", "greedy"),
        ({"match": "balanced"}, "natural/balanced+qa", "balanced-5"),
        (
            {"match": "balanced", "reuse": 2, "pool": "lives"},
            "lives/balanced+qa",
            "lives/balanced-2",
        ),
    ],
)
def test_its_name_says_pool_matching_and_what_is_appended(
    keys: dict[str, str], name: str, matching: str
) -> None:
    """Conditions that differ in what is appended share a matching."""
    assert (story(**keys).name, story(**keys).matching) == (name, matching)


@pytest.mark.parametrize("word", ["natural/greedy", "natural/random", "natural/max_weight"])
def test_what_one_word_says_is_stored_as_that_word(word: str) -> None:
    condition = named(word)
    assert condition.model_dump(by_alias=True) == word
    _, _, method = word.partition("/")
    ties = {"ties": "first"} if method == "greedy" else {}
    assert story(match=method, append="none", **ties).model_dump(by_alias=True) == word


def test_anything_else_is_stored_as_it_was_written_with_its_defaults() -> None:
    stored = story(name="mine").model_dump(by_alias=True)
    assert stored == {"name": "mine", "pool": "natural", "match": "greedy", "append": "qa"}
    assert MatchedStory.model_validate(stored) == story(name="mine")


def test_of_one_word_the_first_of_equally_good_personas_is_taken_and_of_a_mapping_any() -> None:
    assert named("natural/greedy").method_settings == {"ties": "first"}
    assert story().method_settings == {"ties": "random"}
    assert "ties" not in story().model_dump()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"match": "max_weight", "ties": "first"}, "ties is of match: greedy, not of max_weight"),
        ({"reuse": 5}, "reuse is of match: balanced, not of greedy"),
    ],
)
def test_a_key_of_another_matching_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        story(**keys)


@pytest.mark.parametrize(("personas", "refused"), [(3, True), (4, False)])
def test_a_balanced_matching_needs_a_persona_for_so_many_respondents(
    personas: int, refused: bool
) -> None:
    said = story(match="balanced", reuse=5).shortage("p", personas, 16)
    assert said == (
        "natural/balanced+qa has each persona 5 times at most, but pool 'p' has 3 personas for 16 "
        "respondents; raise its count to at least 4 or raise reuse"
        if refused
        else None
    )

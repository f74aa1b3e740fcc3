"""What is asked of a story before its persona is polled, and what then is certain."""

import pytest

from anthology.models.prompting.prompts import question_turn
from anthology.models.questionnaire.polling import (
    BOTH_ORDERS,
    Polling,
    certain,
    mention_question,
)
from anthology.models.questionnaire.questionnaire import Questionnaire, Readout
from anthology.models.questionnaire.questions import Trait

AGES = {"young": {"from": 18, "to": 49}, "old": {"from": 50, "to": 99}}


def trait(**fields):
    return Trait(**{"name": "age", "question": "How old?", "column": "age", "bio": "I am {}.",
                    "options": AGES, **fields})  # fmt: skip


def asked(**fields):
    return [question_turn(mention_question(trait(**fields)), order).asked for order in BOTH_ORDERS]


def test_the_question_names_the_traits_own_and_its_options_and_is_closed_by_yes_and_no():
    yes, no = asked()
    text = (
        'Does the text above say what this person answers to the question "How old?", so that one '
        "of these is certain: young; old?"
    )
    assert yes == f"{text}\n(A) Yes\n(B) No\nAnswer with (A) or (B)."
    assert no == f"{text}\n(A) No\n(B) Yes\nAnswer with (A) or (B)."


@pytest.mark.parametrize(
    "finer",
    [
        {"number": {"from": 18, "to": 99}},
        {"asked_as": {"18-30": "young", "31-49": "young", "50+": "old"}},
        {"refusal": "I'd rather not say"},
        {"options_order": "averaged"},
    ],
)
def test_however_finely_a_trait_is_asked_a_story_states_what_people_are_matched_by(finer):
    assert asked(**finer) == asked()


def test_what_a_study_may_hold_can_be_asked():
    longest = {"question": "{}% " + "x" * 9990, "options": {"{y}" + "y" * 1990: 1, "no": 2}}
    assert all("{}% xx" in text and "{y}yy" in text for text in asked(**longest))


def test_the_likeliest_option_alone_is_certain():
    assert certain([0.2, 0.5, 0.3]) == [0.0, 1.0, 0.0]
    assert certain([1.0, 0.0]) == [1.0, 0.0]


def test_of_options_that_are_as_likely_none_is_certain():
    assert certain([0.4, 0.4, 0.2]) == [0.4, 0.4, 0.2]


def test_only_polls_can_ask_first():
    assert Polling(mention_first="yes", readout="sample", samples=40).mention_first
    questions = {"a": {"question": "A?", "options": {"x": 1, "y": 2}}}
    for part in (Readout, Questionnaire):
        with pytest.raises(ValueError, match="mention_first"):
            part(**({"questions": questions} if part is Questionnaire else {}), mention_first=True)


def test_polls_that_ask_nothing_first_are_stored_as_versions_before_stored_them():
    assert Polling().model_dump() == Readout().model_dump()
    assert Polling(mention_first=True).model_dump() == {**Readout().model_dump(),
                                                        "mention_first": True}  # fmt: skip

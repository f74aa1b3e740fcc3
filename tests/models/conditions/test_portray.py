"""What `portray` says before the survey, letter by letter."""

import pytest
from backgrounds import AGE, JOB, said, turns

from anthology.models.conditions.portray import Portray
from anthology.models.conditions.traits_told import second_person
from anthology.models.questionnaire.questions import Trait

WORK = JOB.model_copy(update={"portray": "you work: {}."})


def trait(bio: str) -> Trait:
    return AGE.model_copy(update={"bio": bio})


def test_portray_says_the_known_traits_in_the_second_person_in_one_instruction() -> None:
    assert said("portray", {"age": 1, "job": None}) == (
        "Answer the following questions as if you were this person. You are old.\n\n"
    )
    assert turns("portray", {"age": None, "job": None}) == []


def test_a_trait_may_have_a_sentence_of_its_own() -> None:
    (turn,) = turns("portray", {"age": 1, "job": 1}, AGE, WORK)
    assert turn.instruction.endswith("this person. You are old. You work: no.")


@pytest.mark.parametrize(
    ("bio", "you"),
    [
        ("I am {} years old.", "you are {} years old."),
        ("In politics today, I consider myself a {}.",
         "In politics today, you consider yourself a {}."),
        ("My religion is {}; I'm proud of it.", "your religion is {}; you’re proud of it."),
        ("I was born in {}, and it made me.", "you were born in {}, and it made you."),
        ("Illinois is mine; its capital is {}.", "Illinois is yours; its capital is {}."),
    ],
)  # fmt: skip
def test_an_english_bio_is_turned_round(bio: str, you: str) -> None:
    assert second_person(trait(bio), "{}").replace("’", "'") == you.replace("’", "'")


def test_a_bio_that_cannot_be_turned_round_is_refused_with_what_to_do() -> None:
    spanish = trait("Tengo {} años.")
    assert Portray(condition="portray").misfit([AGE, WORK], []) is None
    assert "traits.age: needs portray" in str(Portray(condition="portray").misfit([spanish], []))

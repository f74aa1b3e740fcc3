"""What one virtual person is asked: the context of each condition, and orders that stay put."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import ALL_CONDITIONS, small_study

from anthology.models.prompting.conversation import orders_of, poll_orders
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questions import OpenQuestion, Question, Trait
from anthology.models.study.study import Study

TRAITS = {"age": 1, "sex": None}
FIVE = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}


def names(study: Study, condition: str, person: int) -> list[str]:
    return [planned.question.name for planned in study.plan(condition, person)]


def trait(**fields: Any) -> Trait:
    return Trait.model_validate(
        {"name": "t", "column": "t", "question": "Which?", "bio": "{}", "options": FIVE, **fields}
    )


def test_each_condition_has_the_context_that_its_name_says(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    told = [Turn("Tell me about yourself.", "I was born.")]
    found = {name: study.opening(name, 0, TRAITS, told) for name in ALL_CONDITIONS}
    assert found == {
        "none": [],
        "bio": [Turn("", "I am old.")],
        "qa": [Turn("How old are you?\n(A) young\n(B) old\nAnswer with (A) or (B).", "(B) old")],
        "natural/random": told,
        "natural/greedy": told,
        "natural/max_weight": told,
    }


def test_known_traits_are_told_in_the_style_and_readout_of_the_survey(tmp_path: Path) -> None:
    questionnaire = {"readout": "text", "options": FIVE, "questions": {"roads": "Roads?"}}
    study = small_study(tmp_path, questionnaire=questionnaire)
    assert study.opening("qa", 0, TRAITS)[0].reply == "old"
    study = small_study(tmp_path, style={"labels": "digits", "brackets": "square"})
    assert study.opening("qa", 0, TRAITS)[0].reply == "[2] old"


def test_everybody_is_asked_every_question_once(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    for person in range(20):
        assert sorted(names(study, "none", person)) == ["parks", "roads", "vote"]


def test_people_are_asked_in_different_orders_and_conditions_too(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    plans = [names(study, "none", n) for n in range(40)]
    assert len({tuple(plan) for plan in plans}) == 6
    assert plans != [names(study, "bio", n) for n in range(40)]


def test_a_plan_is_the_same_every_time(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    assert [study.plan("none", n) for n in range(9)] == [study.plan("none", n) for n in range(9)]


@pytest.mark.parametrize(("order", "fixed"), [("fixed", True), ("shuffled", False)])
def test_a_questionnaire_in_fixed_order_is_asked_as_written(
    tmp_path: Path, order: str, fixed: bool
) -> None:
    questionnaire = {
        "order": order,
        "options": {"a": 1, "b": 2},
        "questions": {name: f"{name}?" for name in ("roads", "parks", "vote")},
    }
    study = small_study(tmp_path, questionnaire=questionnaire)
    plans = [names(study, "none", n) for n in range(20)]
    assert all(plan == ["roads", "parks", "vote"] for plan in plans) == fixed


def test_the_items_of_a_battery_stay_together_when_shuffled_in_blocks(tmp_path: Path) -> None:
    questionnaire = {
        "order": "shuffled_in_blocks",
        "options": {"a": 1, "b": 2},
        "questions": {
            "roads": "Roads?",
            "trust": {"battery": "Trust {}?", "items": {"x": "X", "y": "Y", "z": "Z"}},
            "parks": "Parks?",
        },
    }
    study = small_study(tmp_path, questionnaire=questionnaire)
    plans = [names(study, "none", n) for n in range(40)]
    assert all((plan[0], plan[-1]) == ("roads", "parks") for plan in plans)
    assert len({tuple(plan[1:4]) for plan in plans}) == 6


def test_another_seed_asks_in_another_order(tmp_path: Path) -> None:
    one, other = (small_study(tmp_path, seed=seed) for seed in (1, 2))
    assert [one.plan("none", n) for n in range(9)] != [other.plan("none", n) for n in range(9)]


def test_an_averaged_question_is_planned_in_all_its_orders_and_goes_on_in_the_first(
    tmp_path: Path,
) -> None:
    questionnaire = {
        "options_order": "averaged",
        "options": {"a": 1, "b": 2, "c": 3},
        "questions": {"roads": "Roads?"},
    }
    (planned,) = small_study(tmp_path, questionnaire=questionnaire).plan("none", 0)
    assert len(planned.orders) == len({tuple(order) for order in planned.orders}) == 6
    assert planned.shown == planned.orders[0]


def test_a_refusal_is_shown_last_in_every_order() -> None:
    question = trait(refusal="Rather not", options_order="random")
    shown = [poll_orders(question, 1, person)[0] for person in range(50)]
    assert {order[-1] for order in shown} == {5}
    assert {order[0] for order in shown} == {0, 1, 2, 3, 4}


def test_numbers_and_free_text_have_nothing_that_could_be_turned_round() -> None:
    number = Question.model_validate(
        {
            "name": "n", "column": "n", "question": "How many?", "options_order": "random",
            "options": {"low": 1, "high": [2, 3]}, "number": {"from": 1, "to": 3},
        }
    )  # fmt: skip
    assert orders_of(number, 1, "none", 1) == [[0, 1, 2]]
    assert orders_of(OpenQuestion(name="o", question="Why?", free_text=True), 1) == [[]]


def test_two_studies_that_share_a_pool_show_a_persona_a_trait_in_the_same_order() -> None:
    """So that a poll that one has stored is what the other would have found."""
    one, other = trait(name="a", options_order="random"), trait(name="b", options_order="random")
    assert [poll_orders(one, 1, n) for n in range(9)] == [
        poll_orders(other, 1, n) for n in range(9)
    ]

"""`retest` in a study file: which columns it may name, and that other studies stay as they were."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import small_study
from retested import QUESTIONS, retested
from study_files import changed, load, refusal

from anthology.models.questionnaire.retest import asked_again
from anthology.models.study.study import Study


def roads(**fields: Any) -> dict[str, Any]:
    asked = {"question": "Too much on roads?", "retest": "roads_w2", **fields}
    return changed("questionnaire.questions.roads", asked)


def test_questions_asked_again_are_the_same_but_for_column_and_name(tmp_path: Path) -> None:
    first, _, third = (study := retested(tmp_path)).compared
    second = asked_again(study.compared)
    assert [question.column for question in second] == ["roads_w2", "vote_w2"]
    assert [question.name for question in second] == ["roads@retest", "vote@retest"]
    assert [question.options for question in second] == [first.options, third.options]
    assert Study.from_spec(study.spec) == study


def test_studies_without_second_answers_are_stored_as_before(tmp_path: Path) -> None:
    assert "retest" not in str(small_study(tmp_path).spec)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"column": None}, "retest needs a column, whose answers the second ones are held to"),
        ({"retest": "roads"}, "retest and column are both 'roads'; name the second wave's"),
        (
            {"options": {"Yes": 1, "No": {"blank": True}}},
            "retest: the empty cell is 'No' here, so who was not asked again would count as an "
            "answer; give that option a code, or leave retest out",
        ),
    ],
)
def test_a_column_that_cannot_have_second_answers_is_refused(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    [line] = refusal(tmp_path, roads(**fields))
    assert said in line
    assert line.startswith("questionnaire.questions.roads: ")


def test_what_is_no_question_that_humans_answered_has_no_second_answer(tmp_path: Path) -> None:
    trait = changed("traits.sex.retest", "sex_w2")
    assert "traits.sex.retest: is of questions of the survey alone" in refusal(tmp_path, trait)[0]
    alone = roads() | {"humans": None, "conditions": [{"pool": "natural"}]}
    assert "there are no humans who answered; leave it out" in refusal(tmp_path, alone)[0]


def test_one_column_has_the_second_answers_to_one_question(tmp_path: Path) -> None:
    battery = {"battery": "Too much on", "retest": "w2", "items": {"roads": "roads", "parks": "p"}}
    [line] = refusal(tmp_path, changed("questionnaire.questions", {"spending": battery}))
    assert (
        "parks.retest: column 'w2' cannot have the second answers to both 'roads' and 'parks'"
        in line
    )
    battery = {
        "battery": "Too much on",
        "items": {"roads": {"item": "roads", "retest": "roads_w2"}, "parks": "parks"},
    }
    study = load(tmp_path, changed("questionnaire.questions", {"spending": battery}))
    assert [question.retest for question in study.questions] == ["roads_w2", None]


@pytest.mark.parametrize(
    ("column", "whose"), [("parks", "of question 'parks'"), ("sex", "of 'sex'")]
)
def test_answers_to_something_else_are_no_second_ones(
    tmp_path: Path, column: str, whose: str
) -> None:
    [line] = refusal(tmp_path, roads(retest=column))
    assert line.startswith("questionnaire.questions.roads.retest: ")
    assert f"column {column!r} has the answers {whose}; name the one in which people" in line


def test_second_answers_are_not_told_to_twins(tmp_path: Path) -> None:
    told = {"question": "And then?", "column": "roads_w2", "options": {"little": 1, "much": 3}}
    fields = roads() | {"earlier": {"then": told}}
    assert "tells column 'roads_w2', which question 'roads' asks" in refusal(tmp_path, fields)[0]


def test_a_condition_may_be_called_retest_where_nobody_was_asked_again(tmp_path: Path) -> None:
    """Stored studies may have one."""
    named = {"conditions": [{"condition": "bio", "name": "retest"}]}
    assert small_study(tmp_path, **named).condition_names == ["retest"]
    [line] = refusal(tmp_path, {**roads(), **named})
    assert "conditions.0: is called 'retest', as the row of second answers is" in line


def test_the_column_of_second_answers_is_part_of_what_makes_a_study(tmp_path: Path) -> None:
    other = {**QUESTIONS, "vote": {**QUESTIONS["vote"], "retest": "vote_w3"}}
    found = retested(tmp_path, questionnaire={"questions": other})
    assert found.digest != retested(tmp_path).digest

"""The survey as a file has it: what questions share, batteries, and settings that must agree."""

from typing import Any

import pytest
from pydantic import ValidationError

from anthology.models.questionnaire.questionnaire import Questionnaire, Readout
from anthology.models.questionnaire.questions import OpenQuestion, Question

SCALE = {"bad": 1, "good": 2}


def questionnaire(questions: dict[str, Any] | None = None, **fields: Any) -> Questionnaire:
    base: dict[str, Any] = {"options": SCALE, "questions": questions or {"roads": "Roads?"}}
    return Questionnaire.model_validate({**base, **fields})


def closed(questions: dict[str, Any], **fields: Any) -> dict[str, Question]:
    return {q.name: q for q in questionnaire(questions, **fields).closed}


def refusal(questions: dict[str, Any] | None = None, **fields: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        questionnaire(questions, **fields)
    return str(raised.value)


# --- what questions share -------------------------------------------------------------------------


def test_a_question_takes_what_is_shared_and_its_name_for_its_column() -> None:
    found = closed({"roads": "Roads?"}, missing=[9], anchored=["good"])["roads"]
    assert (found.name, found.column, found.text) == ("roads", "roads", "Roads?")
    assert (found.options, found.missing, found.anchored) == (SCALE, [9], ["good"])
    assert found.options_order == "reversed"


def test_a_question_with_its_own_settings_keeps_them() -> None:
    own = {"question": "Q?", "column": "c", "missing": [], "options_order": "random",
           "options": {"no": 0, "yes": 1}}  # fmt: skip
    found = closed({"roads": own}, missing=[9], anchored=["good"], options_order="fixed")["roads"]
    assert (found.column, found.missing, found.options_order) == ("c", [], "random")
    assert (found.option_texts, found.anchored) == (["no", "yes"], [])


def test_a_shared_refusal_can_be_switched_off() -> None:
    asked = {"roads": "Roads?", "parks": {"question": "Parks?", "refusal": None}}
    found = closed(asked, refusal="Rather not")
    assert (found["roads"].refusal, found["parks"].refusal) == ("Rather not", None)
    assert found["parks"].choices == ["bad", "good"]


def test_the_number_of_permutations_is_shared_by_the_questions_that_are_averaged() -> None:
    asked = {"roads": "Roads?", "parks": {"question": "Parks?", "options_order": "fixed"}}
    found = closed(asked, options_order="averaged", permutations=2)
    assert (found["roads"].permutations, found["parks"].permutations) == (2, None)


def test_free_text_takes_nothing_that_is_shared() -> None:
    asked = {"roads": "Roads?", "why": {"question": "Why?", "free_text": True, "max_tokens": 9}}
    found = questionnaire(asked, refusal="Rather not", missing=[9])
    assert found.questions["why"] == OpenQuestion(
        name="why", text="Why?", free_text=True, max_tokens=9
    )
    assert [q.name for q in found.closed] == ["roads"]


# --- batteries ------------------------------------------------------------------------------------


def test_the_items_of_a_battery_are_questions_of_one_block() -> None:
    battery = {
        "battery": "How is the state of {} in {}?",
        "items": {"roads": "roads", "parks": {"item": "parks", "column": "prk"}},
        "missing": [9],
    }
    found = closed({"state": battery})
    assert [q.text for q in found.values()] == [
        "How is the state of roads in roads?", "How is the state of parks in parks?",
    ]  # fmt: skip
    assert [q.column for q in found.values()] == ["roads", "prk"]
    assert {q.block for q in found.values()} == {"state"}
    assert all((q.options, q.missing) == (SCALE, [9]) for q in found.values())


def test_a_stem_without_a_place_stands_before_its_items() -> None:
    found = closed({"trust": {"battery": "I trust", "items": {"army": "the {} army."}}})
    assert found["army"].text == "I trust the {} army."


def test_an_item_may_have_its_own_wording_and_scale() -> None:
    items = {"a": "A", "b": {"item": "B", "options": {"x": 1, "y": 2}, "refusal": "No say"}}
    found = closed({"bat": {"battery": "Rate {}.", "options": {"p": 1, "q": 2}, "items": items}})
    assert found["a"].choices == ["p", "q"]
    assert found["b"].choices == ["x", "y", "No say"]


def test_select_all_asks_yes_or_no_for_each_item() -> None:
    found = closed({"owns": {"select_all": "Which do you own?", "items": {"car": "A car"}}})
    car = found["car"]
    assert car.text == "Which do you own? A car: does this apply?"
    assert (car.options, car.ordered, car.options_order) == ({"Yes": 1, "No": 0}, False, "fixed")
    assert car.block == "owns"


def test_select_all_takes_the_refusal_but_not_the_scale_that_is_shared() -> None:
    entry = {"select_all": "Do you own {}?", "items": {"car": "a car"}, "options_order": "random"}
    car = closed({"owns": entry}, refusal="Rather not", anchored=["good"])["car"]
    assert (car.text, car.choices) == ("Do you own a car?", ["Yes", "No", "Rather not"])
    assert (car.options_order, car.anchored) == ("random", [])


def test_select_all_may_have_other_codes() -> None:
    entry = {"select_all": "Own {}?", "options": {"Yes": 1, "No": 2}, "items": {"car": "a car"}}
    assert closed({"owns": entry})["car"].options == {"Yes": 1, "No": 2}


def test_a_battery_may_ask_for_free_text() -> None:
    entry = {"battery": "Why {}?", "free_text": True, "items": {"a": "roads", "b": "parks"}}
    found = questionnaire({"roads": "Roads?", "why": entry}).questions
    assert isinstance(found["b"], OpenQuestion)
    assert (found["b"].text, found["b"].block) == ("Why parks?", "why")


def test_spreading_twice_changes_nothing() -> None:
    battery = {"battery": "Rate {}.", "items": {"a": "A", "b": "B"}}
    found = questionnaire({"bat": battery, "why": {"question": "Why?", "free_text": True}})
    spec = found.model_dump(mode="json", by_alias=True)
    assert Questionnaire.model_validate(spec) == found


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"battery": "Rate {}."}, "'x' needs a stem as text and items"),
        ({"battery": "Rate {}.", "items": ["a"]}, "'x' needs a stem as text and items"),
        ({"battery": "Rate {}.", "items": {}}, "'x' needs a stem as text and items"),
        ({"battery": " ", "items": {"a": "A"}}, "'x' needs a stem as text and items"),
        ({"battery": ["S"], "items": {"a": "A"}}, "'x' needs a stem as text and items"),
        ({"battery": "S", "items": {"a": None}}, "the item 'a' needs its wording"),
        ({"battery": "S", "items": {"a": 2016}}, "the item 'a' needs its wording"),
        ({"battery": "S", "items": {"a": " "}}, "the item 'a' needs its wording"),
        ({"battery": "S", "items": {"a": {"column": "c"}}}, "the item 'a' needs its wording"),
        ({"battery": "S", "items": {"roads": "A"}}, "two questions are named 'roads'"),
        (
            {"battery": "S", "select_all": "S", "items": {"a": "A"}},
            "one of question, battery and select_all",
        ),
        (
            {"battery": "S", "question": "S?", "items": {"a": "A"}},
            "one of question, battery and select_all",
        ),
    ],
)
def test_a_battery_that_cannot_be_spread_is_refused(entry: dict[str, Any], expected: str) -> None:
    assert expected in refusal({"roads": "Roads?", "x": entry})


def test_an_item_that_two_batteries_have_is_refused() -> None:
    battery = {"battery": "Rate {}.", "items": {"a": "A"}}
    assert "two questions are named 'a'" in refusal({"one": battery, "two": battery})


# --- settings that must agree ---------------------------------------------------------------------

AVERAGED: dict[str, Any] = {"options_order": "averaged"}
NUMBER = {"question": "How many?", "options": {"a": 1, "b": 2}, "number": {"from": 1, "to": 2}}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"length_normalization": "byte"}, "length_normalization needs readout: text"),
        ({"samples": 5}, "samples needs readout: sample"),
        ({"readout": "text", "samples": 5}, "samples needs readout: sample"),
        ({"readout": "sample", "temperature": 2.5}, "temperature of at most 2"),
        ({"readout_check": 0.1, "temperature": 2.5}, "temperature of at most 2"),
        ({"readout": "sample", "readout_check": 0.1}, "readout: sample is them"),
        ({"readout": "text", "debias": "label_prior"}, "label_prior needs readout: logprob"),
        ({"debias": "label_prior", **AVERAGED}, "choose one of the two"),
        ({"readout": "sample", **AVERAGED}, "use random"),
        ({"debias": "label_prior", "questions": {"n": NUMBER}}, "needs a question with labels"),
        (
            {"questions": {"why": {"question": "Why?", "free_text": True}}},
            "free text alone cannot be measured",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    fields: dict[str, Any], expected: str
) -> None:
    assert expected in refusal(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"readout": "text", "length_normalization": "token", **AVERAGED},
        {"readout": "sample", "samples": 40, "temperature": 2},
        {"temperature": 10},
        {"debias": "label_prior", "readout_check": 0.05},
        {"debias": "label_prior", "questions": {"n": NUMBER, "roads": "Roads?"}},
    ],
)
def test_settings_that_agree_are_taken(fields: dict[str, Any]) -> None:
    found = questionnaire(**fields)
    assert all(getattr(found, key) == value for key, value in fields.items()
               if key in Questionnaire.model_fields and key != "questions")  # fmt: skip


def test_options_have_labels_unless_they_are_read_in_their_own_words() -> None:
    assert [Readout.model_validate({"readout": r}).labelled for r in ("logprob", "text", "sample")
            ] == [True, False, True]  # fmt: skip

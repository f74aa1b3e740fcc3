"""Questions that share a stem and their options are drafted as a battery, and ask the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.questionnaire.questionnaire import Questionnaire
from anthology.producer.surveys.drafting.batteries import grouped

TRUST = {"A lot": 1, "Some": 2, "None": 3}
STEMS = st.sampled_from(["How much do you trust the following?", "Trust in", "I am someone who..."])
ITEMS = st.lists(
    st.sampled_from(["Parliament", "The police", "Courts - the highest", "The press (local)",
                     "Scientists, all of them", "e-mail"]),
    min_size=2, max_size=5, unique=True,
)  # fmt: skip
FORMS = ["{} - {}", "{}: {}", "{} [{}]", "{} – {}"]


def asked(*wordings: str, **fields: Any) -> dict[str, dict[str, Any]]:
    return {f"t_{n}": {"question": wording, "options": TRUST, **fields}
            for n, wording in enumerate(wordings, start=1)}  # fmt: skip


@given(STEMS, ITEMS, st.sampled_from(FORMS))
def test_a_stem_and_a_separator_make_a_battery(stem: str, items: list[str], form: str) -> None:
    [battery] = grouped(asked(*(form.format(stem, item) for item in items))).values()
    assert battery["battery"].rstrip(":") == stem
    assert list(battery["items"].values()) == items
    assert battery["options"] == TRUST


@given(st.lists(st.text(alphabet="ab? .:-[]", min_size=1).map(str.strip).filter(bool), max_size=6))
def test_whatever_is_grouped_is_still_asked_once_with_all_its_words(wordings: list[str]) -> None:
    before = asked(*wordings)
    if not before:
        return
    after = Questionnaire.model_validate({"questions": grouped(before)})
    assert set(after.questions) == set(before)
    for name, question in after.questions.items():
        letters = [letter for letter in before[name]["question"] if letter in "ab"]
        assert sorted(letter for letter in question.text if letter in "ab") == sorted(letters)


def test_labels_that_begin_alike_are_asked_word_for_word() -> None:
    wordings = [f"How much do you trust the {who} to do what is right?" for who in ("army", "EU")]
    [battery] = grouped(asked(*wordings)).values()
    assert battery["battery"] == "How much do you trust the {} to do what is right?"
    after = Questionnaire.model_validate({"questions": {"b": battery}})
    assert [question.text for question in after.questions.values()] == wordings


@pytest.mark.parametrize(
    "questions",
    [
        asked("Trust - police", "Satisfaction - work"),
        asked("Trust the press?", "Trust the army?"),
        {**asked("Trust - police"), "b": {"question": "Trust - army", "options": {"Y": 1, "N": 2}}},
        asked("Trust - {}", "Trust - {} too"),
    ],
)
def test_what_shares_no_stem_or_not_the_options_stays_as_it_is(questions: dict[str, Any]) -> None:
    assert grouped(questions) == questions


def test_items_of_a_battery_may_differ_in_what_is_missing() -> None:
    questions = asked("Trust - police", "Trust - army")
    questions["t_1"]["missing"], questions["t_2"]["missing"] = [8, 9], [9, 99]
    assert grouped(questions)["battery"]["missing"] == [8, 9, 99]


def test_items_that_the_file_numbered_lose_their_numbers() -> None:
    [battery] = grouped(asked("Trust: a. Police", "Trust: b. Army")).values()
    assert list(battery["items"].values()) == ["Police", "Army"]


def test_columns_keep_their_names_where_questions_have_others() -> None:
    questions = asked("Trust - police", "Trust - army")
    questions["t_1"]["column"] = "q$1"
    assert grouped(questions)["battery"]["items"] == {
        "t_1": {"item": "police", "column": "q$1"}, "t_2": "army",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "multiple", "expected"),
    [
        ({"Not selected": 0, "Selected": 1}, [], None),
        ({"Yes": 1, "No": 0}, ["use_1", "use_2"], None),
        ({"Mentioned": 1, "Not mentioned": 2}, [], {"Yes": 1, "No": 2}),
    ],
)
def test_answers_that_can_be_chosen_together_are_select_all(
    options: dict[str, int], multiple: list[str], expected: dict[str, int] | None
) -> None:
    questions = {f"use_{n}": {"question": f"Which do you use? - {what}", "options": options,
                              "ordered": False}
                 for n, what in enumerate(["Email", "Phone"], start=1)}  # fmt: skip
    [(name, battery)] = grouped(questions, multiple).items()
    assert name == "use"
    assert battery["select_all"] == "Which do you use?"
    assert battery.get("options") == expected
    after = Questionnaire.model_validate({"questions": {"use": battery}})
    assert after.closed[0].option_texts == ["Yes", "No"]


def test_yes_and_no_alone_are_a_battery_and_not_select_all() -> None:
    questions = asked("Do you own this? - Car", "Do you own this? - Boat", ordered=False)
    for fields in questions.values():
        fields["options"] = {"Yes": 1, "No": 2}
    assert "battery" in grouped(questions)["battery"]


def test_a_cell_left_blank_may_be_what_was_not_chosen() -> None:
    options = {"Yes": 1, "No": {"blank": True}}
    questions = {f"use_{what}": {"question": f"Which do you use? - {what}", "options": options}
                 for what in ("tv", "radio")}  # fmt: skip
    [battery] = grouped(questions, list(questions)).values()
    assert (battery["select_all"], battery["options"]) == ("Which do you use?", options)
    after = Questionnaire.model_validate({"questions": {"use": battery}})
    assert [question.blank for question in after.closed] == [1, 1]


def test_redcaps_choices_are_the_options_of_one_question() -> None:
    options = {"Checked": "Checked", "Unchecked": "Unchecked"}
    questions = {f"use_{n}": {"question": f"Which do you use? (choice={what})", "options": options}
                 for n, what in enumerate(["Phone", "None (of these)"])}  # fmt: skip
    [battery] = grouped(questions, list(questions)).values()
    assert battery["select_all"] == "Which do you use?"
    assert list(battery["items"].values()) == ["Phone", "None (of these)"]
    assert battery["options"] == {"Yes": "Checked", "No": "Unchecked"}

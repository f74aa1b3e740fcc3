"""Labels that options bring along are told from words and numbers that they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.questionnaire.option_labels import numbering

TEXTS = ["A great deal", "Some", "Not at all"]


@pytest.mark.parametrize(
    "options",
    [
        ["(1) A great deal", "(2) Some", "(3) Not at all"],
        ["(A) A great deal", "(B) Some", "(C) Not at all"],
        ["[a] A great deal", "[b] Some", "[c] Not at all"],
        ["A) A great deal", "B) Some", "C) Not at all"],
        ["1)A great deal", "2)Some", "3)Not at all"],
        ["1. A great deal", "2. Some", "3. Not at all"],
        ["1.A great deal", "2.Some", "3.Not at all"],
        ["a. A great deal", "b. Some", "c. Not at all"],
        ["01. A great deal", "02. Some", "03. Not at all"],
        ["1 = A great deal", "2 = Some", "3 = Not at all"],
        ["1: A great deal", "2: Some", "3: Not at all"],
        ["1 - A great deal", "2 - Some", "3 - Not at all"],
        ["3 – A great deal", "2 – Some", "1 – Not at all"],
        ["i. A great deal", "ii. Some", "iii. Not at all"],
        ["(I) A great deal", "(II) Some", "(III) Not at all"],
        ["- A great deal", "- Some", "- Not at all"],
        ["• A great deal", "• Some", "• Not at all"],
        ["① A great deal", "② Some", "③ Not at all"],
        ["（１）A great deal", "（２）Some", "（３）Not at all"],
    ],
)
def test_labels_of_one_kind_that_count_are_taken_off(options: list[str]) -> None:
    found = numbering(options)
    assert found is not None
    assert found.texts == TEXTS


def test_the_last_option_may_have_no_label() -> None:
    found = numbering(["A) Tax cuts", "B) Spending", "C) Both", "None of these"])
    assert found is not None
    assert found.labels == ["A", "B", "C"]
    assert found.texts == ["Tax cuts", "Spending", "Both", "None of these"]
    assert numbering(["1. Agree", "2. Disagree", "Depends"], [1, 2, 8]) is not None
    assert numbering(["Depends", "1. Agree", "2. Disagree"]) is None


def test_labels_that_count_from_the_first_may_stand_in_any_order() -> None:
    found = numbering(["B) Tax cuts", "A) Some", "C) None"])
    assert found is not None
    assert (found.labels, found.texts) == (["B", "A", "C"], ["Tax cuts", "Some", "None"])
    assert numbering(["(2) Tax cuts", "(7) Some", "(4) None"]) is None


def test_labels_that_are_the_codes_are_taken_off() -> None:
    options = ["(1) Yes", "(5) No", "(7) Other"]
    found = numbering(options, [1, 5, 7])
    assert found is not None
    assert (found.labels, found.texts) == (["1", "5", "7"], ["Yes", "No", "Other"])
    assert numbering(options) is None


@pytest.mark.parametrize(
    "options",
    [
        ["18-29", "30-49", "50+"],
        ["1 - 2 times", "2 - 3 times", "3 - 4 times"],
        ["1st generation", "2nd generation", "3rd generation"],
        ["1 or more", "2 or more", "3 or more"],
        ["1 child", "2 children"],
        ["A few", "A lot"],
        ["I agree", "I disagree"],
        ["1.5 hours", "2.5 hours"],
        ["1:30", "2:45"],
        ["A. Smith", "J. Doe"],
        ["A-levels", "B-levels"],
        ["$1,000", "$2,000"],
        ["(1) Yes", "No"],
        ["(1) Yes", "2. No"],
        ["(1) Yes", "(2) yes"],
        ["(1)", "(2)"],
        ["0 - Not at all", "1", "2 - Extremely"],
        ["- Yes", "• No"],
        ["-1 degree", "-2 degrees"],
        ["Yes", "No"],
        ["(A) Yes"],
        [],
    ],
)
def test_what_the_options_say_is_left_alone(options: list[str]) -> None:
    assert numbering(options) is None


@given(st.lists(st.text(max_size=8), max_size=4))
def test_no_options_are_too_strange_and_none_loses_its_words(options: list[str]) -> None:
    found = numbering(options)
    if found is not None:
        assert all(map(str.endswith, map(str.strip, options), found.texts))
        assert len({text.casefold() for text in found.texts}) == len(options)

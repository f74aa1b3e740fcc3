"""A label becomes the question that people were asked, whatever stands around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.questionnaire.wording import seen
from anthology.producer.surveys.drafting.wordings import (
    CUT,
    IDS,
    INSTRUCTIONS,
    MARKUP,
    SELECTED,
    UNNAMED,
    Wording,
    cleaned_options,
    wording_of,
)

QUESTIONS = st.sampled_from([
    "How much do you trust the press?", "Should taxes be raised, lowered or kept (as they are)?",
    "¿Cómo calificaría la situación económica?", "Is 3 < 4?", "Wie zufrieden sind Sie?",
    "Would you say that most people can be trusted", "In the U.S., is AT&T a company?",
])  # fmt: skip
NAMES = st.sampled_from(["Q1", "SCI1", "V202352", "q12a", "TRUST_3b", "E1"])
ENDINGS = st.sampled_from([". ", ": ", ") ", " - "])
INSTRUCTED = st.sampled_from([
    "[READ LIST]", "(INTERVIEWER: probe once.)", "[DO NOT READ]", "(SHOW CARD 12)", "[RANDOMIZE]",
    "(NO LEER)", "[Select all that apply]", "[OR]", "(SPECIFY)", "DO NOT READ", "(VOL.)",
])  # fmt: skip


@given(QUESTIONS, NAMES, ENDINGS)
def test_a_variables_id_is_taken_off(question: str, name: str, ending: str) -> None:
    assert wording_of(f"{name}{ending}{question}", name).text == question
    assert wording_of(f"{name}{ending}{question}", "other").text == question
    assert wording_of(f"{name}{ending}{question}", f"{name}_W34").changes == [IDS]


@given(QUESTIONS, st.sampled_from(["b", "span style='color: red'", 'p class="x"', "font size=2"]))
def test_markup_is_taken_off(question: str, tag: str) -> None:
    escaped = question.replace("&", "&amp;").replace("<", "&lt;").replace(" ", "&nbsp;", 1)
    found = wording_of(f"<{tag}>{escaped}</{tag.split()[0]}><br />", "q")
    assert (found.text, found.changes) == (question, [MARKUP])


@given(QUESTIONS, INSTRUCTED)
def test_instructions_are_taken_off(question: str, instruction: str) -> None:
    found = wording_of(f"{question} {instruction}", "q")
    assert (found.text, found.changes) == (question, [INSTRUCTIONS])


@given(st.text(), st.text(min_size=1))
def test_no_wording_is_empty_or_has_an_end_of_line(label: str, column: str) -> None:
    text = wording_of(label, column).text
    assert "\n" not in text
    assert seen(text)


@given(QUESTIONS)
def test_a_question_as_it_was_asked_stays_as_it_is(question: str) -> None:
    found = wording_of(question, "q7")
    assert (found.text, found.changes) == (question, [])


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("V202352  POST: How often do you vote?", "How often do you vote?"),
        ("Do you favor this [OR] oppose it?", "Do you favor this or oppose it?"),
        ("Other. Specify:", "Other"),
        ("Please specify your age", "Please specify your age"),
        ("COVID-19: how worried are you?", "COVID-19: how worried are you?"),
        ("Age of respondent", "Age of respondent"),
        ("[DO NOT READ]", "[DO NOT READ]"),
        ("P.1 ¿Votó? (LEER) (MOSTRAR TARJETA A)", "¿Votó?"),
        ("Do you read (for example, newspapers)?", "Do you read (for example, newspapers)?"),
        ("Trust in <country>'s courts", "Trust in <country>'s courts"),
    ],
)
def test_what_belongs_to_a_question_stays(label: str, text: str) -> None:
    assert wording_of(label, "age" if label.startswith("Age") else "V202352").text == text


@pytest.mark.parametrize("limit", [40, 80, 120, 255])
def test_a_label_that_the_file_cut_is_noticed(limit: int) -> None:
    whole = "To what extent do you agree that the government listens to people like you " * 4
    assert CUT in wording_of(whole[:limit].rstrip() + "x" * (limit - len(whole[:limit].rstrip())),
                             "q").changes  # fmt: skip
    assert CUT not in wording_of(whole[: limit - 1].rstrip() + "?", "q").changes
    assert CUT in wording_of("How often do you ...", "q").changes
    assert CUT not in wording_of("How often do you vote", "q").changes


@pytest.mark.parametrize(
    "piped",
    ["${q://QID1/ChoiceTextEntryValue}", "[INSERT PARTY]", "{{name}}", "%name%", "[COUNTRY]"],
)
def test_piped_text_stays_and_is_noticed(piped: str) -> None:
    found = wording_of(f"How do you feel about {piped}?", "q")
    assert piped in found.text
    assert any(change.startswith(piped) for change in found.changes)


def test_a_column_without_a_label_has_its_name_and_says_so() -> None:
    assert wording_of("", "natenvir").changes == [UNNAMED]
    assert wording_of("Q1", "Q1").changes == [UNNAMED]
    assert wording_of("", "Overall, how satisfied are you?").changes == []


def test_options_lose_markup_and_instructions_unless_two_would_be_alike() -> None:
    assert cleaned_options(["<span>Yes</span>", "No&nbsp;[VOL.]", "R&amp;D", "<<"]) == [
        "Yes", "No", "R&D", "<<",
    ]  # fmt: skip
    assert cleaned_options(["Other", "Other (specify)"]) == ["Other", "Other (specify)"]
    assert cleaned_options(["(Refused)", "Reading (books)"]) == ["(Refused)", "Reading (books)"]


@pytest.mark.parametrize("item", ["", " - TV"])
def test_the_mark_of_qualtrics_for_the_answer_itself_is_taken_off(item: str) -> None:
    found = wording_of(f"Which of these do you use? - Selected Choice{item}", "Q2")
    assert found == Wording(f"Which of these do you use?{item}", [SELECTED])

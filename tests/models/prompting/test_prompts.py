"""The words a model reads, letter by letter, in the plain format of the method."""

from anthology.models.prompting.prompts import question_turn, reply, story_turn
from anthology.models.prompting.rendering import PlainRendering, Turn
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.questionnaire.style import PLAIN, Style

TWO = Question(name="vote", question="Did you vote?", column="vote", options={"Yes": 1, "No": 2})
THREE = Question(
    name="roads", question="Are we spending too much on roads?", column="roads",
    options={"too little": 1, "about right": 2, "too much": 3},
)  # fmt: skip
DAYS = Question(
    name="days", question="On how many days?", column="days",
    options={"few": {"from": 0, "to": 3}, "many": {"from": 4, "to": 7}},
    number={"from": 0, "to": 7},
)  # fmt: skip
WHY = OpenQuestion(name="why", question="Why is that?", free_text=True)


def text(*turns: Turn, style: Style = PLAIN) -> str:
    return PlainRendering(style).prompt(turns)


def said(*turns: Turn, style: Style = PLAIN) -> str:
    """A conversation's whole text: what stands before one more question."""
    return text(*turns, Turn("next"), style=style).removesuffix(f"{style.asker}: next\n"
                                                                f"{style.answerer}:")  # fmt: skip


def with_refusal(question: Question) -> Question:
    return question.model_copy(update={"refusal": "Prefer not to answer"})


def test_a_first_question_of_two_options() -> None:
    assert text(question_turn(TWO, [0, 1])) == (
        "Question: Did you vote?\n"
        "(A) Yes\n"
        "(B) No\n"
        "Answer with (A) or (B).\n"
        "Answer:"
    )  # fmt: skip


def test_a_later_question_of_three_options_in_another_order() -> None:
    assert text(question_turn(THREE, [2, 0, 1], after=[Turn("Before?", "Yes.")])) == (
        "Answer the following question keeping in mind your previous answers.\n"
        "Question: Are we spending too much on roads?\n"
        "(A) too much\n"
        "(B) too little\n"
        "(C) about right\n"
        "Answer with (A), (B), or (C).\n"
        "Answer:"
    )


def test_an_answer_has_the_label_it_was_shown_under() -> None:
    assert reply(THREE, [2, 0, 1], 0) == "(B) too little"
    assert reply(THREE, [2, 0, 1], 2) == "(A) too much"


def test_a_conversation_of_two_questions() -> None:
    first = question_turn(TWO, [1, 0]).replied(reply(TWO, [1, 0], 0))
    assert text(first, question_turn(THREE, [0, 1, 2], after=[Turn("Before?", "Yes.")])) == (
        "Question: Did you vote?\n(A) No\n(B) Yes\nAnswer with (A) or (B).\nAnswer: (B) Yes\n\n"
        "Answer the following question keeping in mind your previous answers.\n"
        "Question: Are we spending too much on roads?\n"
        "(A) too little\n(B) about right\n(C) too much\n"
        "Answer with (A), (B), or (C).\nAnswer:"
    )


def test_a_story_is_the_answer_to_its_question() -> None:
    assert text(story_turn("Tell me about yourself.")) == (
        "Question: Tell me about yourself.\nAnswer:"
    )
    assert said(story_turn("Tell me about yourself.", "  I was born.\n")) == (
        "Question: Tell me about yourself.\nAnswer: I was born.\n\n"
    )


def test_options_without_labels_are_asked_for_word_for_word() -> None:
    turn = question_turn(THREE, [1, 0, 2], labelled=False)
    assert text(turn) == (
        "Question: Are we spending too much on roads?\n"
        "- about right\n"
        "- too little\n"
        "- too much\n"
        "Answer with one of these, word for word.\n"
        "Answer:"
    )
    assert reply(THREE, [1, 0, 2], 2, labelled=False) == "too much"


def test_a_number_is_asked_for_with_its_range_and_answered_in_digits() -> None:
    shown = list(range(8))
    assert text(question_turn(DAYS, shown)) == (
        "Question: On how many days?\nAnswer with a whole number from 0 to 7.\nAnswer:"
    )
    assert reply(DAYS, shown, 5) == "5"


def test_a_refusal_is_the_last_option_or_stands_beside_the_numbers() -> None:
    shown = question_turn(with_refusal(TWO), [1, 0, 2])
    assert shown.asked.splitlines()[1:] == [
        "(A) No", "(B) Yes", "(C) Prefer not to answer", "Answer with (A), (B), or (C).",
    ]  # fmt: skip
    assert question_turn(with_refusal(DAYS), []).asked.endswith(
        '\nAnswer with a whole number from 0 to 7, or "Prefer not to answer".'
    )
    assert reply(with_refusal(DAYS), [], 8) == "Prefer not to answer"


def test_finer_answers_are_shown_in_place_of_the_options() -> None:
    finer = TWO.model_copy(update={"asked_as": {"Sure": "Yes", "I think so": "Yes", "No": "No"}})
    shown = [2, 1, 0]
    assert question_turn(finer, shown).asked.splitlines()[1:4] == [
        "(A) No", "(B) I think so", "(C) Sure",
    ]  # fmt: skip
    assert reply(finer, shown, 0) == "(C) Sure"


def test_an_open_question_is_its_wording_alone() -> None:
    assert text(question_turn(WHY, [])) == "Question: Why is that?\nAnswer:"

"""Styles of labels and speakers: what the model sees, and how answers are read from it."""

import itertools

import pytest
from fake_model import FakeTokenizer
from pydantic import ValidationError

from anthology.models.prompting.prompts import question_turn, reply
from anthology.models.prompting.rendering import PlainRendering
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import Style
from anthology.models.readout.labels import label_trie

ROADS = Question(
    name="roads", text="Too much on roads?", column="r", options={"Yes": 1, "No": 2, "Maybe": 3}
)
LABELS = ("upper", "lower", "digits")
BRACKETS = ("round", "square", "dot", "none")


def asked(style: Style, question: Question, shown: list[int]) -> str:
    return PlainRendering(style).prompt([question_turn(question, shown, style)])


@pytest.mark.parametrize(
    ("style", "seen"),
    [
        (
            Style(labels="lower", brackets="square", asker="Interviewer", answerer="Me"),
            "Interviewer: Too much on roads?\n[a] Maybe\n[b] Yes\n[c] No\n"
            "Answer with [a], [b], or [c].\nMe: [b] Yes",
        ),
        (
            Style(labels="digits", brackets="dot"),
            "Question: Too much on roads?\n1. Maybe\n2. Yes\n3. No\n"
            "Answer with 1, 2, or 3.\nAnswer: 2. Yes",
        ),
        (
            Style(brackets="none"),
            "Question: Too much on roads?\nA Maybe\nB Yes\nC No\n"
            "Answer with A, B, or C.\nAnswer: B Yes",
        ),
    ],
)
def test_a_style_is_seen_in_the_question_and_in_the_answer(style: Style, seen: str) -> None:
    shown = [2, 0, 1]
    assert f"{asked(style, ROADS, shown)} {reply(ROADS, shown, 0, style)}" == seen


@pytest.mark.parametrize(("labels", "brackets"), list(itertools.product(LABELS, BRACKETS)))
def test_every_style_is_read_where_its_answer_goes_on(labels: str, brackets: str) -> None:
    """What the trie reads is the beginning of the answer that the conversation would go on with."""
    style = Style.model_validate({"labels": labels, "brackets": brackets})
    options = {f"option {n}": n for n in range(style.most)}
    question = Question(name="q", text="Which?", column="q", options=options)
    shown = list(range(style.most))
    rendering = PlainRendering(style, FakeTokenizer())
    trie = label_trie(rendering, style.most, style)
    text = asked(style, question, shown)
    read_after = trie.prompt(text, rendering.header)
    for position, tokens in enumerate(trie.options):
        whole = f"{text}{rendering.lead}{reply(question, shown, position, style)}"
        assert whole.startswith(read_after + "".join(map(chr, tokens)))


def test_labels_end_with_the_alphabet_and_bare_digits_before_ten() -> None:
    most = {
        (labels, brackets): Style.model_validate({"labels": labels, "brackets": brackets}).most
        for labels, brackets in itertools.product(LABELS, BRACKETS)
    }
    assert {most[labels, brackets] for labels in LABELS[:2] for brackets in BRACKETS} == {26}
    assert [most["digits", brackets] for brackets in BRACKETS] == [99, 99, 99, 9]


def test_the_two_speakers_cannot_be_one() -> None:
    with pytest.raises(ValidationError, match="different names"):
        Style(asker="You", answerer="You")


def test_a_system_message_is_for_chat_models_alone() -> None:
    assert Style(turns="chat", system="Be brief.").system == "Be brief."
    with pytest.raises(ValidationError, match="needs turns: chat"):
        Style(system="Be brief.")

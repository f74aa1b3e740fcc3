"""Which strings stand for a question's answers after a prompt, and the trie they are read by."""

from collections.abc import Sequence

from anthology.models.prompting.rendering import Rendering
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import Style
from anthology.models.readout.trie import Trie, build


def in_words(question: Question, readout: Readout) -> bool:
    """Whether answers are read in their own words or digits, not by labels."""
    return question.number is not None or not readout.labelled


def answer_trie(rendering: Rendering, question: Question, style: Style, readout: Readout) -> Trie:
    """How a question's answers are read; its options are the choices in the question's own order,
    or the labels in the order displayed. Raises `UnreadableLabels`."""
    if in_words(question, readout):
        return words_trie(rendering, question, whole=readout.readout == "text")
    return label_trie(rendering, len(question.choices), style)


def label_trie(rendering: Rendering, count: int, style: Style) -> Trie:
    """The trie of the first `count` labels; raises `UnreadableLabels`.

    With the closing bracket, so that a label is seldom the beginning of another.
    """
    opening = f"{rendering.header}{rendering.lead}{style.opening}"
    strings = [style.completion(place) for place in range(count)]
    return build(rendering.encode, opening, strings)


def words_trie(rendering: Rendering, question: Question, *, whole: bool) -> Trie:
    """The trie of a question's choices in their own words (or digits), in the question's order.

    Raises `UnreadableLabels`. A number ends before another digit: one more reading for each of
    them, where the tokenizer reads digits one by one.
    """
    strings = [rendering.said(choice) for choice in question.choices]
    others = _continued(strings) if question.number is not None else []
    opening = f"{rendering.header}{rendering.lead}"
    return build(rendering.encode, opening, strings, others=others, whole=whole)


def _continued(numbers: Sequence[str]) -> list[str]:
    """What no number of the range may go on to: who says 1956 to "How old are you?" is not 19.

    By one digit and, up to four in all, by two: some tokenizers cut 1956 into 19 and 56.
    """
    inside = set(numbers)
    whole = [number for number in numbers if number.lstrip("-").isdecimal()]  # not the refusal
    ones = [f"{n}{digit}" for n in whole for digit in range(10)]
    twos = [f"{n}{pair:02}" for n in whole if len(n) <= 2 for pair in range(100)]
    return [longer for longer in (*ones, *twos) if longer not in inside]

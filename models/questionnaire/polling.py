"""How personas are polled: the readout of a trait, and whether a story is first asked if it states
the trait. Polling would spread over all options what a story leaves no doubt about.

Knows nothing of who asks, nor of stories.
"""

from collections.abc import Sequence
from typing import ClassVar

from anthology.models.questionnaire.questionnaire import YES_NO, Readout
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.wording import ModelName

STATED = (
    'Does the text above say what this person answers to the question "{question}", so that one '
    "of these is certain: {options}?"
)
THRESHOLD = 0.5  # above it a trait is stated
# Yes and No are shown in both orders, and averaged: which of two labels a model likes better must
# not decide on which side of the threshold a story falls.
BOTH_ORDERS = [[0, 1], [1, 0]]
_CLOSED = Question(name="mention", text="?", column=None, options=YES_NO)


class Polling(Readout):
    """With `mention_first` a trait that the story states has its likeliest option for certain;
    `model` is asked, where it is another than the study's."""

    later: ClassVar[tuple[str, ...]] = ("mention_first", "model")

    mention_first: bool = False
    model: ModelName | None = None


def mention_question(trait: Question) -> Question:
    """Asks whether the story before it states the trait; its first option says yes.

    It names the options that personas are matched by, however finely they are polled.
    """
    text = STATED.format(question=trait.text, options="; ".join(trait.option_texts))
    # Not validated again: a long question with long options is longer than a text may be.
    return _CLOSED.model_copy(update={"name": f"{trait.name}, mentioned", "text": text})


def certain(shares: Sequence[float]) -> list[float]:
    """The likeliest option alone; `shares` (K,) as they are where no single one is."""
    largest = max(shares)
    alone = [float(share == largest) for share in shares]
    return alone if sum(alone) == 1 else list(shares)

"""Turns of a conversation as the text that a model reads, and that text as its tokens.

Plain text for base models here; chat templates in `chat.py`. Knows nothing of studies or engines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from anthology.models.language_model.tokenizer import Tokenizer, harmless
from anthology.models.questionnaire.style import Style


@dataclass(frozen=True)
class Turn:
    """What one side asks and the other replies, without the speakers' names.

    asked: may be empty where a person speaks unasked (a biography). reminder: a line before the
    question. reply: empty in the last turn of a prompt, which the model goes on with. instruction:
    what is said instead of a question, and not replied to.
    """

    asked: str
    reply: str = ""
    reminder: str = ""
    instruction: str = ""

    def replied(self, reply: str) -> "Turn":
        return replace(self, reply=reply)


class Rendering(Protocol):
    """How one model is shown a conversation.

    header: how every prompt ends, e.g. "Answer:". lead: what stands between it and the answer.
    stops: where a text that the model writes has gone on to the next question.
    refusal: why label log-probabilities of this model mean nothing, or None.
    """

    header: str
    lead: str
    stops: list[str]
    refusal: str | None

    def prompt(self, turns: Sequence[Turn]) -> str:
        """The text up to where the reply of the last turn begins; raises `ItemError`."""
        ...

    def said(self, text: str) -> str:
        """What somebody says as the prompt has it, with no control token in it."""
        ...

    def encode(self, text: str) -> list[int]:
        """The tokens of a text that begins with a prompt, one beginning-of-sequence at most."""
        ...


class PlainRendering:
    """Speakers' names and lines of text, the format of the Anthology method."""

    lead = " "
    refusal: str | None = None

    def __init__(self, style: Style, tokenizer: Tokenizer | None = None) -> None:
        self._style = style
        self._tokenizer = tokenizer
        self.header = f"{style.answerer}:"
        self.stops = [f"\n{style.asker}:"]

    def prompt(self, turns: Sequence[Turn]) -> str:
        *earlier, last = turns
        return "".join(map(self._whole, earlier)) + self._open(last)

    def encode(self, text: str) -> list[int]:
        assert self._tokenizer is not None
        return self._tokenizer.encode(text)

    def _whole(self, turn: Turn) -> str:
        said = self.said(turn.reply or turn.instruction)
        if not turn.asked:
            return f"{said}\n\n"
        return f"{self._open(turn)}{self.lead}{said}\n\n"

    def _open(self, turn: Turn) -> str:
        reminder = f"{turn.reminder}\n" if turn.reminder else ""
        return f"{reminder}{self._style.asker}: {self.said(turn.asked)}\n{self.header}"

    def said(self, text: str) -> str:
        """A story in which somebody wrote "<|endoftext|>" must not end there."""
        return text if self._tokenizer is None else harmless(text, self._tokenizer)

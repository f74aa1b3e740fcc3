"""How questions look to the model: labels, brackets, and who speaks."""

from string import ascii_lowercase, ascii_uppercase
from typing import Any, Literal

from pydantic import field_validator, model_validator

from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.wording import Line, Text

LABELS = {
    "upper": list(ascii_uppercase),
    "lower": list(ascii_lowercase),
    "digits": [str(number) for number in range(1, 100)],
}
BRACKETS = {"round": ("(", ")"), "square": ("[", "]"), "dot": ("", "."), "none": ("", "")}

Reminder = Literal["after_anything", "in_surveys", "after_answers", "never"]


class Style(Part):
    """`(A)`, `[a]`, `1.` or `A`, and the names of the two who talk.

    With `turns: chat` the model's own chat template is used: it has no names, but may have a
    `system` message. `reminder` says where the line stands that asks to keep earlier answers in
    mind: wherever something stands before, wherever it does in surveys, or in surveys after an
    answer. `portray` is the instruction of that name, `{}` standing for the traits.
    """

    later = ("reminder", "portray")

    labels: Literal["upper", "lower", "digits"] = "upper"
    brackets: Literal["round", "square", "dot", "none"] = "round"
    asker: Line = "Question"
    answerer: Line = "Answer"
    turns: Literal["plain", "chat"] = "plain"
    system: Text | None = None
    reminder: Reminder = "after_anything"
    portray: Line = "Answer the following questions as if you were this person. {}"

    @field_validator("portray")
    @classmethod
    def _has_a_place_for_the_traits(cls, portray: str) -> str:
        if portray.count("{}") != 1:
            raise ValueError("needs exactly one {} where the traits go")
        return portray

    @model_validator(mode="after")
    def _two_speakers(self) -> "Style":
        if self.asker == self.answerer:
            raise ValueError("asker and answerer need different names")
        if self.system is not None and self.turns == "plain":
            raise ValueError("system is a message of chat models; it needs turns: chat")
        return self

    @property
    def of_polls(self) -> "Style":
        """In polls nothing but a story stands before a question."""
        return self._without_reminder if self.reminder != "after_anything" else self

    @property
    def of_traits(self) -> "Style":
        """Of the traits that are told before a survey."""
        return self._without_reminder if self.reminder == "in_surveys" else self

    @property
    def _without_reminder(self) -> "Style":
        return self.model_copy(update={"reminder": "never"})

    @property
    def most(self) -> int:
        """How many options can be labelled. Bare digits end at 9: nothing ends the 1 of a 10."""
        return 9 if (self.labels, self.brackets) == ("digits", "none") else len(LABELS[self.labels])

    @property
    def opening(self) -> str:
        """The forced beginning of an answer before its label: `(`."""
        return BRACKETS[self.brackets][0]

    @property
    def speakers(self) -> dict[str, Any]:
        """What of the style a life story depends on: who talks, and how turns are marked."""
        return self.model_dump(include={"asker", "answerer", "turns", "system"})

    def label(self, place: int) -> str:
        return LABELS[self.labels][place]

    def mark(self, place: int) -> str:
        """The label as it stands before an option: `(A)`."""
        before, after = BRACKETS[self.brackets]
        return f"{before}{self.label(place)}{after}"

    def completion(self, place: int) -> str:
        """What goes on after the opening: `A)`."""
        return f"{self.label(place)}{BRACKETS[self.brackets][1]}"


PLAIN = Style()

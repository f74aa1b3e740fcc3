"""A question asked before a life story, again until its answer is the one that is wanted.

The stories are then of people who gave that answer. Knows nothing of engines.
"""

from pydantic import Field, field_validator, model_validator

from anthology.models.prompting.prompts import question_turn, reply
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.questions import MAX_OPTIONS, Question
from anthology.models.questionnaire.style import Style
from anthology.models.questionnaire.wording import Line, Text, refuse_alike


class Screening(Part):
    """Shown as every question with labels is, with its options as they are listed."""

    question: Text
    options: list[Line]
    wanted: Line
    attempts: int = Field(default=20, ge=1, le=1000)

    @field_validator("options")
    @classmethod
    def _enough_and_unlike(cls, options: list[str]) -> list[str]:
        if not 2 <= len(options) <= MAX_OPTIONS:
            raise ValueError(f"needs 2 to {MAX_OPTIONS} options, has {len(options)}")
        refuse_alike(options)
        return options

    @model_validator(mode="after")
    def _wants_an_option(self) -> "Screening":
        if self.wanted not in self.options:
            raise ValueError(
                f"wanted is {self.wanted!r}, which is not an option; name one of the options, "
                "word for word"
            )
        return self

    @property
    def asked(self) -> Question:
        """As a question; the codes of its options are of no survey."""
        codes = {option: place for place, option in enumerate(self.options)}
        return Question(name="screening", text=self.question, column="screening", options=codes)

    @property
    def shown(self) -> list[int]:
        return list(range(len(self.options)))

    @property
    def wanted_choice(self) -> int:
        return self.options.index(self.wanted)

    def answered(self, style: Style) -> Turn:
        """The turn that stays in the conversation: nobody tells a story who answered otherwise."""
        asked = self.asked
        said = reply(asked, self.shown, self.wanted_choice, style)
        return question_turn(asked, self.shown, style).replied(said)

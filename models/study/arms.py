"""`arms` of a study file: vignettes, one of which each respondent's double reads before the survey.

Assigned by the seed, equally many to each, or by a column of the survey file, where the humans were
assigned, too.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from anthology.models import seeds
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.codes import BRANCH, Codes, Part
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.wording import Name, Text


def _shape(text: Any) -> str:
    return f"{BRANCH}{'nothing' if text == '' else 'text'}"


ArmText = Annotated[
    Annotated[Text, Tag(f"{BRANCH}text")] | Annotated[Literal[""], Tag(f"{BRANCH}nothing")],
    Discriminator(_shape),
]
NAME = "arm"  # under which a respondent's arm is known


class Arms(Part):
    """`texts` by arm, of which one may be empty; `codes` by arm, where a `column` assigns them."""

    texts: dict[Name, ArmText] = Field(min_length=2)
    column: str | None = None
    codes: dict[Name, Codes] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _parts_agree(self) -> "Arms":
        if (self.column is None) != (not self.codes):
            raise ValueError("column and codes need each other: where humans' arms are, and which")
        if self.codes and self.codes.keys() != self.texts.keys():
            raise ValueError("codes and texts need the same arms")
        return self

    @property
    def names(self) -> list[str]:
        return list(self.texts)

    @property
    def question(self) -> Question:
        """What a respondent's arm is the answer to; in a survey file only with a column."""
        codes = self.codes or {name: place for place, name in enumerate(self.texts)}
        return Question(name=NAME, text=NAME, column=self.column or NAME, options=codes)

    def assigned(self, people: int, seed: int) -> list[int]:
        """The arm of each of so many people, as equally many as can be to each."""
        return seeds.shuffled([n % len(self.texts) for n in range(people)], seed, "arms")

    def known(self, people: int, seed: int) -> list[dict[str, int | None]]:
        """What is known of so many people who have nothing but an arm."""
        return [{NAME: arm} for arm in self.assigned(people, seed)]

    def turns(self, known: Mapping[str, int | None]) -> list[Turn]:
        """What somebody reads before the first question; nothing of an empty text, or of no arm."""
        arm = known.get(NAME)
        text = "" if arm is None else self.texts[self.names[arm]]
        return [Turn("", instruction=text)] if text else []

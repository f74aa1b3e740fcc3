"""What a pool declares, and how a persona's story stands in a conversation."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field

from anthology.models.pools.writing import Writing
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import Style
from anthology.models.questionnaire.wording import Name


class Pool(Part, ABC):
    """A named set of personas, made by one recipe: all of its fields but the name and the size.

    `seed` is the pool's own; a study gives its to a pool without one.
    """

    jobs: ClassVar[tuple[str, ...]] = ("backstory", "poll")  # kinds that make and poll its personas

    name: Name
    count: int = Field(ge=1, le=1_000_000_000)  # people's numbers are 32 bits in PostgreSQL

    if TYPE_CHECKING:  # each way declares it, last: digests that are stored are of fields in order
        seed: int | None

    @abstractmethod
    def opening(self, number: int, style: Style) -> list[Turn]:
        """The conversation that a model goes on with to write a persona's story."""

    def turns(self, number: int, story: str, style: Style) -> list[Turn]:
        """The conversation in which a persona has told its story."""
        *before, asked = self.opening(number, style)
        return [*before, asked.replied(story.strip())]

    @property
    @abstractmethod
    def writing(self) -> Writing:
        """How a story is written."""

    @property
    def longest(self) -> int:
        """The most tokens that a story has."""
        return self.writing.max_tokens

    def of_style(self, style: Style) -> dict[str, Any]:
        """What of a study's style its stories depend on."""
        if not self.asked:
            return style.speakers
        return style.speakers | style.model_dump(include={"labels", "brackets"})

    def seeded(self, seed: int) -> Self:
        """The pool with this seed, unless it has one of its own."""
        return self if self.seed is not None else self.model_copy(update={"seed": seed})

    @property
    def asked(self) -> list[Question]:
        """The questions with labels that a persona answers before its story."""
        return []

    @property
    def texts(self) -> dict[str, str]:
        """What it has a model shown, by the field it stands in."""
        return {}

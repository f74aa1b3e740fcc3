"""What a pool declares, and how a persona's story stands in a conversation."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field

from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import Question, Trait
from anthology.models.questionnaire.style import Style
from anthology.models.questionnaire.wording import Name


class Pool(Part, ABC):
    """A named set of personas, made by one recipe.

    `seed` is the pool's own; a study gives its to a pool without one.
    """

    mark: ClassVar[str | None] = None  # the key by which a study file says that it is this way

    name: Name
    count: int = Field(ge=1, le=1_000_000_000)  # people's numbers are 32 bits in PostgreSQL

    written: ClassVar[bool] = True  # by a model; False where the stories are there already

    if TYPE_CHECKING:  # each way declares them, last: stored digests are of fields in order
        model: str | None
        seed: int | None

    @property
    def jobs(self) -> tuple[str, ...]:
        """The kinds of jobs that make and poll its personas."""
        return ("backstory", "poll")

    @property
    def judged_by(self) -> str | None:
        """The model that judges what is written, where it is another than the one that writes."""
        return None

    @property
    def rounds(self) -> int:
        """How many jobs of a kind make a chunk of personas, where nothing is written again."""
        return 1

    @abstractmethod
    def opening(self, number: int, style: Style) -> list[Turn]:
        """The conversation that a model goes on with to write a persona's story."""

    def turns(self, number: int, story: str, style: Style) -> list[Turn]:
        """The conversation in which a persona has told its story."""
        *before, asked = self.opening(number, style)
        return [*before, asked.replied(story.strip())]

    @property
    def priming(self) -> str:
        """The condition as which a respondent's own traits are told before its story."""
        return "none"

    @property
    @abstractmethod
    def longest(self) -> int:
        """The most tokens that a story has, or each text of one that has several."""

    def of_style(self, style: Style) -> dict[str, Any]:
        """What of a study's style its stories depend on."""
        if not self.asked:
            return style.speakers
        return style.speakers | style.model_dump(include={"labels", "brackets"})

    def repeated(self, text: str) -> str:
        """A story, all of whose texts are this one: it stands for what is not known yet."""
        return text

    def requests(self, number: int, longest: str, style: Style) -> Iterator[tuple[list[Turn], int]]:
        """What a model is asked for to make a persona: what it reads, and how many tokens it writes
        at most, where nothing has to be written again; `longest` is a text of `longest` tokens."""
        yield self.opening(number, style), self.longest

    def judgements(self, longest: str) -> Iterator[tuple[list[Turn], int]]:
        """The same of what is asked about what was written."""
        yield from ()

    @property
    def recipe(self) -> dict[str, Any]:
        """What its stories depend on: all of its fields but the name, the size, and the model,
        which a study may have said for all."""
        return self.model_dump(mode="json", exclude={"name", "count", "model"})

    def misfit(self, traits: Sequence[Trait]) -> Misfit | None:
        """Why it cannot be used with a study's traits."""
        return None

    def known(self, trait: str) -> int:
        """Of how many personas a trait is known without asking."""
        return 0

    def beside(self, folder: Path) -> Self:
        """The pool of a study file in this folder, to which the paths in it are relative."""
        return self

    def in_study(self, model: str) -> Self:
        """The pool as a study of this model has it: what it names that would do it anyway is left
        out."""
        return self

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

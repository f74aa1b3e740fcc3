"""What a pool declares, and how a persona's story stands in a conversation."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field

from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.questions import Trait
from anthology.models.questionnaire.wording import Name


class Pool(Part, ABC):
    """A named set of personas, made by one recipe.

    `seed` is the pool's own; a study gives its to a pool without one.
    """

    name: Name
    count: int = Field(ge=1, le=1_000_000_000)  # people's numbers are 32 bits in PostgreSQL

    if TYPE_CHECKING:  # each way declares it, last: digests that are stored are of fields in order
        seed: int | None

    @property
    def jobs(self) -> tuple[str, ...]:
        """The kinds of jobs that make and poll its personas."""
        return ("backstory", "poll")

    @abstractmethod
    def opening(self, number: int) -> list[Turn]:
        """The conversation that a model goes on with to write a persona's story."""

    @abstractmethod
    def turns(self, number: int, story: str) -> list[Turn]:
        """The conversation in which a persona has told its story."""

    @property
    @abstractmethod
    def longest(self) -> int:
        """The most tokens that a story has."""

    @property
    def recipe(self) -> dict[str, Any]:
        """What its stories depend on: all of its fields but the name and the size."""
        return self.model_dump(mode="json", exclude={"name", "count"})

    def misfit(self, traits: Sequence[Trait]) -> str | None:
        """Why it cannot be used with a study's traits."""
        return None

    def known(self, trait: str) -> int:
        """Of how many personas a trait is known without asking."""
        return 0

    def beside(self, folder: Path) -> Self:
        """The pool of a study file in this folder, to which the paths in it are relative."""
        return self

    def seeded(self, seed: int) -> Self:
        """The pool with this seed, unless it has one of its own."""
        return self if self.seed is not None else self.model_copy(update={"seed": seed})

    @property
    def texts(self) -> dict[str, str]:
        """What it has a model shown, by the field it stands in."""
        return {}

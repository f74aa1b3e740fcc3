"""Imported stories: those of a file, whoever wrote them, with what it says of the personas.

The file is read by `producer/surveys/stories/`, which fills in `count` and `contents`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Discriminator, Field, Tag

from anthology.models.pools.base import Pool
from anthology.models.prompting.prompts import story_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.codes import BRANCH, Part
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import Trait
from anthology.models.questionnaire.style import Style
from anthology.models.questionnaire.wording import Name, Text

LONGEST_STORY = 4 << 20  # characters, as many as archives hold
CHARACTERS_A_TOKEN = 4


def _shape(columns: Any) -> str:
    return f"{BRANCH}columns" if isinstance(columns, list) else f"{BRANCH}column"


# A column with the option's text or code, or one with the share of each option.
Columns = Annotated[
    Annotated[str, Tag(f"{BRANCH}column")] | Annotated[list[str], Tag(f"{BRANCH}columns")],
    Discriminator(_shape),
]


class Contents(Part):
    """What the file held when the study was submitted: the digest of the stories taken from it, the
    characters of the longest, and for each trait of the study of how many personas it says it."""

    digest: str
    longest: int
    known: dict[Name, int]


class ImportedPool(Pool):
    """The file, and what its columns mean; without a `count` all of its stories."""

    later = ("count", "contents")
    mark: ClassVar[str | None] = "file"
    written = False
    model: ClassVar[None] = None  # type: ignore[misc]  # no model writes it

    count: int = Field(default=0, ge=1, le=1_000_000_000)
    file: str
    story: str | None = None
    id: str | None = None
    prompt: Text = "Tell me about yourself."
    traits: dict[Name, Columns] = Field(default_factory=dict)
    contents: Contents | None = None
    seed: int | None = None

    @property
    def jobs(self) -> tuple[str, ...]:
        """Its personas are there from the beginning; who is known need not be asked either."""
        known = self.contents.known.values() if self.contents else [0]
        return ("poll",) if any(personas < self.count for personas in known) else ()

    def opening(self, number: int, style: Style) -> list[Turn]:
        return [story_turn(self.prompt)]

    @property
    def longest(self) -> int:
        characters = self.contents.longest if self.contents else LONGEST_STORY
        return -(-characters // CHARACTERS_A_TOKEN)

    @property
    def recipe(self) -> dict[str, Any]:
        """The stories themselves, wherever they lie and whatever their columns are called."""
        stories = self.contents.digest if self.contents else None
        return {"prompt": self.prompt, "stories": stories, "seed": self.seed}

    def misfit(self, traits: Sequence[Trait]) -> Misfit | None:
        named = {trait.name: trait for trait in traits}
        for name, columns in self.traits.items():
            if name not in named:
                return Misfit(f"names {name!r}, which is no trait of the study", "traits", name)
            options = len(named[name].options)
            if isinstance(columns, list) and len(columns) != options:
                return Misfit(
                    f"lists {len(columns)} columns for {options} options; name one for each, in "
                    "their order", "traits", name,
                )  # fmt: skip
        return None

    def known(self, trait: str) -> int:
        return self.contents.known.get(trait, 0) if self.contents else 0

    def beside(self, folder: Path) -> Self:
        return self.model_copy(update={"file": str(folder / self.file)})

    @property
    def texts(self) -> dict[str, str]:
        return {"prompt": self.prompt}

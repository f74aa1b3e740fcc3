"""The life story of a pool's persona of one's own number, to whom nobody was matched.

Without humans every persona answers for itself. With them the story is the one that a respondent's
own traits primed (Moon et al. 2024); as in the published code they are not told again.
"""

from pydantic import model_validator

from anthology.models.conditions import traits_told
from anthology.models.conditions.base import TAKEN, Background
from anthology.models.conditions.told_story import ToldStory
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.wording import Name


class OwnStory(ToldStory):
    """Whoever answers does so once, after that story."""

    way = "own"
    later = ("append",)
    words = ()
    own_story = True

    pool: Name
    append: traits_told.Way = "none"

    @model_validator(mode="after")
    def _is_called_by_no_other_row(self) -> "OwnStory":
        if self.name in TAKEN:
            raise ValueError(f"{self.name!r} is what other rows of figures are called; give a name")
        return self

    @property
    def default_name(self) -> str:
        return f"{self.pool}{traits_told.mark(self.append)}"

    @property
    def needs_traits(self) -> bool:
        return self.append != "none"

    def turns(self, background: Background) -> list[Turn]:
        return traits_told.after_story(self.append, background)

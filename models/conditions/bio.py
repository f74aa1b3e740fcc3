"""`bio`: the respondent's known traits as sentences in the first person (Moon et al. 2024)."""

from typing import Literal

from anthology.models.conditions import traits_told
from anthology.models.conditions.base import Background, Condition
from anthology.models.prompting.rendering import Turn


class Bio(Condition):
    way = "bio"
    words = ("bio",)

    condition: Literal["bio"]

    def turns(self, background: Background) -> list[Turn]:
        return traits_told.bio(background)

"""`none`: the model answers as whoever it takes itself for."""

from typing import Literal

from anthology.models.conditions.base import Background, Condition
from anthology.models.prompting.rendering import Turn


class NoContext(Condition):
    way = "none"
    words = ("none",)
    needs_traits = False

    condition: Literal["none"]

    def turns(self, background: Background) -> list[Turn]:
        return []

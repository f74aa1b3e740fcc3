"""`none`: the model answers as whoever it takes itself for."""

from typing import Literal

from anthology.models.conditions.base import Background, Condition
from anthology.models.prompting.rendering import Turn


class NoContext(Condition):
    way = "none"
    words = ("none",)

    condition: Literal["none"]

    @property
    def needs_traits(self) -> bool:
        return False

    def turns(self, background: Background) -> list[Turn]:
        return []

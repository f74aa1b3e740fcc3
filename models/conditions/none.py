"""`none`: the model answers as whoever it takes itself for."""

from anthology.models.conditions.base import Background, Condition
from anthology.models.prompting.rendering import Turn


class NoContext(Condition):
    names = ("none",)
    needs_traits = False

    def turns(self, background: Background) -> list[Turn]:
        return []

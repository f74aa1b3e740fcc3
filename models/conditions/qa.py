"""`qa`: the respondent's known traits as questions that were answered (Moon et al. 2024)."""

from dataclasses import replace
from typing import Literal

from anthology.models.conditions import traits_told
from anthology.models.conditions.base import Background, Condition
from anthology.models.prompting.rendering import Turn


class QA(Condition):
    way = "qa"
    words = ("qa",)

    condition: Literal["qa"]

    @property
    def asks_traits(self) -> bool:
        return True

    def turns(self, background: Background) -> list[Turn]:
        return traits_told.qa(replace(background, story=()))

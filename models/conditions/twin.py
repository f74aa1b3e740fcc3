"""`twin`: what the respondent answered earlier, as answered questions, before questions held out.

Digital twins are made so of panels (Park et al. 2024, arXiv 2411.10109, from interviews).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from anthology.models.conditions import traits_told
from anthology.models.conditions.base import Background, Condition
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import Question, Trait
from anthology.models.questionnaire.wording import Name


class Twin(Condition):
    """Everything of `earlier`, or only what `tell` names."""

    way = "twin"
    words = ("twin",)
    tells_earlier = True

    condition: Literal["twin"]
    tell: list[Name] | None = Field(default=None, min_length=1)

    @property
    def needs_traits(self) -> bool:
        return False

    def misfit(self, traits: Sequence[Trait], earlier: Sequence[Question]) -> Misfit | None:
        names = [question.name for question in earlier]
        if not names:
            return Misfit("needs earlier, the questions that people answered before")
        unknown = [name for name in self.tell or () if name not in names]
        return Misfit(f"tells {unknown[0]!r}, which is none of earlier") if unknown else None

    def turns(self, background: Background) -> list[Turn]:
        told = [q for q in background.earlier if self.tell is None or q.name in self.tell]
        return traits_told.answered(replace(background, story=()), told)

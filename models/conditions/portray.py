"""`portray`: an instruction to answer as a person with the respondent's known traits.

The third of the usual ways to steer a model by demographics (Santurkar et al. 2023,
arXiv 2303.17548).
"""

from collections.abc import Sequence
from typing import Literal

from anthology.models.conditions import traits_told
from anthology.models.conditions.base import Background, Condition
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import Question, Trait


class Portray(Condition):
    way = "portray"
    words = ("portray",)

    condition: Literal["portray"]

    def misfit(self, traits: Sequence[Trait], earlier: Sequence[Question]) -> Misfit | None:
        return traits_told.unportrayed(traits)

    def turns(self, background: Background) -> list[Turn]:
        return traits_told.portray(background)

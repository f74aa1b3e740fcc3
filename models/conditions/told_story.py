"""What conditions with a persona's story have in common, whoever's story it is: whose pool it is
of, and how the respondent's own traits are told after it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from anthology.models.conditions import traits_told
from anthology.models.conditions.base import Condition
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import Question, Trait
from anthology.models.questionnaire.wording import Name


class ToldStory(Condition):
    needs_pool = True

    if TYPE_CHECKING:  # each declares them: stored digests are of fields in order
        pool: Name
        append: traits_told.Way

    @property
    def pool_name(self) -> str:
        return self.pool

    @property
    def asks_traits(self) -> bool:
        return self.append == "qa"

    def misfit(self, traits: Sequence[Trait], earlier: Sequence[Question]) -> Misfit | None:
        return traits_told.unportrayed(traits) if self.append == "portray" else None

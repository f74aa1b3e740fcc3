"""The life story of a persona that answers for itself, in a study without humans."""

from pydantic import model_validator

from anthology.models.conditions.base import TAKEN, Background, Condition
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.wording import Name


class OwnStory(Condition):
    """Every persona of a pool takes the survey once, as itself."""

    way = "own"
    words = ()
    needs_traits = False
    needs_pool = True
    needs_humans = False

    pool: Name

    @model_validator(mode="after")
    def _is_called_by_no_other_row(self) -> "OwnStory":
        if self.name in TAKEN:
            raise ValueError(f"{self.name!r} is what other rows of figures are called; give a name")
        return self

    @property
    def default_name(self) -> str:
        return self.pool

    @property
    def pool_name(self) -> str:
        return self.pool

    def turns(self, background: Background) -> list[Turn]:
        return [*background.story]

"""`measures.contrasts` of a study file: groups of a trait, and what they are compared on."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.wording import Line, Name
from anthology.models.study.scales import Item


def _listed(rating: Any) -> Any:
    """One item may stand without a list."""
    return [rating] if isinstance(rating, str) else rating


# What somebody is given as: one item, or the mean of several.
Rating = Annotated[list[Item], Field(min_length=1), BeforeValidator(_listed)]


class Contrast(Part):
    """Two `groups` of a `trait` (without any, each two of its options) on each of some `items`
    (without any, on each that has an order).

    Or on two `ratings`: of one group the first less the second, as the same people give both; of
    two groups the first one's first rating less the second one's second, as what some think and
    what others believe that they think. Only such a contrast has a `name`.
    """

    trait: Name
    groups: list[Line] = Field(default_factory=list)
    items: list[Name] = Field(default_factory=list)
    ratings: list[Rating] = Field(default_factory=list)
    name: Line | None = None

    @model_validator(mode="before")
    @classmethod
    def _trait_alone(cls, given: Any) -> Any:
        return {"trait": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _parts_agree(self) -> "Contrast":
        if len(set(self.groups)) < len(self.groups):
            raise ValueError(f"groups names {self.groups[0]!r} twice; the two must differ")
        if self.ratings:
            self._refuse_other_than_two_ratings()
        elif len(self.groups) not in (0, 2):
            raise ValueError(
                f"groups has {len(self.groups)}: name two to compare, or none for each two; one "
                "alone needs two ratings"
            )
        elif self.name is not None:
            raise ValueError("name is of a contrast of ratings; others are called by their items")
        return self

    def _refuse_other_than_two_ratings(self) -> None:
        if self.items:
            raise ValueError("items and ratings exclude each other; leave one of them out")
        if len(self.ratings) != 2:
            raise ValueError(
                f"ratings has {len(self.ratings)}: name two, of which the first is compared with "
                "the second"
            )
        if len(self.groups) not in (1, 2):
            raise ValueError(
                "ratings needs groups: one, whose people give both ratings, or two, found "
                f"{len(self.groups)}"
            )
        if len(self.groups) == 1 and self.ratings[0] == self.ratings[1]:
            raise ValueError("ratings has the same twice, of one group; the two must differ")

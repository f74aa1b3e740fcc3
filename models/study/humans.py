"""`humans` of a study file: the survey file, which of its people the study is about, and which of
those are simulated."""

import math
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from anthology.models.questionnaire.codes import BRANCH, Codes, Part
from anthology.models.questionnaire.wording import Line, Name

ROUNDED = 0.01  # by which shares, as published tables have them, may miss their sum

Share = Annotated[float, Field(ge=0, le=1)]


class QuotaSample(Part):
    """How many respondents are simulated, and by trait the share of each of its options."""

    size: int = Field(ge=2)
    quotas: dict[Name, dict[Line, Share]] = Field(min_length=1)

    @field_validator("quotas")
    @classmethod
    def _sum_to_one(cls, quotas: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        for name, shares in quotas.items():
            total = math.fsum(shares.values())
            if abs(total - 1) > ROUNDED:
                raise ValueError(f"the shares of {name!r} sum to {total:g}, not to 1")
        return quotas


def _shape(sample: Any) -> str:
    return f"{BRANCH}{'quotas' if isinstance(sample, dict | QuotaSample) else 'size'}"


Sample = Annotated[
    Annotated[int, Field(ge=2), Tag(f"{BRANCH}size")]
    | Annotated[QuotaSample, Tag(f"{BRANCH}quotas")],
    Discriminator(_shape),
]


class Humans(Part):
    """The survey file, relative to the study file. Rows `where` columns have these codes, and of
    them as many as `draw` says, are the population: all that is compared with. `sample` of the
    population are simulated."""

    later = ("encoding", "separator", "where", "draw")

    file: str
    encoding: str | None = None  # of text, where it is not to be found out
    separator: str | None = None
    id: str | None = None
    weight: str | None = None
    where: dict[str, Codes] = Field(default_factory=dict)
    draw: int | None = Field(default=None, ge=2)
    sample: Sample | None = None

    @model_validator(mode="after")
    def _sample_of_what_is_drawn(self) -> "Humans":
        if self.draw is not None and self.size is not None and self.size > self.draw:
            raise ValueError(f"sample asks for {self.size} of the {self.draw} that draw leaves")
        return self

    @property
    def size(self) -> int | None:
        """How many respondents are simulated; None for all."""
        return self.sample.size if isinstance(self.sample, QuotaSample) else self.sample

    @property
    def quotas(self) -> dict[str, dict[str, float]]:
        return self.sample.quotas if isinstance(self.sample, QuotaSample) else {}

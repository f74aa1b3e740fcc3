"""Primed stories: as natural ones, but told after a respondent's own traits (Moon et al. 2024).

One a respondent, so nobody is matched or polled. Whom a study is about is known when its survey
file is read: `producer/surveys/stories/primed_stories.py` fills in `count` and `told`.
"""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from anthology.models.pools.natural import NaturalPool


class PrimedPool(NaturalPool):
    """As which condition the traits are told; `told` is the digest of all that is, by which studies
    share the pool."""

    later: ClassVar[tuple[str, ...]] = ("count", "told", "model")
    mark: ClassVar[str | None] = "primed_by"

    count: int = Field(default=0, ge=1, le=1_000_000_000)
    primed_by: Literal["bio", "qa", "portray"]
    told: str | None = None

    @model_validator(mode="after")
    def _is_of_its_respondents(self) -> "PrimedPool":
        if self.count and self.told is None:
            raise ValueError(
                "count is that of the simulated respondents, each of whom has one story; leave it "
                "out"
            )
        if self.screening is not None:
            raise ValueError(
                "screening asks who may tell a story, and here each respondent does; leave it out"
            )
        return self

    @property
    def jobs(self) -> tuple[str, ...]:
        return ("backstory",)

    @property
    def priming(self) -> str:
        return self.primed_by

"""The life story of the persona that was matched to the respondent, with or without the
respondent's own traits after it (Moon et al. 2024, section 2.3).

As one word, `natural/greedy`, it is the story alone, and of equally good personas the first.
"""

from typing import Any, Literal

from pydantic import Field, model_validator

from anthology.models.conditions import traits_told
from anthology.models.conditions.base import ONLY, Background
from anthology.models.conditions.told_story import ToldStory
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.wording import Name

METHODS = ("random", "greedy", "max_weight")  # that are one word


class MatchedStory(ToldStory):
    way = "story"
    later = ("ties", "reuse", "k")
    words = tuple(f"{ONLY}/{method}" for method in METHODS)
    before_survey = ("match",)

    pool: Name = ONLY
    match: Literal["random", "greedy", "max_weight", "balanced", "top_k"]
    append: traits_told.Way = "qa"
    ties: Literal["random", "first"] = "random"
    reuse: int = Field(default=5, ge=1, le=1_000_000)
    k: int = Field(default=5, ge=2, le=1_000_000)

    @classmethod
    def settings(cls, word: str) -> dict[str, Any]:
        match = word.removeprefix(f"{ONLY}/")
        return {
            "match": match,
            "append": "none",
            **({"ties": "first"} if match == "greedy" else {}),
        }

    @model_validator(mode="after")
    def _sets_what_its_matching_has(self) -> "MatchedStory":
        for key, match in (("ties", "greedy"), ("reuse", "balanced"), ("k", "top_k")):
            if key in self.model_fields_set and self.match != match:
                raise ValueError(f"{key} is of match: {match}, not of {self.match}; leave it out")
        return self

    @property
    def default_name(self) -> str:
        return f"{self.pool}/{self.match}{traits_told.mark(self.append)}"

    def turns(self, background: Background) -> list[Turn]:
        assert background.story
        return traits_told.after_story(self.append, background)

    @property
    def matching(self) -> str:
        """The names of what earlier versions had stay: matches are stored under them."""
        ties = "" if self.ties == "first" else f"-{self.ties}"
        how = {"greedy": ties, "balanced": f"-{self.reuse}", "top_k": f"-{self.k}"}
        found = f"{self.match}{how.get(self.match, '')}"
        return found if self.pool == ONLY else f"{self.pool}/{found}"

    @property
    def method(self) -> str:
        return self.match

    @property
    def method_settings(self) -> dict[str, Any]:
        settings: dict[str, dict[str, Any]] = {
            "greedy": {"ties": self.ties},
            "balanced": {"reuse": self.reuse},
            "top_k": {"k": self.k},
        }
        return settings.get(self.match, {})

    def shortage(self, pool: str, personas: int, respondents: int) -> str | None:
        if self.match == "top_k" and personas < self.k:
            return (
                f"{self.name} draws one of {self.k} personas, but pool {pool!r} has {personas}; "
                f"raise its count to at least {self.k} or lower k"
            )
        most = {"max_weight": 1, "balanced": self.reuse}.get(self.match, respondents)
        needed = -(-respondents // most)
        if personas >= needed:
            return None
        how = f"has each persona {most} times at most" if most > 1 else "pairs one to one"
        instead = "raise reuse" if self.match == "balanced" else "lower humans.sample"
        return (
            f"{self.name} {how}, but pool {pool!r} has {personas} personas for "
            f"{respondents} respondents; raise its count to at least {needed} or {instead}"
        )

"""The life story of the persona that was matched to the respondent, with or without the
respondent's own traits after it (Moon et al. 2024, section 2.3).

As one word, `natural/greedy`, it is the story alone.
"""

from collections.abc import Sequence
from typing import Any, Literal

from anthology.models.conditions import traits_told
from anthology.models.conditions.base import ONLY, Background, Condition
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questions import Question, Trait
from anthology.models.questionnaire.wording import Name

METHODS = ("random", "greedy", "max_weight")


class MatchedStory(Condition):
    way = "story"
    words = tuple(f"{ONLY}/{method}" for method in METHODS)
    needs_pool = True
    before_survey = ("match",)

    pool: Name = ONLY
    match: Literal["random", "greedy", "max_weight"]
    append: Literal["qa", "qa_freeform", "bio", "portray", "none"] = "qa"

    @classmethod
    def settings(cls, word: str) -> dict[str, Any]:
        return {"match": word.removeprefix(f"{ONLY}/"), "append": "none"}

    @property
    def default_name(self) -> str:
        appended = "" if self.append == "none" else f"+{self.append}"
        return f"{self.pool}/{self.match}{appended}"

    @property
    def pool_name(self) -> str:
        return self.pool

    def misfit(self, traits: Sequence[Trait], earlier: Sequence[Question]) -> str | None:
        return traits_told.unportrayed(traits) if self.append == "portray" else None

    @property
    def asks_traits(self) -> bool:
        return self.append == "qa"

    def turns(self, background: Background) -> list[Turn]:
        assert background.story
        if self.append == "none":
            return [*background.story]
        return [*background.story, *traits_told.WAYS[self.append](background)]

    @property
    def matching(self) -> str:
        return self.match if self.pool == ONLY else f"{self.pool}/{self.match}"

    @property
    def method(self) -> str:
        return self.match

    def shortage(self, pool: str, personas: int, respondents: int) -> str | None:
        if self.match != "max_weight" or personas >= respondents:
            return None
        return (
            f"{self.name} pairs one to one, but pool {pool!r} has {personas} personas for "
            f"{respondents} respondents; raise pool.count to at least {respondents} or lower "
            "humans.sample"
        )

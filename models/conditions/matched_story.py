"""`natural/METHOD`: the life story of the persona that a method matched to the respondent."""

from anthology.models.conditions.base import Background, Condition
from anthology.models.prompting.rendering import Turn

FORM = "natural/"
METHODS = ("random", "greedy", "max_weight")


class MatchedStory(Condition):
    names = tuple(FORM + method for method in METHODS)
    needs_pool = True
    before_survey = ("match",)

    def turns(self, background: Background) -> list[Turn]:
        assert background.story is not None
        return [background.story]

    @property
    def matching(self) -> str:
        return self.name.removeprefix(FORM)

    def shortage(self, pool: str, personas: int, respondents: int) -> str | None:
        if self.matching != "max_weight" or personas >= respondents:
            return None
        return (
            f"{self.name} pairs one to one, but pool {pool!r} has {personas} personas for "
            f"{respondents} respondents; raise pool.count to at least {respondents} or lower "
            "humans.sample"
        )

"""Natural stories: the answers to an open question about oneself (Moon et al. 2024)."""

from pydantic import Field, model_validator

from anthology.models.pools.base import Pool
from anthology.models.prompting.prompts import story_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.wording import Text


class NaturalPool(Pool):
    """The question that a model answers with a life story, and how it writes."""

    prompt: Text = "Tell me about yourself."
    max_tokens: int = Field(default=512, ge=16, le=32768)
    min_tokens: int = Field(default=32, ge=1)
    temperature: float = Field(default=1.0, gt=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    seed: int | None = None

    @model_validator(mode="after")
    def _lengths_in_order(self) -> "NaturalPool":
        if self.min_tokens > self.max_tokens:
            raise ValueError(f"min_tokens {self.min_tokens} is above max_tokens {self.max_tokens}")
        return self

    def opening(self, number: int) -> list[Turn]:
        return [story_turn(self.prompt)]

    def turns(self, number: int, story: str) -> list[Turn]:
        return [story_turn(self.prompt, story)]

    @property
    def longest(self) -> int:
        return self.max_tokens

    @property
    def texts(self) -> dict[str, str]:
        return {"prompt": self.prompt}

"""The pool of a study that has one, as `pool`: stories that may not end before `min_tokens`.

What versions before `pools` wrote; recipes that are stored have its fields in this order.
"""

from pydantic import Field, model_validator

from anthology.models.pools.base import Pool
from anthology.models.pools.writing import Writing
from anthology.models.prompting.prompts import story_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.style import Style
from anthology.models.questionnaire.wording import ModelName, Text


class OnlyPool(Pool):
    """The question that a model answers with a life story, and how it writes."""

    later = ("model",)

    prompt: Text = "Tell me about yourself."
    max_tokens: int = Field(default=512, ge=16, le=32768)
    min_tokens: int = Field(default=32, ge=1)
    temperature: float = Field(default=1.0, gt=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    model: ModelName | None = None
    seed: int | None = None

    @model_validator(mode="after")
    def _lengths_in_order(self) -> "OnlyPool":
        if self.min_tokens > self.max_tokens:
            raise ValueError(f"min_tokens {self.min_tokens} is above max_tokens {self.max_tokens}")
        return self

    def opening(self, number: int, style: Style) -> list[Turn]:
        return [story_turn(self.prompt)]

    @property
    def longest(self) -> int:
        return self.max_tokens

    @property
    def writing(self) -> Writing:
        return Writing(self.max_tokens, self.min_tokens, self.temperature, self.top_p)

    @property
    def texts(self) -> dict[str, str]:
        return {"prompt": self.prompt}

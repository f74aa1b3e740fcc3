"""Natural stories: the answers to an open question about oneself (Moon et al. 2024).

A story ends where the model ends it: one that is too short is thrown away, never lengthened.
"""

from typing import Any, ClassVar

from pydantic import Field, model_validator

from anthology.models import seeds
from anthology.models.pools.base import Pool
from anthology.models.pools.screening import Screening
from anthology.models.pools.writing import Reject, Writing
from anthology.models.prompting.prompts import story_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import Style
from anthology.models.questionnaire.wording import ModelName, Passage, Text

PROMPT = "Tell me about yourself."


class NaturalPool(Pool):
    """One prompt for all, or `prompts` of which each persona has one; how a model writes."""

    later: ClassVar[tuple[str, ...]] = ("model",)

    prompt: Text | None = None
    prompts: list[Text] | None = Field(default=None, min_length=1)
    max_tokens: int = Field(default=1500, ge=16, le=32768)
    temperature: float = Field(default=1.0, gt=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    stop: list[Passage] = Field(default_factory=list)
    reject: Reject | None = None
    screening: Screening | None = None
    log_likelihood: bool = False
    model: ModelName | None = None
    seed: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _asks_something(cls, data: Any) -> Any:
        """So the recipe says what was asked, also where the study file does not."""
        if isinstance(data, dict) and not data.keys() & {"prompt", "prompts"}:
            return {**data, "prompt": PROMPT}
        return data

    @model_validator(mode="after")
    def _parts_agree(self) -> "NaturalPool":
        if (self.prompt is None) == (self.prompts is None):
            raise ValueError("needs either prompt or prompts; several go under prompts")
        if self.reject is not None and self.reject.shorter_than > self.max_tokens:
            raise ValueError(
                f"reject.shorter_than {self.reject.shorter_than} is above max_tokens "
                f"{self.max_tokens}, so every story would be thrown away"
            )
        return self

    def opening(self, number: int, style: Style) -> list[Turn]:
        screened = [] if self.screening is None else [self.screening.answered(style)]
        return [*screened, story_turn(self.prompt_of(number))]

    def turns(self, number: int, story: str, style: Style) -> list[Turn]:
        """Without the screening, as in the published code: it is asked who may tell a story."""
        return [story_turn(self.prompt_of(number), story)]

    def prompt_of(self, number: int) -> str:
        """Every k personas in a row have each of k prompts once, in an order drawn for them: so the
        prompts stay even however much a pool grows."""
        if self.prompts is None:
            assert self.prompt is not None
            return self.prompt
        row, place = divmod(number, len(self.prompts))
        return seeds.shuffled(self.prompts, self.seed or 0, "prompts", row)[place]

    @property
    def longest(self) -> int:
        return self.max_tokens

    @property
    def writing(self) -> Writing:
        return Writing(
            self.max_tokens, 0, self.temperature, self.top_p, self.stop, self.log_likelihood,
            self.reject, self.screening,
        )  # fmt: skip

    @property
    def asked(self) -> list[Question]:
        return [] if self.screening is None else [self.screening.asked]

    @property
    def texts(self) -> dict[str, str]:
        found = {f"prompts.{place}": text for place, text in enumerate(self.prompts or ())}
        if self.prompt is not None:
            found["prompt"] = self.prompt
        if self.screening is not None:
            found["screening.question"] = self.screening.question
        return found

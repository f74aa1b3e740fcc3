"""How a pool's stories are written: what is sampled, what ends a story, which are thrown away."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from anthology.models.pools.screening import Screening
from anthology.models.questionnaire.codes import Part


class Reject(Part):
    """Stories of fewer tokens than `shorter_than` are written anew, up to `attempts` in all."""

    shorter_than: int = Field(default=40, ge=1, le=32768)
    attempts: int = Field(default=10, ge=1, le=1000)


@dataclass(frozen=True)
class Writing:
    """What a worker needs to know to write one story, besides the conversation it ends."""

    max_tokens: int
    min_tokens: int
    temperature: float
    top_p: float
    stop: Sequence[str] = ()
    log_likelihood: bool = False
    reject: Reject | None = None
    screening: Screening | None = None

    @property
    def attempts(self) -> int:
        """How many stories are written for one persona at most."""
        return 1 if self.reject is None else self.reject.attempts

    def against(self, story: str, tokens: int) -> str | None:
        """What speaks against a story that a model wrote, if anything does."""
        if self.reject is not None and tokens < self.reject.shorter_than:
            return (
                f"no story of at least {self.reject.shorter_than} tokens in "
                f"{self.reject.attempts} attempts"
            )
        return None if story else "the model wrote an empty story"

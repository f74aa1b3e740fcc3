"""What whoever asks questions needs of a model: text that goes on, and log-probabilities.

Knows nothing of vLLM; `engine.py` is one, tests have others.
"""

from dataclasses import dataclass
from typing import Protocol

from anthology.models.errors import ItemError
from anthology.models.jobs.claims import Usage


class PromptRefused(ItemError):
    """The engine cannot take this one prompt, e.g. because it is longer than the context."""


@dataclass(frozen=True)
class Sampling:
    """How a text is sampled; `stop` ends it and is not part of it.

    log_likelihood: whether to say how likely the text is. It costs a third of the speed of a tiny
    model (`ops/bench/LOG.md`), so it is not said unasked.
    """

    max_tokens: int
    min_tokens: int
    temperature: float
    top_p: float
    seed: int
    stop: list[str]
    log_likelihood: bool = False


@dataclass(frozen=True)
class Generation:
    """A text that was written; `log_likelihood` is the mean of its tokens' log-probabilities (nats)
    by the model's own distribution, before any temperature. `finish_reason` is `stop` where the
    model ended it, `stop string`, or `length`; versions before said `stop` of both of the first."""

    text: str
    tokens: int
    finish_reason: str
    log_likelihood: float | None = None


class TextModel(Protocol):
    """A loaded model; `usage` counts what a request cost."""

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation: ...

    async def logprobs(self, prompt: list[int], ids: list[int], usage: Usage) -> list[float]: ...

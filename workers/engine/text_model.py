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
    """How a text is sampled; `stop` ends it and is not part of it."""

    max_tokens: int
    min_tokens: int
    temperature: float
    top_p: float
    seed: int
    stop: list[str]


@dataclass(frozen=True)
class Generation:
    text: str
    tokens: int
    finish_reason: str


class TextModel(Protocol):
    """A loaded model; `usage` counts what a request cost."""

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation: ...

    async def logprobs(self, prompt: list[int], ids: list[int], usage: Usage) -> list[float]: ...

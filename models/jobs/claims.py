"""A job in a worker's hands: the right to do it, and what doing it costs in tokens."""

from dataclasses import dataclass

Attempt = tuple[int, int]  # a job's id and which attempt at it: what a worker holds


@dataclass(frozen=True)
class Claim:
    """The right to do a job: valid while no later attempt exists."""

    id: int
    kind: str
    attempt: int
    worker: str
    study_id: int | None
    pool_id: int | None
    condition: str
    first: int
    count: int
    deaths: int = 0

    @property
    def key(self) -> Attempt:
        """Not the id alone: a worker may be at work on a lost attempt when it takes the next."""
        return self.id, self.attempt

    @property
    def numbers(self) -> range:
        return range(self.first, self.first + self.count)


@dataclass
class Usage:
    """Tokens that a job cost: prompt tokens, those of them found in the prefix cache, output."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0

    def add(self, prompt: int, cached: int, output: int) -> None:
        self.prompt_tokens += prompt
        self.cached_tokens += cached
        self.output_tokens += output


def died_often(times: int) -> str:
    """The last word on a job that workers or engines die of."""
    return f"the worker died {times} times on this job"

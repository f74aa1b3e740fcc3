"""The work that both sides of the worker's bench do, and the figures that are told of it."""

from dataclasses import dataclass
from pathlib import Path

from anthology.models.conditions.matched_story import MatchedStory
from anthology.models.study.study import Study

EXAMPLE = Path(__file__).parents[2] / "producer" / "examples" / "gss2018" / "study.yaml"
CONDITION = "natural/max_weight"  # one to one: no two conversations share their story
Wave = tuple[list[list[int]], list[int]]  # prompts, and the label tokens read after them


@dataclass(frozen=True)
class Figures:
    """What one side did between two times of day (s): `answers` is 0 where it wrote stories."""

    began: float
    ended: float
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    answers: int

    def as_json(self) -> dict[str, float]:
        seconds = self.ended - self.began
        return {
            "seconds": round(seconds, 2),
            "prompt_tokens_per_s": round(self.prompt_tokens / seconds, 1),
            "output_tokens_per_s": round(self.output_tokens / seconds, 1),
            "answers_per_s": round(self.answers / seconds, 1),
            "cached_share": round(self.cached_tokens / max(1, self.prompt_tokens), 3),
        }


@dataclass(frozen=True)
class Load:
    """How much work a round is."""

    people: int
    max_tokens: int
    chunk: int

    def study(self, name: str, seed: int, model: str) -> Study:
        """The bundled survey, taken by people with stories of their own."""
        study = Study.load(EXAMPLE)
        assert study.pool is not None
        pool = study.pool.model_copy(
            update={
                "name": name, "count": self.people, "max_tokens": self.max_tokens,
                "min_tokens": 16, "temperature": 1.0,
            }
        )  # fmt: skip
        humans = study.surveyed.model_copy(update={"sample": self.people})
        return study.model_copy(
            update={
                "study": name, "seed": seed, "model": model, "pool": pool,
                "humans": humans, "chunk": self.chunk,
                "conditions": [MatchedStory.model_validate(CONDITION)],
            }
        )  # fmt: skip

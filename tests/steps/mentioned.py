"""Small studies that ask first whether a story states a trait, and a model that finds it there."""

from pathlib import Path
from typing import Any

from fake_model import FakeEngine, jobs, make_runner, small_study, store
from sqlalchemy import Engine

from anthology.models.study.study import Study

ASKED = "Does the text above say"
WOMAN = "I am a woman and like my tea."
NOBODY = "I like my tea."
AGES = {"young": {"from": 18, "to": 49}, "old": {"from": 50, "to": 99}}
LIKES = {"young": 3.0, "old": 1.0, "man": 1.0, "woman": 4.0}
YES = {True: 0.9, False: 0.2}  # whether a story states it


def mentioning(folder: Path, **changes: Any) -> Study:
    fields = {"conditions": ["natural/greedy"], "polling": {"mention_first": "yes"}, **changes}
    return small_study(folder, **fields)


def poll(database: Engine, study: Study, model: FakeEngine) -> FakeEngine:
    """The study as far as its stories and polls."""
    store(database, study)
    runner = make_runner(database, model)
    for kind in ("backstory", "poll"):
        for job in jobs(database, kind):
            if job.state == "pending":
                runner.do(kind, job.id or 0, lambda progress: None)
    return model


def is_mention(prompt: str) -> bool:
    return prompt.rpartition("\nQuestion: ")[2].startswith(ASKED)


class Stating(FakeEngine):
    """Says Yes where a word of the trait's options stands in what it was told before; every other
    story of its own is a woman's."""

    def __init__(self, weights: Any = LIKES, **options: Any) -> None:
        told = {"story": lambda seed: WOMAN if seed % 2 else NOBODY, **options}
        super().__init__(weights, **told)

    def answers(self, prompt: str) -> dict[str, float]:
        if not is_mention(prompt):
            return super().answers(prompt)
        before, _, question = prompt.rpartition("\nQuestion: ")
        options = question.partition("\n")[0].rpartition("is certain: ")[2].strip("?").split("; ")
        yes = YES[any(f" {option} " in before for option in options)]
        self.weights, likes = {**self.weights, "Yes": yes, "No": 1 - yes}, self.weights
        try:
            return super().answers(prompt)
        finally:
            self.weights = likes

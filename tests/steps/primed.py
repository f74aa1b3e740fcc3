"""Studies whose stories are primed by respondents' traits, and a model that tells those again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from fake_model import FakeEngine, jobs, make_runner, small_study, text_of, write_study
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.tables import Persona
from anthology.models.jobs.protocol import Usage
from anthology.models.study.study import Study
from anthology.workers.engine.text_model import Generation, Sampling

PROMPT = "Question: Tell me about yourself.\nAnswer:"


def fields(keys: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The changes that make the small study one of a primed pool with these keys."""
    pools = {"primed": {"primed_by": "qa", **(keys or {})}}
    return {"pool": None, "pools": pools, "conditions": [{"pool": "primed"}], **changes}


def primed_study(folder: Path, keys: dict[str, Any] | None = None, **changes: Any) -> Study:
    return small_study(folder, **fields(keys, **changes))


def write_primed(folder: Path, keys: dict[str, Any] | None = None, **changes: Any) -> Path:
    return write_study(folder, **fields(keys, **changes))


class Telling(FakeEngine):
    """Its stories say the sex that was told before them, or that there was none; whose story says a
    woman always finds too much, all others too little."""

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
        written = await super().generate(prompt, sampling, usage)
        before = text_of(prompt)
        if not before.endswith(PROMPT):
            return written
        who = next((sex for sex in ("woman", "man") if f" {sex}" in answered(before)), "nobody")
        return replace(written, text=f"I am a {who}. {written.text}" if written.text else "")

    def answers(self, prompt: str) -> dict[str, float]:
        liked = "too much" if "Answer: I am a woman." in prompt else "too little"
        self.weights = {liked: 1e9}
        return super().answers(prompt)


def answered(prompt: str) -> str:
    """What is answered in a prompt, and what is said without a question; no options."""
    return "\n".join(line for line in prompt.splitlines() if not line.startswith("("))


def write(database: Engine, model: FakeEngine) -> FakeEngine:
    """All stories that are to be written, and nothing else."""
    runner = make_runner(database, model)
    for job in jobs(database, "backstory"):
        runner.do(job.kind, job.id or 0, print)
    return model


def asked_to_write(model: FakeEngine) -> list[str]:
    return [prompt for prompt in model.prompts if prompt.endswith(PROMPT)]


def stories(database: Engine) -> dict[int, str]:
    """By persona; those without an error."""
    with Session(database) as session:
        told = select(col(Persona.number), col(Persona.story)).where(col(Persona.error).is_(None))
        return {number: story for number, story in session.execute(told)}  # noqa: C416

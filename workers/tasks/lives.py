"""A life that is told in an interview: how its next answer is written, judged and stored.

Answers of a life are judged by the model that writes them, at once (`interview.py`), or by another
one, in its own jobs (`critic.py`). Both ask the same and store the same.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from anthology.models import seeds
from anthology.models.database.lives import going_on
from anthology.models.database.sessions import reading
from anthology.models.database.tables import InterviewAnswer, Persona, PoolRow
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.pools.critic import EMPTY, Critic
from anthology.models.pools.interview import GAP, InterviewPool
from anthology.models.pools.registry import of_recipe
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.workers.engine.asking import Interviewer
from anthology.workers.engine.text_model import Generation, Sampling

Row = dict[str, Any]


@dataclass(frozen=True)
class Life:
    """One persona's interview, behind the answers that it gave before; `drafts` are what was
    written for the next one, and what a critic of another model found of it."""

    held: Claim
    pool: InterviewPool
    style: Style
    number: int
    before: list[Row]
    drafts: list[Row]

    @property
    def key(self) -> Row:
        return {"pool_id": self.held.pool_id, "number": self.number}

    @property
    def said(self) -> list[str]:
        return [answer["text"] for answer in self.before]

    def next_answer(self, place: int) -> Row:
        """The row of an answer that is still to be written."""
        return {
            **self.key, "place": place, "job_id": self.held.id, "text": "", "tokens": 0,
            "finish_reason": "error", "attempts": 0, "verdicts": None, "rejected": None,
            "error": None,
        }  # fmt: skip

    def ended(self, answer: Row) -> Rows:
        """Of an answer that is an error: with a gap or a contradiction in it a life is nobody's."""
        why = f"answer {answer['place'] + 1}: {answer['error']}"
        return [(InterviewAnswer, [answer]), (Persona, [self.persona([], why, answer["job_id"])])]

    def persona(self, answers: list[Row], error: str | None, job_id: int) -> Row:
        cut = any(answer["finish_reason"] == "length" for answer in answers)
        return {
            **self.key, "job_id": job_id,
            "seed": seeds.derive(self.pool.seed or 0, "interview", self.number),
            "story": GAP.join(answer["text"] for answer in answers),
            "tokens": sum(answer["tokens"] for answer in answers),
            "finish_reason": "error" if error else "length" if cut else "stop", "error": error,
        }  # fmt: skip

    async def write(self, interviewer: Interviewer, said: list[str], attempt: int) -> Generation:
        """The next answer; the same one whoever writes this attempt, and when."""
        how = self.pool.interview
        seed = seeds.derive(self.pool.seed or 0, "interview", self.number, len(said), attempt)
        sampling = Sampling(how.max_tokens, 1, how.temperature, how.top_p, seed, [])
        return await interviewer.write(self.pool.next_question(said), self.style, sampling)

    async def verdicts(
        self, interviewer: Interviewer, said: list[str], judge: Critic | None
    ) -> dict[str, float]:
        """The probabilities of faults of the last answer."""
        if not said[-1]:
            return {EMPTY: 1.0}

        async def found(judge: Critic, fault: str) -> float:
            turns = self.pool.turns(self.number, GAP.join(said), self.style)
            asked = judge.question(fault)
            return (await interviewer.ask(asked, [[0, 1]], turns, self.style)).choices[0]

        if judge is None:
            return {}
        first, *others = judge.criteria
        # The first question puts the answer into the prefix cache; the others then share it.
        shares = [await found(judge, first)]
        shares += await asyncio.gather(*(found(judge, fault) for fault in others))
        return dict(zip(judge.criteria, shares, strict=True))


def lives(engine: Engine, held: Claim) -> list[Life]:
    """Of every persona of the chunk whose life is not told to its end."""
    with reading(engine) as session:
        stored = session.get_one(PoolRow, held.pool_id)
        pool = of_recipe(stored.name, stored.count, stored.recipe)
        style = Style(**{part: stored.recipe[part] for part in PLAIN.speakers}, reminder="never")
        found = going_on(session, held.pool_id, held.numbers)
    assert isinstance(pool, InterviewPool)
    return [Life(held, pool, style, one.number, one.answers, one.drafts) for one in found]


def fault_of(verdicts: Mapping[str, float], judge: Critic | None) -> str | None:
    """Why an answer is not taken; who is not judged must say something."""
    if judge is not None:
        return judge.fault(verdicts)
    return "the model wrote an empty answer" if verdicts else None


def rejected(attempts: int, fault: str) -> str:
    return f"rejected {attempts} times, last as {fault}"

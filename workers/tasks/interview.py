"""The `interview` job: the personas of a chunk tell their lives in answers to open questions.

One conversation a persona, which only grows, so that nothing of it is read twice. A critic's
questions branch off it and leave nothing behind. An answer is stored when it stands: a life that
breaks off goes on behind its last answer.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import col

from anthology.models import seeds
from anthology.models.database.sessions import reading
from anthology.models.database.tables import InterviewAnswer, Persona, PoolRow
from anthology.models.errors import ItemError
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.pools.critic import EMPTY, Critic
from anthology.models.pools.interview import GAP, InterviewPool, answered
from anthology.models.pools.registry import of_recipe
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.workers.engine.asking import Interviewer, spoken
from anthology.workers.engine.text_model import Generation, Sampling
from anthology.workers.tasks.by_kind import Item

Row = dict[str, Any]


def items(engine: Engine, held: Claim) -> list[Item]:
    """One item for every persona of the chunk whose life is not told to its end."""
    span = (held.first, held.first + held.count - 1)
    with reading(engine) as session:
        stored = session.get_one(PoolRow, held.pool_id)
        pool = of_recipe(stored.name, stored.count, stored.recipe)
        style = Style(**{part: stored.recipe[part] for part in PLAIN.speakers}, reminder="never")
        told = set(
            session.execute(
                select(col(Persona.number)).where(
                    col(Persona.pool_id) == held.pool_id, col(Persona.number).between(*span)
                )
            ).scalars()
        )
        said: dict[int, list[Row]] = {number: [] for number in held.numbers}
        for answer in session.execute(
            select(InterviewAnswer)
            .where(
                col(InterviewAnswer.pool_id) == held.pool_id,
                col(InterviewAnswer.number).between(*span),
                col(InterviewAnswer.error).is_(None),
            )
            .order_by(col(InterviewAnswer.number), col(InterviewAnswer.place))
        ).scalars():
            said[answer.number].append(answer.model_dump())
    assert isinstance(pool, InterviewPool)
    return [
        _Life(held, pool, style, number, answers).tell
        for number, answers in said.items()
        if number not in told
    ]


@dataclass(frozen=True)
class _Life:
    """One persona's interview, behind the answers that it gave before; `tell` is the job's item."""

    held: Claim
    pool: InterviewPool
    style: Style
    number: int
    before: list[Row]

    async def tell(self, interviewer: Interviewer) -> AsyncIterator[Rows]:
        answers = list(self.before)
        while len(answers) < len(self.pool.interview.questions):
            row = await self._answer(interviewer, [answer["text"] for answer in answers])
            if row["error"] is not None:
                why = f"answer {row['place'] + 1}: {row['error']}"
                yield [(InterviewAnswer, [row]), (Persona, [self._persona([], why)])]
                return
            answers.append(row)
            yield [(InterviewAnswer, [row])]
        yield [(Persona, [self._persona(answers, None)])]

    async def _answer(self, interviewer: Interviewer, said: list[str]) -> Row:
        """The answer to the next question: the first in which the critic finds no fault. One that
        is faulty to the last is an error: a life with a contradiction in it is nobody's."""
        row: Row = {
            "pool_id": self.held.pool_id, "number": self.number, "place": len(said),
            "job_id": self.held.id, "text": "", "tokens": 0, "finish_reason": "error",
            "attempts": 0, "verdicts": None, "rejected": None, "error": None,
        }  # fmt: skip
        judge = self.pool.interview.judge
        rejected: list[Row] = []
        fault: str | None = None
        try:
            for attempt in range(judge.attempts if judge else 1):
                row["attempts"] = attempt + 1
                written = await self._write(interviewer, said, attempt)
                text = answered(spoken(written.text))
                verdicts = await self._verdicts(interviewer, [*said, text], judge)
                fault = _fault(verdicts, judge)
                if fault is None:
                    found = {"tokens": written.tokens, "finish_reason": written.finish_reason}
                    return {**row, **found, "text": text, "verdicts": verdicts if judge else None,
                            "rejected": rejected if judge else None}  # fmt: skip
                rejected.append({"text": text, "verdicts": verdicts})
            why = f"rejected {row['attempts']} times, last as {fault}" if judge else fault
        except ItemError as error:
            why = str(error)
        return {**row, "rejected": rejected if judge else None, "error": why}

    async def _write(self, interviewer: Interviewer, said: list[str], attempt: int) -> Generation:
        how = self.pool.interview
        seed = seeds.derive(self.pool.seed or 0, "interview", self.number, len(said), attempt)
        sampling = Sampling(how.max_tokens, 1, how.temperature, how.top_p, seed, [])
        return await interviewer.write(self.pool.next_question(said), self.style, sampling)

    async def _verdicts(
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

    def _persona(self, answers: list[Row], error: str | None) -> Row:
        cut = any(answer["finish_reason"] == "length" for answer in answers)
        return {
            "pool_id": self.held.pool_id, "number": self.number, "job_id": self.held.id,
            "seed": seeds.derive(self.pool.seed or 0, "interview", self.number),
            "story": GAP.join(answer["text"] for answer in answers),
            "tokens": sum(answer["tokens"] for answer in answers),
            "finish_reason": "error" if error else "length" if cut else "stop", "error": error,
        }  # fmt: skip


def _fault(verdicts: Mapping[str, float], judge: Critic | None) -> str | None:
    """Why an answer is not taken; who is not judged must say something."""
    if judge is not None:
        return judge.fault(verdicts)
    return "the model wrote an empty answer" if verdicts else None

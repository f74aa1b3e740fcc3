"""The `interview` job: the personas of a chunk tell their lives in answers to open questions.

One conversation a persona, which only grows, so that nothing of it is read twice. A critic's
questions branch off it and leave nothing behind. An answer is stored when it stands: a life that
breaks off goes on behind its last answer. Where another model is the critic, a job writes one
answer of each life as a draft and leaves it to `critic.py`.
"""

from collections.abc import AsyncIterator

from sqlalchemy import Engine

from anthology.models.database.tables import InterviewAnswer, InterviewDraft, Persona
from anthology.models.errors import ItemError
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.pools.interview import answered
from anthology.workers.engine.asking import Interviewer, spoken
from anthology.workers.tasks.by_kind import Item
from anthology.workers.tasks.lives import Life, Row, fault_of, lives, rejected


def items(engine: Engine, held: Claim) -> list[Item]:
    """One item for every persona of the chunk whose life is not told to its end, or whose next
    answer is due."""
    found = [_Telling(life) for life in lives(engine, held)]
    if any(one.life.pool.judged_by is None for one in found):
        return [one.tell for one in found]
    return [one.draft for one in found if all(d["verdicts"] is not None for d in one.life.drafts)]


class _Telling:
    """One persona's interview; `tell`, or `draft`, is the job's item."""

    def __init__(self, life: Life) -> None:
        self.life = life

    async def tell(self, interviewer: Interviewer) -> AsyncIterator[Rows]:
        life = self.life
        answers = list(life.before)
        while len(answers) < len(life.pool.interview.questions):
            row = await self._answer(interviewer, [answer["text"] for answer in answers])
            if row["error"] is not None:
                yield life.ended(row)
                return
            answers.append(row)
            yield [(InterviewAnswer, [row])]
        yield [(Persona, [life.persona(answers, None, life.held.id)])]

    async def _answer(self, interviewer: Interviewer, said: list[str]) -> Row:
        """The answer to the next question: the first in which the critic finds no fault. One that
        is faulty to the last is an error."""
        life = self.life
        row = life.next_answer(len(said))
        judge = life.pool.interview.judge
        again: list[Row] = []
        fault: str | None = None
        try:
            for attempt in range(judge.attempts if judge else 1):
                row["attempts"] = attempt + 1
                written = await life.write(interviewer, said, attempt)
                text = answered(spoken(written.text))
                verdicts = await life.verdicts(interviewer, [*said, text], judge)
                fault = fault_of(verdicts, judge)
                if fault is None:
                    found = {"tokens": written.tokens, "finish_reason": written.finish_reason}
                    return {**row, **found, "text": text, "verdicts": verdicts if judge else None,
                            "rejected": again if judge else None}  # fmt: skip
                again.append({"text": text, "verdicts": verdicts})
            why = rejected(row["attempts"], str(fault)) if judge else fault
        except ItemError as error:
            why = str(error)
        return {**row, "rejected": again if judge else None, "error": why}

    async def draft(self, interviewer: Interviewer) -> AsyncIterator[Rows]:
        """The next answer as it was written, for the critic; where none could be, the life ends."""
        life, attempt = self.life, len(self.life.drafts)
        row = life.next_answer(len(life.before))
        try:
            written = await life.write(interviewer, life.said, attempt)
        except ItemError as error:
            before = [{"text": d["text"], "verdicts": d["verdicts"]} for d in life.drafts]
            tried = {"attempts": attempt + 1, "rejected": before, "error": str(error)}
            yield life.ended({**row, **tried})
            return
        found = {"text": answered(spoken(written.text)), "tokens": written.tokens,
                 "finish_reason": written.finish_reason}  # fmt: skip
        named = {"place": row["place"], "attempt": attempt, "job_id": life.held.id}
        yield [(InterviewDraft, [{**life.key, **named, **found}])]

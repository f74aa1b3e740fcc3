"""The `critic` job: another model than the one that writes judges what the personas of a chunk said
last in their interviews.

Each answer is asked about as in `interview.py`, where one model does both. One that stands is
stored with what was rejected before it, and the last of a life with the persona; one with a fault
leaves its verdicts, upon which it is written again, until the last attempt ends the life.
"""

from collections.abc import AsyncIterator

from sqlalchemy import Engine

from anthology.models.database.tables import InterviewAnswer, InterviewVerdict, Persona
from anthology.models.errors import ItemError
from anthology.models.jobs.protocol import Claim, Rows
from anthology.workers.engine.asking import Interviewer
from anthology.workers.tasks.by_kind import Item
from anthology.workers.tasks.lives import Life, Row, lives, rejected


def items(engine: Engine, held: Claim) -> list[Item]:
    """One item for every persona of the chunk of whom an answer waits to be judged."""
    return [
        _Judging(life, draft).judge
        for life in lives(engine, held)
        for draft in life.drafts
        if draft["verdicts"] is None
    ]


class _Judging:
    """A draft of one persona's next answer; `judge` is the job's item."""

    def __init__(self, life: Life, draft: Row) -> None:
        self.life = life
        self.draft = draft

    async def judge(self, interviewer: Interviewer) -> AsyncIterator[Rows]:
        life, draft = self.life, self.draft
        judge = life.pool.interview.judge
        assert judge is not None
        before = [
            {"text": other["text"], "verdicts": other["verdicts"]}
            for other in life.drafts
            if other["attempt"] < draft["attempt"]
        ]
        # The answer is the work of the job that wrote it.
        row = {**life.next_answer(draft["place"]), "job_id": draft["job_id"],
               "attempts": draft["attempt"] + 1, "rejected": before}  # fmt: skip
        try:
            verdicts = await life.verdicts(interviewer, [*life.said, draft["text"]], judge)
        except ItemError as error:
            yield life.ended({**row, "error": str(error)})
            return
        fault = judge.fault(verdicts)
        if fault is None:
            found = {key: draft[key] for key in ("text", "tokens", "finish_reason")}
            yield self._standing({**row, **found, "verdicts": verdicts})
        elif row["attempts"] < judge.attempts:
            yield [self._verdict(verdicts)]
        else:
            again = [*before, {"text": draft["text"], "verdicts": verdicts}]
            why = rejected(row["attempts"], fault)
            yield life.ended({**row, "rejected": again, "error": why})

    def _standing(self, answer: Row) -> Rows:
        life = self.life
        answers = [*life.before, answer]
        if len(answers) < len(life.pool.interview.questions):
            return [(InterviewAnswer, [answer]), self._verdict(answer["verdicts"])]
        persona = life.persona(answers, None, answer["job_id"])
        return [(InterviewAnswer, [answer]), (Persona, [persona])]

    def _verdict(self, verdicts: dict[str, float]) -> tuple[type[InterviewVerdict], list[Row]]:
        named = {key: self.draft[key] for key in ("place", "attempt")}
        found = {"verdicts": verdicts, "job_id": self.life.held.id}
        return InterviewVerdict, [{**self.life.key, **named, **found}]

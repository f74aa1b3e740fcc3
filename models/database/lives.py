"""Lives that are told in interviews and not over yet, as they are stored.

What is still to be done for them follows from this alone, for who plans it and for who does it.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, select
from sqlmodel import Session, col

from anthology.models.database.tables import (
    InterviewAnswer,
    InterviewDraft,
    InterviewVerdict,
    Persona,
)

Row = dict[str, Any]


@dataclass(frozen=True)
class Life:
    """The answers of a persona that stand, and by attempt what was written for the next one: a
    draft has `verdicts`, which are None until a critic of another model has judged it."""

    number: int
    answers: list[Row]
    drafts: list[Row]

    @property
    def is_judged(self) -> bool:
        """Whether nothing waits for a critic, so that the next answer may be written."""
        return all(draft["verdicts"] is not None for draft in self.drafts)


def going_on(session: Session, pool_id: int | None, numbers: range) -> list[Life]:
    """The lives of these personas that have not come to their end, or to an error."""
    told = set(session.execute(_in(Persona, pool_id, numbers, col(Persona.number))).scalars())
    answers: dict[int, list[Row]] = {number: [] for number in numbers}
    standing = _in(InterviewAnswer, pool_id, numbers).where(col(InterviewAnswer.error).is_(None))
    for answer in session.execute(standing.order_by(col(InterviewAnswer.place))).scalars():
        answers[answer.number].append(answer.model_dump())
    drafts: dict[int, list[Row]] = {number: [] for number in numbers}
    draft, verdict = InterviewDraft.__table__.c, InterviewVerdict.__table__.c  # type: ignore[attr-defined]
    judged = and_(
        *(draft[key] == verdict[key] for key in ("pool_id", "number", "place", "attempt"))
    )
    written = _in(InterviewDraft, pool_id, numbers, InterviewDraft, col(InterviewVerdict.verdicts))
    written = written.outerjoin(InterviewVerdict, judged)
    for row, verdicts in session.execute(written.order_by(col(InterviewDraft.attempt))):
        if row.place == len(answers[row.number]):  # the others are of answers that stand
            drafts[row.number].append({**row.model_dump(), "verdicts": verdicts})
    return [
        Life(number, answers[number], drafts[number]) for number in numbers if number not in told
    ]


def forget_drafts(session: Session, pool_id: int | None, numbers: Any) -> None:
    """Deletes what was written on the way of these personas, `numbers` being some or a query."""
    for table in (InterviewVerdict, InterviewDraft):
        session.execute(
            delete(table).where(col(table.pool_id) == pool_id, col(table.number).in_(numbers))
        )


def _in(table: Any, pool_id: int | None, numbers: range, *columns: Any) -> Any:
    """The rows of these personas, or of each some columns."""
    span = col(table.number).between(numbers.start, numbers.stop - 1)
    return select(*(columns or (table,))).where(col(table.pool_id) == pool_id, span)

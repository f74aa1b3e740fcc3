"""For whom each persona answers in a condition: the respondents matched with it, or itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.conditions.base import Condition
from anthology.models.database.tables import Match, StudyRow

SHOWN = 3  # of the respondents that one persona stands for


@dataclass
class Doubles:
    """In one condition: by persona how many it answers for, the largest match weight (None where
    nobody was matched), and some of them with the weight, the largest first."""

    condition: Condition
    counts: dict[int, int] = field(default_factory=dict)
    shown: dict[int, list[tuple[int, float | None]]] = field(default_factory=dict)

    def weight(self, persona: int) -> float | None:
        found = self.shown.get(persona)
        return found[0][1] if found else None


def doubles(
    session: Session, row: StudyRow, condition: Condition, numbers: Sequence[int], people: int
) -> Doubles:
    """Of the personas with these numbers; `people` answer in the condition."""
    found = Doubles(condition)
    if condition.matching is None:  # a story of one's own, by one's own number
        own = [number for number in numbers if number < people]
        found.counts = dict.fromkeys(own, 1)
        found.shown = {number: [(number, None)] for number in own}
        return found
    wanted = set(numbers)
    matched: dict[int, list[tuple[int, float | None]]] = {}
    for persona, respondent, weight in session.execute(
        select(col(Match.persona), col(Match.respondent), col(Match.weight))
        .where(col(Match.study_id) == row.id, col(Match.method) == condition.matching)
        .order_by(col(Match.respondent))
    ):
        if persona in wanted:
            matched.setdefault(persona, []).append((respondent, weight))
    for persona, of in matched.items():
        found.counts[persona] = len(of)
        found.shown[persona] = nlargest(SHOWN, of, key=lambda one: one[1] or 0.0)
    return found

"""What one table of an export is, and how its cells are written.

Options count from 1, a refusal comes after them. Knows nothing of files and of what tables hold.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from anthology.models.questionnaire.questions import Question
from anthology.models.study.study import Study

BATCH = 10_000


@dataclass(frozen=True)
class Table:
    """One file: its name, its columns with their types, its rows as they come."""

    name: str
    columns: dict[str, type]
    rows: Iterable[tuple[Any, ...]]


def stream(session: Session, statement: Any, each: int = 1) -> Iterator[Any]:
    """Rows in batches, smaller ones where each row holds many of what is written."""
    return iter(session.execute(statement.execution_options(yield_per=max(1, BATCH // each))))


def from_one(stored: int | None) -> int | None:
    """Stored positions count from 0, exported ones from 1."""
    return None if stored is None else stored + 1


def outcomes_of(study: Study) -> dict[str, list[str]]:
    """By question what can be drawn: the options, then the refusal where one is offered."""
    return {question.name: question.outcomes for question in study.questions}


def text_at(outcomes: dict[str, list[str]], question: str, position: int | None) -> str | None:
    return None if position is None else outcomes[question][position]


def share_at(shares: list[float] | None, position: int | None) -> float | None:
    """None for a refusal, too, which is no option."""
    if shares is None or position is None or position >= len(shares):
        return None
    return shares[position]


def option_rows(
    question: Question, shares: list[float] | None
) -> Iterator[tuple[int, str, float | None]]:
    for position, option in enumerate(question.option_texts):
        yield position + 1, option, share_at(shares, position)

"""The tables of lives that are told in interviews; `tables.py` has all the others, and these."""

from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class InterviewAnswer(SQLModel, table=True):
    """One answer of a persona whose life is told in an interview, question by question.

    `attempts` is how often it was written; `rejected` has the earlier ones, each with its `text`
    and `verdicts`, as `verdicts` has those of the answer that stands: by the fault that a critic
    was asked about, the probability that it has it. Null where there is no critic. An `error` says
    why there is no answer, with which the life ends.
    """

    __tablename__ = "interview_answer"
    pool_id: int = Field(primary_key=True, foreign_key="pool.id")
    number: int = Field(primary_key=True)
    place: int = Field(primary_key=True)
    text: str
    tokens: int
    finish_reason: str
    attempts: int
    verdicts: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    rejected: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON))
    job_id: int
    error: str | None = None


class InterviewDraft(SQLModel, table=True):
    """An answer as it was written, for a critic that is another model to judge: attempt 0 and on.

    Kept until the life is over; an answer that stands is then an `InterviewAnswer`, with those that
    were rejected.
    """

    __tablename__ = "interview_draft"
    pool_id: int = Field(primary_key=True, foreign_key="pool.id")
    number: int = Field(primary_key=True)
    place: int = Field(primary_key=True)
    attempt: int = Field(primary_key=True)
    text: str
    tokens: int
    finish_reason: str
    job_id: int


class InterviewVerdict(SQLModel, table=True):
    """What the critic found of a draft, as in `InterviewAnswer`; without one it is to be judged."""

    __tablename__ = "interview_verdict"
    pool_id: int = Field(primary_key=True, foreign_key="pool.id")
    number: int = Field(primary_key=True)
    place: int = Field(primary_key=True)
    attempt: int = Field(primary_key=True)
    verdicts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    job_id: int

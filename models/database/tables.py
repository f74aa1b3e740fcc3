"""The tables: what is stored, and the unique keys that make a second write impossible.

Times are seconds since the epoch on the database's clock. Options are positions 0..K-1 in the
questionnaire's own order; the order in which a persona saw them is stored beside every answer.
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from anthology.models.database.interview_tables import InterviewAnswer as InterviewAnswer
from anthology.models.database.interview_tables import InterviewDraft as InterviewDraft
from anthology.models.database.interview_tables import InterviewVerdict as InterviewVerdict


class NamespaceRow(SQLModel, table=True):
    """The one row that names this database's queues in a Redis that others use, too."""

    __tablename__ = "namespace"
    id: str = Field(primary_key=True)


class PoolRow(SQLModel, table=True):
    """A named, reusable set of personas made by one recipe.

    `content` is that of the model that writes its stories, once it is known (`model_files.py`).
    """

    __tablename__ = "pool"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    recipe: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    model: str
    count: int
    content: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    created_at: float


class StudyRow(SQLModel, table=True):
    """A submitted study. `respondents` of its `humans` people are simulated, numbers 0 upwards.

    `engine_id` is the first engine that worked for it, `identity` that engine's: others stay away
    unless `any_engine`. `content` is that of the model that it asks for, or that began it.
    `pool_id` is the one pool that versions before `StudyPool` knew.
    """

    __tablename__ = "study"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    spec: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str
    humans_digest: str
    humans: int
    respondents: int
    pool_id: int | None = Field(default=None, foreign_key="pool.id", index=True)
    cancelled: bool = False
    paused: bool = False
    identity: str | None = None
    any_engine: bool = False
    engine_id: str | None = None
    content: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    created_at: float


class StudyModel(SQLModel, table=True):
    """A model besides its own that a study asks for; of its engines as `StudyRow` of the own."""

    __tablename__ = "study_model"
    study_id: int = Field(primary_key=True, foreign_key="study.id")
    model: str = Field(primary_key=True)
    identity: str | None = None
    engine_id: str | None = None
    content: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class StudyPool(SQLModel, table=True):
    """A pool that a study uses, and how many of its personas, from number 0 on."""

    __tablename__ = "study_pool"
    study_id: int = Field(primary_key=True, foreign_key="study.id")
    pool_id: int = Field(primary_key=True, foreign_key="pool.id", index=True)
    count: int


class Respondent(SQLModel, table=True):
    """One human: positions of traits and answers by name, null where missing."""

    study_id: int = Field(primary_key=True, foreign_key="study.id")
    number: int = Field(primary_key=True)
    source_id: str
    weight: float
    traits: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    answers: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class Persona(SQLModel, table=True):
    """One virtual person: the backstory, how it ended, or why there is none (`error`).

    `finish_reason` is `stop` where the model ended it, `stop string` (`stop`, too, of versions that
    did not tell them apart), `length`, `imported`, or `error` where none was written.
    `attempts` are the stories written until one was kept, `screening_draws` the answers drawn until
    the one wanted, `log_likelihood` the story's mean in nats a token; null where there are none,
    and of versions that did not count. `source_id` is what the file calls it that the story was
    imported from.
    """

    pool_id: int = Field(primary_key=True, foreign_key="pool.id")
    number: int = Field(primary_key=True)
    story: str
    tokens: int
    finish_reason: str
    seed: int = Field(sa_type=BigInteger)
    job_id: int
    error: str | None = None
    attempts: int | None = None
    screening_draws: int | None = None
    log_likelihood: float | None = None
    source_id: str | None = None


class Poll(SQLModel, table=True):
    """What polling one trait of one persona found: a distribution over the trait's options.

    `mentioned` is the probability that the story states the trait, where that was asked first.
    `refusal`, `shown` and `samples` as in `Answer`.
    """

    pool_id: int = Field(primary_key=True, foreign_key="pool.id")
    number: int = Field(primary_key=True)
    trait_key: str = Field(primary_key=True)
    trait: str
    mentioned: float | None = None
    probabilities: list[float] | None = Field(default=None, sa_column=Column(JSON))
    label_mass: float | None = None
    refusal: float | None = None
    shown: list[int] = Field(sa_column=Column(JSON, nullable=False))
    samples: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON))
    job_id: int
    error: str | None = None


class Match(SQLModel, table=True):
    """A respondent paired with a persona by one matching method."""

    study_id: int = Field(primary_key=True, foreign_key="study.id")
    method: str = Field(primary_key=True)
    respondent: int = Field(primary_key=True)
    persona: int
    weight: float


class Answer(SQLModel, table=True):
    """One answer: distribution over options, label mass, what was drawn, the order shown.

    `probabilities` are over the options, without a refusal, whose share is `refusal` (null where
    none is offered); `drawn` is the option's position, or the number of options for a refusal.
    Who is not asked a question (`ask_if`) has a row with nothing in it.
    `shown` has positions of what was displayed, which may be finer than the options. `text` is a
    free text, or the finer answer drawn. `samples` are the written answers: each with its `first`
    text and `first_choice`, the number of `attempts`, and the `final` text and `choice`.
    """

    study_id: int = Field(primary_key=True, foreign_key="study.id")
    condition: str = Field(primary_key=True)
    respondent: int = Field(primary_key=True)
    question: str = Field(primary_key=True)
    persona: int | None = None
    place: int
    shown: list[int] = Field(sa_column=Column(JSON, nullable=False))
    probabilities: list[float] | None = Field(default=None, sa_column=Column(JSON))
    label_mass: float | None = None
    refusal: float | None = None
    drawn: int | None = None
    text: str | None = None
    samples: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON))
    job_id: int
    error: str | None = None


class LabelPrior(SQLModel, table=True):
    """Log-probabilities that labels get in a condition whatever stands behind them."""

    __tablename__ = "label_prior"
    study_id: int = Field(primary_key=True, foreign_key="study.id")
    condition: str = Field(primary_key=True)
    labels: int = Field(primary_key=True)
    logprobs: list[float] = Field(sa_column=Column(JSON, nullable=False))
    n: int


class Metric(SQLModel, table=True):
    """One figure of a study with its 95% bootstrap interval (null where there is none).

    `version` is that of the figures when it was computed (`figure_table.VERSION`), null of versions
    before there was one. All figures of a study have the same.
    """

    study_id: int = Field(primary_key=True, foreign_key="study.id")
    condition: str = Field(primary_key=True)
    subgroup: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int
    version: int | None = None


FAILURE = "failure"


class EngineRow(SQLModel, table=True):
    """A fingerprint of what did the work: model, versions, precisions, device; of one that could
    not load, the sentence that says why under `FAILURE` and nothing else."""

    __tablename__ = "engine"
    id: str = Field(primary_key=True)
    info: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class WorkerRow(SQLModel, table=True):
    """A worker's sign of life.

    `names` are all that its model is called, `queues` those it takes messages from. Versions
    before them knew the one `queue`, which is still that of the last part of the model's name.
    """

    __tablename__ = "worker"
    name: str = Field(primary_key=True)
    queue: str = Field(index=True)
    model: str | None = None
    engine_id: str | None = Field(default=None, foreign_key="engine.id")
    pid: int
    started_at: float
    seen_at: float
    stopped: bool = False
    machine: str | None = None
    names: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    queues: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class Job(SQLModel, table=True):
    """A chunk of work: `count` personas or respondents from number `first` on.

    `condition` is a condition's name or, of polls, the pool's where a study has several, or which
    round it is where kinds take turns. `pool_id` is the pool whose personas it makes, polls or lets
    answer.

    `attempt` rises with every claim and fences: only the holder of the latest attempt may finish.
    `deaths` counts attempts that ended in a dead worker or engine. `key` names the work, so that
    the same work cannot be planned twice.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    study_id: int | None = Field(default=None, foreign_key="study.id", index=True)
    pool_id: int | None = Field(default=None, foreign_key="pool.id", index=True)
    condition: str = ""
    first: int = 0
    count: int = 0
    queue: str
    title: str
    state: str = "pending"
    attempt: int = 0
    deaths: int = 0
    worker: str | None = None
    lease_until: float | None = None
    not_before: float = 0.0
    error: str | None = None
    engine_id: str | None = Field(default=None, foreign_key="engine.id")
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    started_at: float | None = None
    finished_at: float | None = None

    __table_args__ = (Index("ix_job_state_queue", "state", "queue"),)

"""What an archive holds of each table, and which rows of a stranger's archive are let in.

Ids are left out, since another database gives its own: rows name their study and pool by standing
in its archive, and their job by its place there. Knows nothing of files and databases.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from sqlalchemy import BigInteger
from sqlmodel import SQLModel

from models import tables
from models.planning import KINDS, RETIRED
from models.study import Study

Row = dict[str, Any]
JOB_STATES = ("pending", "done", "failed", "cancelled")  # who runs is left behind: pending

# PostgreSQL's integers; SQLite would take more, and a later move would then fail.
Count = Annotated[int, Field(ge=0, lt=2**31)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
TYPES: dict[Any, Any] = {
    int: Count,
    int | None: Count | None,
    list[int]: list[Count],
    list[dict[str, Any]] | None: list[dict[str, str | Count | None]] | None,
}


@dataclass(frozen=True)
class Member:
    """One file of an archive: a table's rows, sorted by `key`, without the columns `left_out`."""

    name: str
    table: type[SQLModel]
    left_out: tuple[str, ...]
    key: tuple[str, ...]
    shape: type[BaseModel]

    @property
    def columns(self) -> list[str]:
        return list(self.shape.model_fields)

    @property
    def defaults(self) -> Row:
        """What a row of an older version, which lacks a column, gets for it."""
        fields = self.shape.model_fields.items()
        return {name: field.default for name, field in fields if not field.is_required()}

    def wrong(self, row: Any) -> str | None:
        """What speaks against a row: a column that is missing or unknown, a value's type."""
        try:
            self.shape.model_validate(row)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            place = ".".join(map(str, problem["loc"]))
            return f"{ascii(place)[1:-1][:80]}: {problem['msg'][:200]}"
        return None


def _member(
    name: str, table: type[SQLModel], left_out: tuple[str, ...], key: tuple[str, ...] = (),
    **types: Any,
) -> Member:  # fmt: skip
    columns = SQLModel.metadata.tables[str(table.__tablename__)].columns
    fields: dict[str, Any] = {}
    for column, info in table.model_fields.items():
        if column in left_out:
            continue
        kind = types.get(column, TYPES.get(info.annotation, info.annotation))
        if column == "job_id":
            kind = Count | None  # none: the job is another study's
        elif isinstance(columns[column].type, BigInteger):
            kind = Seed
        fields[column] = (kind, ... if info.is_required() or column in key else info.default)
    strict = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    shape: type[BaseModel] = create_model(name, __config__=strict, **fields)
    return Member(name, table, left_out, key, shape)


_POSITIONS = dict[str, Count | None]
_Short = Annotated[str, Field(max_length=64)]
_CONTENT = dict[_Short, _Short | None] | None
# In the order in which an import needs them: what is referred to before what refers to it.
MEMBERS = {
    member.name: member
    for member in (
        _member("study", tables.StudyRow, ("id", "pool_id"), content=_CONTENT),
        _member("pool", tables.PoolRow, ("id",), content=_CONTENT),
        _member("engines", tables.EngineRow, (), ("id",)),
        _member("respondents", tables.Respondent, ("study_id",), ("number",),
                traits=_POSITIONS, answers=_POSITIONS),
        _member("jobs", tables.Job, ("id", "key", "study_id", "pool_id", "queue", "title",
                                     "lease_until", "not_before")),
        _member("personas", tables.Persona, ("pool_id",), ("number",)),
        _member("polls", tables.Poll, ("pool_id",), ("number", "trait_key")),
        _member("matches", tables.Match, ("study_id",), ("method", "respondent")),
        _member("label_priors", tables.LabelPrior, ("study_id",), ("condition", "labels")),
        _member("answers", tables.Answer, ("study_id",), ("condition", "respondent", "question")),
        _member("metrics", tables.Metric, ("study_id",), ("condition", "subgroup", "name")),
    )
}  # fmt: skip


class Belonging:
    """Whether rows that are right by themselves can be this study's: its people, its questions.

    humans: people of the survey file; respondents: those simulated; personas: those of the pool.
    """

    def __init__(self, study: Study, humans: int, respondents: int, personas: int) -> None:
        self.humans, self.respondents, self.personas = humans, respondents, personas
        self.conditions, self.matchings = study.conditions, study.matchings
        self.options = {question.name: len(question.options) for question in study.questions}
        self.questions = set(study.questionnaire.questions)
        traits = study.traits.values()
        self.traits = {study.poll_key(trait): len(trait.options) for trait in traits}

    def stranger(self, member: str, row: Row) -> bool:
        found: bool = getattr(self, f"_{member}", lambda row: True)(row)
        return not found

    def _respondents(self, row: Row) -> bool:
        return bool(row["number"] < self.humans)

    def _personas(self, row: Row) -> bool:
        return bool(row["number"] < self.personas)

    def _polls(self, row: Row) -> bool:
        options = self.traits.get(row["trait_key"])
        return options is not None and self._personas(row) and _as_long(row, options)

    def _matches(self, row: Row) -> bool:
        known = row["method"] in self.matchings and row["persona"] < self.personas
        return bool(known and row["respondent"] < self.respondents)

    def _label_priors(self, row: Row) -> bool:
        return row["condition"] in self.conditions and len(row["logprobs"]) == row["labels"]

    def _answers(self, row: Row) -> bool:
        known = row["condition"] in self.conditions and row["question"] in self.questions
        options = self.options.get(row["question"], 0)  # a free text has none
        return known and row["respondent"] < self.respondents and _as_long(row, options)

    def _jobs(self, row: Row) -> bool:
        kind, condition, end = row["kind"], row["condition"], row["first"] + row["count"]
        if row["count"] < 1:
            return False
        if kind == RETIRED:  # it was a poll, a match or a measuring
            known = condition in ("", *self.conditions) and row["state"] == "cancelled"
            return bool(known and end <= max(self.personas, self.respondents))
        if kind not in KINDS or row["state"] not in JOB_STATES:
            return False
        conditions = [""] if kind in ("backstory", "poll", "measure") else self.conditions
        if condition not in conditions:
            return False
        people = {"backstory": self.personas, "poll": self.personas, "measure": 1}
        return bool(end <= people.get(kind, self.respondents))


def _as_long(row: Row, options: int) -> bool:
    """Whether a row's probabilities and what was drawn fit a question with so many options."""
    shares, drawn = row.get("probabilities"), row.get("drawn")
    return (shares is None or len(shares) == options) and (drawn is None or drawn <= options)

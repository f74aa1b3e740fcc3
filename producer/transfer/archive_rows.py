"""What an archive holds of each table, and of what kind each value is.

Ids are left out, since another database gives its own: rows name their study and pool by standing
in its archive, and their job by its place there. Knows nothing of files and databases.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from sqlalchemy import BigInteger
from sqlmodel import SQLModel

from anthology.models.database import tables

Row = dict[str, Any]
POOL = "pool"
JOB_STATES = ("pending", "done", "failed", "cancelled")  # who runs is left behind: pending

# PostgreSQL's integers; SQLite would take more, and a later move would then fail.
Count = Annotated[int, Field(ge=0, lt=2**31)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Text = Annotated[str, Field(max_length=4 << 20)]  # a story has 32,768 tokens at most
Time = Annotated[float, Field(ge=0, lt=253_402_300_799)]  # the end of 9999: calendars end there
TIMES = ("created_at", "started_at", "finished_at")
TYPES: dict[Any, Any] = {
    int: Count,
    int | None: Count | None,
    str: Text,
    str | None: Text | None,
    list[int]: list[Count],
    list[dict[str, Any]] | None: list[dict[str, Text | Count | None]] | None,
}


@dataclass(frozen=True)
class Member:
    """One file of an archive: a table's rows, sorted by `key`, without the columns `left_out`.

    Rows of a pool name it by its place among the archive's (`POOL`), the first by none. One that is
    `of` a kind of jobs is in the archives of studies alone that have such jobs.
    """

    name: str
    table: type[SQLModel]
    left_out: tuple[str, ...]
    key: tuple[str, ...]
    shape: type[BaseModel]
    of: str | None = None

    @property
    def columns(self) -> list[str]:
        return [name for name in self.shape.model_fields if name != POOL]

    @property
    def of_pools(self) -> bool:
        return POOL in self.shape.model_fields

    def key_of(self, row: Row) -> tuple[Any, ...]:
        return tuple(row.get(part, 0) if part == POOL else row[part] for part in self.key)

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
    of: str | None = None, **types: Any,
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
        elif column in TIMES:
            kind = Time if info.is_required() else Time | None
        fields[column] = (kind, ... if info.is_required() or column in key else info.default)
    if "pool_id" in left_out and table is not tables.StudyRow:
        fields[POOL] = (Count, 0)
    strict = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    shape: type[BaseModel] = create_model(name, __config__=strict, **fields)
    return Member(name, table, left_out, key, shape, of)


_POSITIONS = dict[str, Count | None]
_Short = Annotated[str, Field(max_length=64)]
_CONTENT = dict[_Short, _Short | None] | None
_VERDICTS = dict[_Short, float]


class _Rejected(BaseModel):
    """An answer of an interview that was written again."""

    model_config = ConfigDict(strict=True, extra="forbid")
    text: Text
    verdicts: _VERDICTS


# In the order in which an import needs them: what is referred to before what refers to it.
MEMBERS = {
    member.name: member
    for member in (
        _member("study", tables.StudyRow, ("id", "pool_id"), content=_CONTENT),
        _member("pool", tables.PoolRow, ("id",), ("name",), content=_CONTENT),
        _member("engines", tables.EngineRow, (), ("id",)),
        _member("respondents", tables.Respondent, ("study_id",), ("number",),
                traits=_POSITIONS, answers=_POSITIONS),
        _member("jobs", tables.Job, ("id", "key", "study_id", "pool_id", "queue", "title",
                                     "lease_until", "not_before")),
        _member("personas", tables.Persona, ("pool_id",), (POOL, "number")),
        _member("interview_answers", tables.InterviewAnswer, ("pool_id",),
                (POOL, "number", "place"), of="interview",
                verdicts=_VERDICTS | None, rejected=list[_Rejected] | None),
        _member("polls", tables.Poll, ("pool_id",), (POOL, "number", "trait_key")),
        _member("matches", tables.Match, ("study_id",), ("method", "respondent")),
        _member("label_priors", tables.LabelPrior, ("study_id",), ("condition", "labels")),
        _member("answers", tables.Answer, ("study_id",), ("condition", "respondent", "question")),
        _member("metrics", tables.Metric, ("study_id",), ("condition", "subgroup", "name")),
    )
}  # fmt: skip

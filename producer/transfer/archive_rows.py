"""What an archive holds of each table, and of what kind each value is.

And whether what it holds of one question, or of one value, can be so.

Ids are left out, since another database gives its own: rows name their study and pool by standing
in its archive, and their job by its place there. Knows nothing of files and databases.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from sqlalchemy import BigInteger
from sqlmodel import SQLModel

from anthology.models.database import tables
from anthology.models.questionnaire.questions import Question, Trait

Row = dict[str, Any]
ROUNDING = 1e-6  # by which shares may miss their sum, and probabilities 1
MOST_SAMPLES = 1000
SAMPLE = {"first": str, "first_choice": int, "attempts": int, "final": str, "choice": int}

Why = str | None
POOL = "pool"
OTHER_MODELS = "other models"  # besides the study's own
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
    `of` a kind of jobs, or of `OTHER_MODELS`, is in the archives of studies alone that have such.
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
        _member("study_models", tables.StudyModel, ("study_id",), ("model",), of=OTHER_MODELS,
                content=_CONTENT),
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


class Asked:
    """What can be stored of one question; its bins take their time to find, so they are kept."""

    def __init__(self, question: Question | Trait) -> None:
        self.question = question
        self.options, self.choices = len(question.options), question.choices
        self.bins, self.places = question.bins, list(range(len(question.choices)))
        self.finer = question.number is not None or bool(question.asked_as)

    def wrong(self, row: Row) -> Iterator[tuple[str, Why]]:
        """Of an answer, or of a poll."""
        offered = self.question.refusal is not None
        shares, refusal, mass = (row.get(f) for f in ("probabilities", "refusal", "label_mass"))
        yield "probabilities", None if shares is None else self._distribution(shares)
        yield "label_mass", None if mass is None else share(mass)
        if refusal is not None:
            yield "refusal", share(refusal) if offered else "is not offered"
        if row["drawn"] is not None:
            yield "drawn", under(row["drawn"], self.options + offered)
        displayed = [] if self.question.number is not None else self.places
        yield "shown", None if sorted(row["shown"]) == displayed else "is no order of the choices"
        yield "samples", self._samples(row.get("samples") or [])

    def unlike(self, row: Row) -> Iterator[tuple[str, Why]]:
        """Whether the parts of an answer contradict each other."""
        drawn, text = row.get("drawn"), row.get("text")
        if drawn is None:
            yield "drawn", "is missing, and so is an error" if row.get("error") is None else None
            yield "text", None if text is None else "is of nothing drawn"
            return
        yield "label_mass", "is missing" if row.get("label_mass") is None else None
        if drawn < self.options:
            yield "probabilities", "are missing" if row.get("probabilities") is None else None
        if text is not None:
            counts = self.finer and text in self.choices
            fits = counts and self.bins[self.choices.index(text)] == drawn
            yield "text", None if fits else "is not what was drawn"

    def _distribution(self, shares: list[float]) -> Why:
        if len(shares) != self.options:
            return f"are {len(shares)}, of {self.options} options"
        if any(share(one) for one in shares):
            return "are not all between 0 and 1"
        return None if abs(sum(shares) - 1) <= ROUNDING * self.options else "do not sum to 1"

    def _samples(self, samples: list[Row]) -> Why:
        if len(samples) > MOST_SAMPLES:
            return "are too many"
        for sample in samples:
            if sample.keys() != SAMPLE.keys():
                return "are no written answers"
            for name, kind in SAMPLE.items():
                nothing = sample[name] is None and name.endswith("choice")
                if not nothing and not isinstance(sample[name], kind):
                    return f"have a {name} of another kind"
                if name.endswith("choice") and not nothing and sample[name] >= len(self.choices):
                    return f"have a {name} that is none"
        return None


def under(number: int, end: int) -> Why:
    return None if number < end else f"is {number}, of {end}"


def one_of(name: Any, known: Collection[Any]) -> Why:
    return None if name in known else "is none of this study"


def share(value: float) -> Why:
    return None if -ROUNDING <= value <= 1 + ROUNDING else "is not between 0 and 1"

"""The table of a paper: chosen figures of every condition, and what humans score among themselves.

Arranges what `findings` has; how it is written is in `table_formats.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from anthology.models.database.sessions import reading
from anthology.models.errors import InputError
from anthology.models.statistics.figures import (
    ALL,
    FIGURES,
    OF_DISTRIBUTIONS,
    RETESTED,
    deviation,
)
from anthology.models.statistics.kinds import Better, Compared, Figure
from anthology.models.study.published import figure_meant
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.reporting.findings import findings

Found = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One figure under a name that it is stored under; `of` is said behind its symbol.

    floor: under which name floors have it, None where they do not.
    """

    name: str
    figure: Figure
    of: str = ""
    floor: str | None = None
    interval: bool = False

    @property
    def title(self) -> str:
        return f"{self.figure.symbol} {self.of}".rstrip()

    @property
    def varies(self) -> bool:
        """Whether its floors are means over splits, which have a standard deviation."""
        two_sides = isinstance(self.figure, Compared) and self.figure.two_sides
        return self.floor is not None and two_sides


@dataclass(frozen=True)
class Cell:
    """A figure with the ends of its 95% interval, or its standard deviation over splits."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    deviation: float | None = None


@dataclass(frozen=True)
class Line:
    """kind: `condition`, `retest`, `floor_at_n` or `floor`; n: people; cells: one a column."""

    kind: str
    name: str
    n: int
    cells: list[Cell]


@dataclass(frozen=True)
class PaperTable:
    """lines: the conditions first; notes: what stands below, a sentence each."""

    title: str
    columns: list[Column]
    lines: list[Line]
    notes: list[str]


def _columns() -> Iterator[Column]:
    for figure in FIGURES:
        floor = figure.name if figure.floor else None
        yield Column(figure.name, figure, floor=floor, interval=figure.interval)
    for distance in OF_DISTRIBUTIONS:
        yield Column(distance.drawn_name, distance, "drawn", distance.name)
    for pair in RETESTED:
        yield Column(pair.of_retest, pair, "of retest", interval=True)


COLUMNS = {column.name: column for column in _columns()}


def chosen(names: str) -> list[Column]:
    """The columns that names separated by commas stand for, in capitals, too; raises `InputError`
    for any other."""
    wanted = list(dict.fromkeys(filter(None, (name.strip().lower() for name in names.split(",")))))
    if not wanted:
        raise InputError("--table names no figure; say which it has, as --table wd,fro,alpha")
    for name in wanted:
        if name not in COLUMNS:
            meant = figure_meant(name, list(COLUMNS))
            raise InputError(f"--table: no figure is called {name!r}; {meant}")
    return [COLUMNS[name] for name in wanted]


def paper_table_of(database: Engine, name: str, columns: Sequence[Column]) -> PaperTable:
    """Raises `InputError` for a study that is unknown or not measured yet."""
    found = findings(database, name)
    with reading(database) as session:
        study = Study.from_spec(find_study(session, name).spec)
    nominal = any(not question.ordered for question in study.questions)
    return paper_table(found, columns, nominal=nominal)


def paper_table(found: Found, columns: Sequence[Column], *, nominal: bool) -> PaperTable:
    """Of everybody together. nominal: whether any question has options without an order."""
    lines = list(_lines(found, columns))
    against = f"against {found['humans']:,} humans" if found["humans"] else "without humans"
    return PaperTable(
        f"Study {found['study']}: virtual people {against}",
        list(columns),
        lines,
        list(_notes(found, columns, lines, nominal)),
    )


def _lines(found: Found, columns: Sequence[Column]) -> Iterator[Line]:
    for row in found["rows"]:
        if row["subgroup"] == ALL:
            yield Line("condition", row["condition"], row["n"], _cells(row, columns))
    for row in found.get("retest", []):
        cells = _cells(row, columns)
        if row["subgroup"] == ALL and any(cell.value is not None for cell in cells):
            yield Line("retest", "The same people, asked again", row["n"], cells)
    if not any(column.floor for column in columns):
        return
    for kind, name in (("floor_at_n", "{n:,} other real people"),
                       ("floor", "Two halves of the humans")):  # fmt: skip
        if floor := found[kind]:
            cells = [_floor(floor, column) for column in columns]
            yield Line(kind, name.format(n=floor["n"]), floor["n"], cells)


def _cells(row: Found, columns: Sequence[Column]) -> list[Cell]:
    ends = ("", "_low", "_high")
    return [Cell(*(row.get(f"{column.name}{end}") for end in ends)) for column in columns]


def _floor(floor: Found, column: Column) -> Cell:
    if column.floor is None:
        return Cell()
    spread = floor.get(deviation(column.figure)) if column.varies else None
    return Cell(floor[column.floor], deviation=spread)


def _notes(
    found: Found, columns: Sequence[Column], lines: Sequence[Line], nominal: bool
) -> Iterator[str]:
    yield "n: people whom a row is of."
    for column in columns:
        yield f"{column.title}: {_meaning(column, nominal)}."
    if any(cell.low is not None for line in lines for cell in line.cells):
        yield (
            "In brackets 95% intervals: 1.96 bootstrap standard errors (of few people Student’s "
            "t) to each side, of all but means moved together towards the longer tail of the "
            "resamples, of a ratio of variances those of its logarithm, of α and ω those of what "
            "they lack of 1; of distances near 0 they are wider than they need be. People of one "
            "persona are resampled together, "
            f"{found['measures']['bootstrap']:,} resamples."
        )
    if any(line.kind == "floor" for line in lines):
        yield (
            f"The last two rows are humans against humans: {found['floor_at_n']['n']:,} drawn from "
            "them against all, and random halves against each other; behind ± the standard "
            f"deviation over {found['measures']['splits']:,} draws."
        )


def _meaning(column: Column, nominal: bool) -> str:
    figure = column.figure
    questions = "ordered questions" if figure.ordered and nominal else "questions"
    said = figure.plain.format(questions=questions)
    if column.of == "drawn":
        said += ", of one drawn answer each"
    if column.of == "of retest":
        return f"{said}; divided by what the same people reach when asked again"
    if figure.better is Better.NEITHER:
        return said
    return f"{said}{',' if ';' in said else ';'} {figure.better.value}"

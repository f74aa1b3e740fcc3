"""The table of a paper: chosen figures of every condition, and what humans score among themselves,
of everybody or of one subgroup.

Arranges stored figures, and computes none; how the table is written is in `table_formats.py` and
`word_table.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import Engine

from anthology.models.database.sessions import reading
from anthology.models.errors import InputError
from anthology.models.questionnaire.retest import RETEST, asked_again
from anthology.models.statistics import across_groups
from anthology.models.statistics.figures import ALL, HUMANS, WITH_INTERVAL
from anthology.models.study.measures import CROSS, options_of
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.monitoring.progress import progress
from anthology.producer.reporting.appendix import table_columns
from anthology.producer.reporting.appendix.table_columns import Column
from anthology.producer.reporting.figures.stored import (
    Figures,
    Stored,
    by_place,
    estimate,
    settings_of,
    stored_of,
    subgroups_of,
)
from anthology.producer.reporting.findings import not_measured
from anthology.producer.reporting.layout import numbers

MOST_NAMED = 8  # subgroups, in a message


@dataclass(frozen=True)
class Cell:
    """A figure with the ends of its 95% interval, or its standard deviation over splits."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    deviation: float | None = None


@dataclass(frozen=True)
class Line:
    """kind: `condition`, `retest`, `humans`, `floor_at_n` or `floor`; n: people; cells: one a
    column."""

    kind: str
    name: str
    n: int
    cells: list[Cell]


@dataclass(frozen=True)
class PaperTable:
    """lines: the conditions first; notes: what stands below, a sentence each."""

    study: str
    title: str
    columns: list[Column]
    lines: list[Line]
    notes: list[str]


def paper_table_of(
    database: Engine, name: str, names: Sequence[str], subgroup: str = ALL
) -> PaperTable:
    """Raises `InputError` for a study that is unknown or not measured yet, and for figures and
    subgroups that it does not have."""
    where = progress(database, name)
    with reading(database) as session:
        row = find_study(session, name)
        figures = by_place(stored_of(session, row))
        study, humans = Study.from_spec(row.spec), row.humans
    if not figures:
        raise InputError(not_measured(where))
    return paper_table(figures, study, names, subgroup=subgroup, humans=humans)


def paper_table(
    figures: Figures, study: Study, names: Sequence[str], *, subgroup: str = ALL, humans: int = 0
) -> PaperTable:
    """Of everybody together, or of a subgroup, whose floors are those of its own humans. humans:
    how many there are of everybody."""
    if subgroup not in (ALL, *subgroups_of(study, figures)):
        raise InputError(f"--subgroup: {_no_subgroup(subgroup, study, figures)}")
    columns = _columns(figures, study, names, subgroup)
    lines = list(_lines(figures, study, columns, subgroup))
    if subgroup != ALL:
        humans = _people(figures.get(("floor", subgroup), {}), columns)
    many = f"{humans:,} humans" if humans else "humans"
    against = f"against {many}" if study.humans else "without humans"
    whom = "" if subgroup == ALL else f", {numbers.subgroup(subgroup)}"
    return PaperTable(
        study.study,
        f"Study {study.study}{whom}: virtual people {against}",
        columns,
        lines,
        list(_notes(settings_of(figures, study), study, columns, lines)),
    )


def _columns(figures: Figures, study: Study, names: Sequence[str], subgroup: str) -> list[Column]:
    stored = {name for place in figures.values() for name in place}
    crossings = {across_groups.told(name)[0] for name in stored} - {""}
    own = study.measures.subgroups if study.humans else []
    known = table_columns.of_study(study, dict.fromkeys([*own, *sorted(crossings)]))
    columns = table_columns.chosen(names, study, known, stored)
    if subgroup != ALL and (between := next((one for one in columns if one.between), None)):
        raise InputError(
            f"--table: {between.name} is of all its groups side by side; leave it or --subgroup out"
        )
    return columns


def _no_subgroup(given: str, study: Study, figures: Figures) -> str:
    """Why there are no figures of it, and what there is."""
    if options := options_of(given, study.traits):
        crossing = CROSS.join(options)
        return (
            f"there are no figures of {given!r} yet; `anthology measure {study.study} --subgroup "
            f"'{crossing}'` makes them"
        )
    known = subgroups_of(study, figures)
    folded = {name.lower(): name for name in known}
    of_trait = [name for name in known if name.startswith(f"{given}=")]
    near = of_trait or [folded[one] for one in get_close_matches(given.lower(), folded, 3)]
    said = f"study {study.study!r} has no figures of {given!r}"
    if near:
        return f"{said}; did you mean {' or '.join(map(repr, near[:MOST_NAMED]))}?"
    if not known:
        return f"{said}, nor of any other subgroup; `anthology measure --subgroup TRAIT` makes them"
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED + 1 else ""
    shown = known[:MOST_NAMED] if more else known
    return f"{said}; it has those of {', '.join(map(repr, shown))}{more}"


# --- rows -----------------------------------------------------------------------------------------


def _lines(
    figures: Figures, study: Study, columns: Sequence[Column], subgroup: str
) -> Iterator[Line]:
    for condition in study.condition_names:
        yield _line("condition", condition, figures.get((condition, subgroup), {}), columns)
    again = figures.get((RETEST, subgroup), {}) if asked_again(study.compared) else {}
    yield from _known([_line("retest", "The same people, asked again", again, columns)])
    if any(column.own for column in columns):
        yield from _known([_of_humans(figures, columns, subgroup)])
    yield from _floors(figures, columns, subgroup)


def _known(lines: Sequence[Line]) -> Iterator[Line]:
    """Those with any figure."""
    return (line for line in lines if any(cell.value is not None for cell in line.cells))


def _line(kind: str, name: str, stored: Stored, columns: Sequence[Column]) -> Line:
    return Line(kind, name, _people(stored, columns), [_cell(stored, one) for one in columns])


def _people(stored: Stored, columns: Sequence[Column]) -> int:
    """Whom figures of all questions are of or, where there are none, the columns."""
    names = (*(figure.name for figure in WITH_INTERVAL), *(column.name for column in columns))
    return next((stored[name].n for name in names if name in stored), 0)


def _cell(stored: Stored, column: Column) -> Cell:
    ends = estimate(stored, column.name)
    if column.count and ends["value"] is not None:
        ends["value"] = int(ends["value"])
    return Cell(**ends)


def _of_humans(figures: Figures, columns: Sequence[Column], subgroup: str) -> Line:
    """What they are by themselves; of all questions that stands with their floor."""
    own = dict(figures.get((HUMANS, subgroup), {}))
    floor = figures.get(("floor", subgroup), {})
    alone = {one.floor for one in columns if one.floor and one.deviation is None}
    own |= {name: floor[name] for name in alone if name in floor}
    return _line("humans", "The humans", own, columns)


def _floors(figures: Figures, columns: Sequence[Column], subgroup: str) -> Iterator[Line]:
    """Of those that some column has."""
    if not any(column.floor for column in columns):
        return
    for kind, name in (("floor_at_n", "{n:,} other real people"),
                       ("floor", "Two halves of the humans")):  # fmt: skip
        if stored := figures.get((kind, subgroup)):
            n = _people(stored, columns)
            yield Line(kind, name.format(n=n), n, [_floor(stored, column) for column in columns])


def _floor(stored: Stored, column: Column) -> Cell:
    value, spread = (
        stored[name].value if name and name in stored else None
        for name in (column.floor, column.deviation)
    )
    return Cell(value, deviation=spread)


# --- what stands below ----------------------------------------------------------------------------


def _notes(
    used: Mapping[str, int], study: Study, columns: Sequence[Column], lines: Sequence[Line]
) -> Iterator[str]:
    few = any(line.n == 0 for line in lines)
    yield f"n: people whom a row is of{'; of 0 too few to compare' if few else ''}."
    nominal = any(not question.ordered for question in study.questions)
    alike: dict[str, list[str]] = {}
    for column in columns:
        alike.setdefault(column.meaning(nominal=nominal), []).append(column.title)
    for meaning, titles in alike.items():
        yield f"{', '.join(titles)}: {meaning}."
    if any(column.of_scores for column in columns):
        yield (
            "A score is the mean of a scale’s items, those turned round that are reverse-keyed, of "
            "people who answered all of them; simulated answers are drawn ones, one a question."
        )
    if any(cell.low is not None for line in lines for cell in line.cells):
        yield (
            "In brackets 95% intervals: 1.96 bootstrap standard errors (of few people Student’s "
            "t) to each side, of all but means moved together towards the longer tail of the "
            "resamples, of a ratio of variances those of its logarithm, of α and ω those of what "
            "they lack of 1; of distances near 0 they are wider than they need be. People of one "
            f"persona are resampled together, {used['bootstrap']:,} resamples."
        )
    sized = next((line for line in lines if line.kind == "floor_at_n"), None)
    if sized is not None:
        yield (
            f"The last two rows are humans against humans: {sized.n:,} drawn from them against "
            "all, and random halves against each other; behind ± the standard deviation over "
            f"{used['splits']:,} draws."
        )

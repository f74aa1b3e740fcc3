"""What the report shows of figures: a table a subgroup, charts, what each column means.

Arranges what `findings` has and the table of figures says; computes none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.retest import asked_again
from anthology.models.statistics.figures import (
    ALL,
    FIGURES,
    FLOORS,
    MAIN,
    MORE,
    deviation,
    leading,
)
from anthology.models.statistics.kinds import Better, Figure, OfDistributions
from anthology.models.statistics.paired.differences import IN_SUBGROUPS, JUDGED
from anthology.models.study.study import Study
from anthology.producer.reporting.figures.paired import is_settled, settled_in_words
from anthology.producer.reporting.method import listed
from anthology.producer.reporting.pictures.inline import Picture
from anthology.producer.reporting.pictures.rows import Estimate, estimates

MARKED = tuple(figure for figure in FIGURES if figure.better is not Better.NEITHER)
CHARTS = tuple(figure for figure in MAIN if figure.headline)
Row = dict[str, Any]


def columns(study: Study) -> dict[str, Any]:
    """The figures that have a column each, and what is said of each below the table."""
    nominal = sum(not question.ordered for question in study.compared)

    def plain(figure: Figure) -> str:
        questions = "ordered questions" if figure.ordered and nominal else "questions"
        said = figure.plain.format(questions=questions)
        if figure.better is Better.NEITHER:
            return f"{said}."
        return f"{said}{',' if ';' in said else ';'} {figure.better.value}."

    families: dict[str, list[tuple[Figure, str]]] = {}
    for figure in MORE:
        families.setdefault(figure.family, []).append((figure, plain(figure)))
    nominals = [one for one in MAIN if isinstance(one, OfDistributions) and not one.ordered]
    return {
        "columns": [(figure, plain(figure)) for figure in MAIN],
        "families": families,
        "more_figures": MORE,
        "glance": leading(any(question.ordered for question in study.compared)),
        "nominal": nominal,
        "retested": len(asked_again(study.compared)),
        "for_ordered": listed([figure.symbol for figure in MAIN if figure.ordered]),
        "for_any": listed([figure.symbol for figure in nominals]),
    }


def pairs(found: dict[str, Any]) -> dict[str, Any]:
    """The figures by which conditions are held against each other in the page, and every two of
    them with what is known by figure: of everybody, and `pairs_in` subgroups."""
    by_subgroup: dict[str, list[Row]] = {}
    for row in found.get("paired_in_subgroups", []):
        by_subgroup.setdefault(row["subgroup"], []).append(row)
    return {
        "settled": settled_in_words(found.get("paired", [])),
        "judged": [figure for figure in MAIN if figure in JUDGED],
        "judged_in": IN_SUBGROUPS,
        "pairs": _by_pair(found.get("paired", [])),
        "pairs_in": {subgroup: _by_pair(rows) for subgroup, rows in by_subgroup.items()},
    }


def _by_pair(rows: Sequence[Row]) -> list[Row]:
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        both = known.setdefault((row["condition"], row["other"]), {})
        both[row["figure"]] = {**row, "settled": is_settled(row)}
    return [{"condition": one, "other": other, "of": of} for (one, other), of in known.items()]


def charts(found: dict[str, Any]) -> list[tuple[str, Picture]]:
    """The figures that papers report, as pictures by title."""
    rows = [row for row in found["rows"] if row["subgroup"] == ALL]
    floor, sized = found["floor"], found["floor_at_n"]
    if floor is None:  # then there is no distance to draw
        return []
    drawn = []
    for figure in CHARTS:
        name = figure.name
        spread = (sized[name], sized.get(deviation(figure)))
        known = None not in spread
        rows_shown = [
            Estimate(r["condition"], r[name], r[f"{name}_low"], r[f"{name}_high"]) for r in rows
        ]
        picture = estimates(rows_shown, floor[name], spread if known else None)
        drawn.append((f"{figure.headline} ({figure.symbol})", picture))
    return drawn


@dataclass(frozen=True)
class Table:
    """One subgroup's rows, by column the condition that stands out as best, the row of people's
    second answers, and both floors of its own humans, where there are any."""

    subgroup: str
    rows: list[Row]
    best: dict[str, str | None]
    retest: Row | None
    floor: Row | None
    floor_at_n: Row | None

    def knows(self, figures: Sequence[Figure]) -> bool:
        """Whether it has any of these figures, which a study measured long ago may not have."""
        return any(_knows(row, figures) for row in self.rows)

    def again(self, figures: Sequence[Figure]) -> Row | None:
        """The row of second answers, if it has any of these figures."""
        return self.retest if self.retest and _knows(self.retest, figures) else None


def tables(found: dict[str, Any]) -> list[Table]:
    """All respondents first, then the subgroups."""
    by_subgroup: dict[str, list[Row]] = {}
    retest = {row["subgroup"]: row for row in found.get("retest", [])}
    floors = {ALL: {name: found[name] for name in FLOORS}, **found.get("floors", {})}
    none = dict.fromkeys(FLOORS)
    for row in found["rows"]:
        by_subgroup.setdefault(row["subgroup"], []).append(row)
    return [
        Table(
            subgroup,
            rows,
            _bests(rows, floors.get(subgroup, none)["floor"] or {}),
            retest.get(subgroup),
            **floors.get(subgroup, none),
        )
        for subgroup, rows in by_subgroup.items()
    ]


def alone(
    found: dict[str, Any], study: Study
) -> dict[str, list[tuple[Question, list[dict[str, Any]]]]]:
    """By subgroup the questions on which nobody is compared, each with what every condition said;
    all together first."""
    questions = {question.name: question for question in study.shown_alone}
    entries: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for entry in found.get("alone", []):
        of_subgroup = entries.setdefault(entry["subgroup"], {})
        of_subgroup.setdefault(entry["question"], []).append(entry)
    return {
        subgroup: [(questions[name], of_question) for name, of_question in by_question.items()]
        for subgroup, by_question in entries.items()
    }


def _knows(row: Row, figures: Sequence[Figure]) -> bool:
    return any(row[figure.name] is not None for figure in figures)


def _bests(rows: Sequence[Row], humans: dict[str, Any]) -> dict[str, str | None]:
    """The best condition by each figure, of some the one nearest to the `humans`' own."""
    return {figure.name: _best(rows, figure, humans.get(figure.name)) for figure in MARKED}


def _best(rows: Sequence[Row], figure: Figure, humans: float | None) -> str | None:
    """The smallest, the largest, or the one nearest to what is best, of at least two that people
    can tell apart as they are printed."""
    known = [row for row in rows if row[figure.name] is not None]
    if len(known) < 2 or (figure.better is Better.NEAREST and humans is None):
        return None
    losses = [badness(row[figure.name], figure, humans) for row in known]
    if len({round(loss, figure.digits) for loss in losses}) == 1:
        return None
    return str(known[int(np.argmin(losses))]["condition"])


def badness(value: float, figure: Figure, humans: float | None) -> float:
    """What is the smaller, the better a value is; `humans` is their own, of a figure that should be
    near it."""
    return float(figure.loss(np.asarray(value), humans or 0.0))

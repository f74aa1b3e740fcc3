"""What is stored of single questions: as JSON, and arranged for the page, a table a figure.

Arranges stored figures; computes none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anthology.models.database.tables import Metric
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.retest import RETEST
from anthology.models.statistics.by_item.names import (
    OF_ITEMS,
    applying,
    of_floors,
    stored_name,
)
from anthology.models.statistics.figures import ALL, FLOORS, leading
from anthology.models.statistics.kinds import Figure, OfDistributions
from anthology.models.statistics.metrics import HOMOGENISED
from anthology.models.study.study import Study
from anthology.producer.reporting.figures.stored import Figures, estimate

Row = dict[str, Any]
Stored = Mapping[str, Metric]

SPREAD = "variance_ratio"  # by which an item is called homogenised


def items(figures: Figures, study: Study) -> dict[str, list[Row]]:
    """Of everybody together every compared question, beside both floors; nothing of studies that
    were measured before such was."""
    found = [_question(figures, study, question) for question in study.compared]
    return {"items": found} if any(row["conditions"] for row in found) else {}


def _question(figures: Figures, study: Study, question: Question) -> Row:
    stored = {name: figures.get((name, ALL), {}) for name in (*study.condition_names, RETEST)}
    rows = {name: _answered(one, question) for name, one in stored.items()}
    conditions = [{"condition": c, **row} for c in study.condition_names if (row := rows[c])]
    again = rows[RETEST]
    return {
        "question": question.name,
        "conditions": conditions,
        **({"retest": again} if again else {}),
        **{floor: _floor(figures.get((floor, ALL), {}), question) for floor in FLOORS},
    }


def _answered(stored: Stored, question: Question) -> Row:
    """n: simulated people with an answer. homogenised_surely: less than 0.8 of the humans'
    variance, and the whole interval of the ratio is below 1; null where there is no ratio."""
    applies = applying(OF_ITEMS, question.ordered)
    if stored_name(question.name, applies[0].name) not in stored:
        return {}
    found: Row = {"n": stored[stored_name(question.name, applies[0].name)].n}
    for figure in applies:
        found[figure.name] = dict(estimate(stored, stored_name(question.name, figure.name)))
        if isinstance(figure, OfDistributions):
            drawn = stored.get(stored_name(question.name, figure.drawn_name))
            found[figure.name]["drawn"] = drawn and drawn.value
    return {**found, "homogenised_surely": _homogenised(found.get(SPREAD))}


def _homogenised(ratio: Row | None) -> bool | None:
    if ratio is None or ratio["value"] is None:
        return None
    return bool(ratio["value"] < HOMOGENISED and ratio["high"] is not None and ratio["high"] < 1)


def _floor(stored: Stored, question: Question) -> Row | None:
    """Mean and standard deviation over splits, by figure; n as of the floor of all questions."""
    names = of_floors(question.ordered)
    known = {name: stored.get(stored_name(question.name, name)) for name in names}
    metrics = [one for one in known.values() if one is not None]
    if not metrics:
        return None
    return {"n": metrics[0].n, **{name: one and one.value for name, one in known.items()}}


@dataclass(frozen=True)
class ItemTable:
    """One figure of every question that it applies to. lead: it stands before the fold."""

    figure: Figure
    rows: list[Row]
    lead: bool
    retest: bool

    def of(self, row: Row, condition: str) -> Row | None:
        """A question's figures there; None where nobody answered it."""
        rows: list[Row] = row["conditions"]
        return next((one for one in rows if one["condition"] == condition), None)

    @property
    def floors(self) -> list[tuple[str, str]]:
        """Which there are, each with how its people are called."""
        told = (("floor_at_n", "other real people"), ("floor", "humans, two halves"))
        has = isinstance(self.figure, OfDistributions) and self.figure.floor
        return [(key, who) for key, who in told if has and all(row[key] for row in self.rows)]


def item_tables(found: dict[str, Any], study: Study) -> dict[str, list[ItemTable]]:
    """Those of the figures by which questions are said to be close and of spread come first."""
    scale = {question.name: question.ordered for question in study.compared}
    made = []
    for figure in OF_ITEMS if "items" in found else ():
        rows = [row for row in found["items"] if scale[row["question"]] or not figure.ordered]
        first = figure.name == SPREAD or any(
            figure is leading(scale[row["question"]]) for row in rows
        )
        if rows:
            again = any("retest" in row for row in rows)
            made.append(ItemTable(figure, rows, first, again))
    return {"item_tables": made}

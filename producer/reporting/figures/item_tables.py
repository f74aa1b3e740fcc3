"""What the page shows of single questions: a table a figure, and subgroups beside each other.

Arranges what `items.py` has; computes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from anthology.models.statistics.by_item.names import OF_ITEMS
from anthology.models.statistics.figures import ALL, OF_DISTRIBUTIONS, leading
from anthology.models.statistics.kinds import Figure, OfDistributions
from anthology.models.study.study import Study
from anthology.producer.reporting.figures.items import SPREAD, Row, answers_of

MOST_BESIDE = 12  # subgroups in a table: paper does not scroll


@dataclass(frozen=True)
class ItemTable:
    """One figure of every question that it applies to. lead: it stands before the fold. closeness:
    the questions that are said to be close by it."""

    figure: Figure
    rows: list[Row]
    lead: bool
    retest: bool
    closeness: frozenset[str]

    def of(self, row: Row, condition: str) -> Row | None:
        """A question's figures there; None where nobody answered it."""
        return answers_of(row, condition)

    def flagged(self, row: Row, answers: Row | None) -> bool:
        """Whether the figure says that a question is homogenised, or farther from the humans than
        as many other real people."""
        if answers is None:
            return False
        if self.figure.name == SPREAD:
            return bool(answers["homogenised_surely"])
        return row["question"] in self.closeness and bool(answers.get("beyond_floor_at_n"))

    @property
    def floors(self) -> list[tuple[str, str]]:
        """Which there are, each with how its people are called."""
        told = (("floor_at_n", "other real people"), ("floor", "humans, two halves"))
        has = isinstance(self.figure, OfDistributions) and self.figure.floor
        return [(key, who) for key, who in told if has and all(row[key] for row in self.rows)]


@dataclass(frozen=True)
class Beside:
    """One condition's answers to the questions that are said to be close by a figure: by question
    what everybody's are, then those of some subgroups, None where there are none."""

    figure: Figure
    condition: str
    groups: list[str]
    rows: list[tuple[str, list[Row | None]]]

    @property
    def flagged(self) -> list[tuple[int, int]]:
        """By group how many questions are beyond the floor, and of how many that is known."""
        columns = zip(*(cells for _, cells in self.rows), strict=True)
        known = [[one["beyond_floor_at_n"] for one in column if one] for column in columns]
        return [
            (sum(one is True for one in column), sum(one is not None for one in column))
            for column in known
        ]


def item_tables(found: dict[str, Any], study: Study) -> dict[str, Any]:
    """Those of the figures by which questions are said to be close and of spread come first; of
    subgroups there are these alone, and their answers beside each other."""
    by_subgroup: dict[str, list[Row]] = {}
    for row in found.get("items_in_subgroups", []):
        by_subgroup.setdefault(row["subgroup"], []).append(row)
    in_subgroups = {
        subgroup: [table for table in _tables(rows, study) if table.lead]
        for subgroup, rows in by_subgroup.items()
    }
    of_all = found.get("items", [])
    return {
        "item_tables": _tables(of_all, study),
        "item_tables_in": in_subgroups,
        "subgroups_beside": list(_beside(of_all, by_subgroup, study)),
        "beside_groups": list(by_subgroup),
        "closeness": _closeness(study),
    }


def _closeness(study: Study) -> str:
    """By which figures questions are said to be close."""
    found = [leading(one) for one in (True, False) if one in {q.ordered for q in study.compared}]
    if len(found) < 2:
        return "".join(figure.symbol for figure in found)
    return f"{found[0].symbol} ({found[1].symbol} of questions without an order)"


def _tables(found: Sequence[Row], study: Study) -> list[ItemTable]:
    scale = {question.name: question.ordered for question in study.compared}
    made = []
    for figure in OF_ITEMS:
        rows = [row for row in found if scale[row["question"]] or not figure.ordered]
        close = frozenset(name for name, ordered in scale.items() if figure is leading(ordered))
        first = figure.name == SPREAD or any(row["question"] in close for row in rows)
        if rows:
            again = any("retest" in row for row in rows)
            made.append(ItemTable(figure, rows, first, again, close))
    return made


def _beside(of_all: list[Row], by_subgroup: dict[str, list[Row]], study: Study) -> Iterator[Beside]:
    """By condition, then by figure."""
    names = list(by_subgroup)
    parts = [names[at : at + MOST_BESIDE] for at in range(0, len(names), MOST_BESIDE)]
    of_groups = {ALL: of_all, **by_subgroup}
    known = {(group, row["question"]): row for group, rows in of_groups.items() for row in rows}

    def cells(question: str, condition: str, groups: Sequence[str]) -> list[Row | None]:
        rows = [known.get((group, question)) for group in (ALL, *groups)]
        return [row and answers_of(row, condition) for row in rows]

    for condition in study.condition_names:
        for figure in OF_DISTRIBUTIONS:
            close = [one.name for one in study.compared if leading(one.ordered) is figure]
            for groups in parts:
                rows = [(name, cells(name, condition, groups)) for name in close]
                if any(one for _, row in rows for one in row):
                    yield Beside(figure, condition, groups, rows)

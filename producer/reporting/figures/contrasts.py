"""Differences between groups of the humans and of every condition beside each other, as JSON.

Arranges stored figures; p values of a condition's distances from the humans are adjusted for all of
its comparisons.
"""

from collections.abc import Sequence
from typing import Any

from anthology.models.statistics.contrasts.names import EXPECTED, OF_BOTH, OF_SIMULATED, figure_name
from anthology.models.statistics.figures import ALL, HUMANS
from anthology.models.statistics.paired.holm import adjusted
from anthology.models.study.contrasts.comparisons import Comparison, Side
from anthology.models.study.contrasts.stored_names import known
from anthology.models.study.study import Study
from anthology.producer.reporting.figures.paired import LEVEL
from anthology.producer.reporting.figures.stored import Figures

Row = dict[str, Any]
WITH_INTERVAL = ("mean_one", "mean_other", "difference", "cohens_d", "apart", *EXPECTED)


def contrasts(figures: Figures, study: Study) -> dict[str, Any] | None:
    """`comparisons` with the humans' figures and each condition's, and of all of them together how
    often `conditions` point the same way; None where there are none.

    Null is what is undefined. `same_sign` and `ratio` (the difference divided by the humans') are
    of comparisons that the humans settle, whose interval holds no 0.
    """
    if (HUMANS, ALL) not in figures:
        return None
    found = []
    for one in compared_groups(figures, study):
        humans = _row(figures, HUMANS, one.name, OF_BOTH)
        if humans is None:
            continue
        names = (*OF_BOTH, *OF_SIMULATED, *EXPECTED)
        rows = [
            {**row, **_beside(row, humans)}
            for condition in study.condition_names
            if (row := _row(figures, condition, one.name, names))
        ]
        sides = {"one": _side(one.one), "other": _side(one.other)}
        found.append({"comparison": one.name, **sides, "humans": humans, "conditions": rows})
    if not found:
        return None
    told = [_together(found, condition) for condition in study.condition_names]
    return {"comparisons": found, "conditions": [row for row in told if row]}


def compared_groups(figures: Figures, study: Study) -> list[Comparison]:
    """The study's own comparisons, then those that there are figures of because `anthology measure`
    was asked."""
    begin = figure_name("difference", "")
    stored = figures.get((HUMANS, ALL), {})
    names = [name.removeprefix(begin) for name in stored if name.startswith(begin)]
    return known(study.measures.contrasts, names, study.traits, study.compared)


def is_settled(row: Row) -> bool:
    """Whether a difference is surely none of 0."""
    return row["difference_low"] is not None and row["difference_low"] * row["difference_high"] > 0


def _side(side: Side) -> Row:
    return {"group": side.group, "items": list(side.items)}


def _row(figures: Figures, condition: str, name: str, wanted: Sequence[str]) -> Row | None:
    stored = figures.get((condition, ALL), {})
    of_it = {figure: stored.get(figure_name(figure, name)) for figure in wanted}
    if of_it["difference"] is None:
        return None
    row: Row = {} if condition == HUMANS else {"condition": condition}
    for figure, metric in of_it.items():
        row[figure] = metric and metric.value
        if figure in WITH_INTERVAL:
            row[f"{figure}_low"] = metric and metric.low
            row[f"{figure}_high"] = metric and metric.high
    ns = {f"n_{side}": of_it[f"mean_{side}"] for side in ("one", "other")}
    return row | {name: metric.n if metric else 0 for name, metric in ns.items()}


def _beside(row: Row, humans: Row) -> Row:
    if not (is_settled(humans) and humans["difference"]) or row["difference"] is None:
        return {"same_sign": None, "ratio": None}
    ratio = row["difference"] / humans["difference"]
    return {"same_sign": ratio > 0, "ratio": ratio}


def _together(found: Sequence[Row], condition: str) -> Row | None:
    """How many of a condition's comparisons there are, and are settled by the humans; in how many
    of these it points the same way; in how many of all it is surely another difference."""
    rows = [row for one in found for row in one["conditions"] if row["condition"] == condition]
    if not rows:
        return None
    for row, p in zip(rows, adjusted([row["apart_p"] for row in rows]), strict=True):
        row["apart_p_holm"] = p
    signs = [row["same_sign"] for row in rows if row["same_sign"] is not None]
    other = [row for row in rows if row["apart_p_holm"] is not None and row["apart_p_holm"] < LEVEL]
    return {
        "condition": condition, "comparisons": len(rows), "settled": len(signs),
        "same_sign": sum(signs), "apart": len(other),
    }  # fmt: skip

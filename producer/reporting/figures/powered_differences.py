"""What a simulation is worth for differences between groups: as findings, and in words.

Arranges stored figures; p values of a condition are adjusted for all of its comparisons.
"""

from collections.abc import Sequence
from typing import Any

from anthology.models.statistics.contrasts.names import figure_name
from anthology.models.statistics.figures import ALL
from anthology.models.statistics.inference import names
from anthology.models.statistics.paired.holm import adjusted
from anthology.models.study.study import Study
from anthology.producer.reporting.figures.contrasts import compared_groups
from anthology.producer.reporting.figures.paired import LEVEL
from anthology.producer.reporting.figures.prediction_powered import held, told
from anthology.producer.reporting.figures.stored import Figures
from anthology.producer.reporting.layout import numbers

NAMED = 3  # of the comparisons that it helps with, in a sentence

Row = dict[str, Any]


def powered_differences(figures: Figures, study: Study) -> Row | None:
    """By condition for how many `comparisons` the simulation is worth something (`helped`), and by
    comparison and condition what the labelled say of the difference with it and without it, as of
    a mean; None where nothing of it is stored."""
    made = compared_groups(figures, study)
    rows, conditions = [], []
    for condition in study.condition_names:
        own = [
            {"condition": condition, "comparison": one.name, **found}
            for one in made
            if (found := _found(figures, condition, one.name))
        ]
        if own:
            _settle(own)
            rows += own
            conditions.append(_condition(condition, own))
    return {"conditions": conditions, "comparisons": rows} if rows else None


def in_words(condition: str, rows: Sequence[Row]) -> str:
    """For which differences a condition is worth something: an honest answer may be none."""
    many = f"{len(rows)} differences" if len(rows) > 1 else "one difference"
    begin = f"Of {many} between groups the simulation by {numbers.condition(condition)} is"
    known = [row for row in rows if row["effective_humans"]["value"] is not None]
    most = sorted(known, key=lambda row: _times(row), reverse=True)
    helped = [row for row in most if row["helped"]]
    if not known:
        return f"{begin} worth nobody knows what for any: people answered too alike."
    if not helped and not _saves(most[0]):
        return f"{begin} worth something for none."
    if not helped:
        return f"{begin} surely worth something for none; at most, unsettled, {_worth(most[0])}."
    more = f"; and {len(helped) - NAMED} more" if len(helped) > NAMED else ""
    listed = "; ".join(_worth(row) for row in helped[:NAMED])
    return f"{begin} worth something for {len(helped)}: {listed}{more}."


def _found(figures: Figures, condition: str, comparison: str) -> Row | None:
    stored = figures.get((condition, ALL), {})
    known = {name: stored.get(figure_name(name, comparison)) for name in names.OF_DIFFERENCES}
    found = told({name: metric for name, metric in known.items() if metric is not None})
    return found and {**found, names.CHANCE: getattr(known[names.CHANCE], "value", None)}


def _settle(rows: Sequence[Row]) -> None:
    """Helped is a difference with which the simulation surely has to do, of all comparisons, and
    where that saves a human at least."""
    for row, p in zip(rows, adjusted([row[names.CHANCE] for row in rows]), strict=True):
        row[f"{names.CHANCE}_holm"] = p
        row["helped"] = p is not None and p < LEVEL and _saves(row)


def _condition(condition: str, rows: Sequence[Row]) -> Row:
    return {
        "condition": condition, "comparisons": len(rows),
        "helped": sum(row["helped"] for row in rows), **held(rows),
        "in_words": in_words(condition, rows),
    }  # fmt: skip


def _times(row: Row) -> float:
    return float(row["effective_humans"]["value"] / row["labelled"])


def _saves(row: Row) -> bool:
    value = row["effective_humans"]["value"]
    return value is not None and round(value) > row["labelled"]


def _worth(row: Row) -> str:
    found = row["effective_humans"]
    ends = [f"{round(found[end]):,}" for end in ("low", "high") if found[end] is not None]
    within = f" [{', '.join(ends)}]" if ends else ""
    return (
        f"{row['comparison']} ({row['labelled']:,} humans are worth {round(found['value']):,} "
        f"alone{within})"
    )

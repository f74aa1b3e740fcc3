"""Of every two conditions which is closer to the humans: as JSON, and in words.

Arranges stored figures; the p values of one figure are adjusted for all of its comparisons.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from anthology.models.statistics.figures import ALL
from anthology.models.statistics.kinds import Figure
from anthology.models.statistics.paired.differences import JUDGED, closer_name, p_name
from anthology.models.statistics.paired.holm import adjusted
from anthology.producer.reporting.figures.stored import Figures
from anthology.producer.reporting.layout.numbers import chance, condition

LEVEL = 0.05
MOST_DIGITS = 6
Row = dict[str, Any]


def paired(figures: Figures, conditions: Sequence[str], subgroup: str = ALL) -> list[Row]:
    """By figure and pair of conditions by how much the first is closer; null where undefined, and
    nothing of studies that were measured before such was."""
    found: list[Row] = []
    for figure in JUDGED:
        rows = list(_of_figure(figures, figure.name, conditions, subgroup))
        for row, p in zip(rows, adjusted([row["p"] for row in rows]), strict=True):
            found.append({**row, "p_holm": p})
    return found


def in_subgroups(
    figures: Figures, conditions: Sequence[str], subgroups: Sequence[str]
) -> list[Row]:
    """The same of every subgroup that it is known of, each adjusted for its own comparisons."""
    return [
        {"subgroup": subgroup, **row}
        for subgroup in subgroups
        for row in paired(figures, conditions, subgroup)
    ]


def _of_figure(
    figures: Figures, figure: str, conditions: Sequence[str], subgroup: str
) -> Iterator[Row]:
    for one, other in combinations(conditions, 2):
        stored = figures.get((one, subgroup), {})
        closer, p = stored.get(closer_name(figure, other)), stored.get(p_name(figure, other))
        if closer is not None and p is not None:
            yield {
                "figure": figure, "condition": one, "other": other, "n": closer.n,
                "closer_by": closer.value, "low": closer.low, "high": closer.high, "p": p.value,
            }  # fmt: skip


def turned(row: Row) -> Row:
    """The same from the other condition's side."""
    ends = {"low": row["high"], "high": row["low"], "closer_by": row["closer_by"]}
    back = {name: None if value is None else -value for name, value in ends.items()}
    return {**row, **back, "condition": row["other"], "other": row["condition"]}


def is_settled(row: Row) -> bool:
    """Whether one is closer: so sure that of all comparisons of the figure one in twenty such
    statements or fewer is wrong."""
    return row["p_holm"] is not None and row["p_holm"] < LEVEL


def in_words(rows: Sequence[Row], best: str, figure: Figure) -> list[str]:
    """Whether the condition with the best value is closer than each of the others."""
    all_of_it = [row for row in rows if row["figure"] == figure.name]
    own = [row if row["condition"] == best else turned(row)
           for row in all_of_it if best in (row["condition"], row["other"])]  # fmt: skip
    mine, unknown = ([row for row in own if (row["p"] is None) is no] for no in (False, True))
    if not mine:
        return []
    count = sum(row["p"] is not None for row in all_of_it)
    many = f"; {count} comparisons, Holm’s correction" if count > 1 else ""
    sure = [row for row in mine if is_settled(row) and row["closer_by"] > 0]
    unsure = [row for row in mine if row not in sure]
    said = []
    if sure:
        nearest = min(sure, key=lambda row: float(row["closer_by"]))
        whom = "each other condition" if len(sure) == len(own) > 1 else _listed(sure)
        least = "at least " if len(sure) > 1 else ""
        said.append(
            f"It is closer than {whom} on {figure.symbol}, by {least}{_difference(nearest)} "
            f"(the same people in both{many})."
        )
    if unsure:
        largest = max(unsure, key=lambda row: float(row["closer_by"]))
        most = "at most " if len(unsure) > 1 else ""
        said.append(
            f"Whether it is closer than {_listed(unsure)} is not settled: by {most}"
            f"{_difference(largest)}, p {chance(largest['p_holm'])}{'' if sure else many}."
        )
    if unknown:
        said.append(f"Whether it is closer than {_listed(unknown)} cannot be told.")
    return said


def settled_in_words(rows: Sequence[Row]) -> list[str]:
    """Of everybody's comparisons those that are settled, a sentence a figure; then on which figures
    none is. Nothing of figures on which none could be tested."""
    tested = {figure: own for figure in JUDGED if (own := _tested(rows, figure))}
    none = {one: len(own) for one, own in tested.items() if not any(map(is_settled, own))}
    said = [_of_settled(own, figure) for figure, own in tested.items() if figure not in none]
    if none:
        most, least = max(none.values()), min(none.values())
        many = _comparisons(most, each=len(none) > 1, at_most=least < most)
        on = ", ".join(figure.symbol for figure in none)
        said.append(f"Which condition is closer is settled for no two on {on} ({many}).")
    return said


def _of_settled(own: Sequence[Row], figure: Figure) -> str:
    """Each from the closer side."""
    sure = [row if row["closer_by"] > 0 else turned(row) for row in own if is_settled(row)]
    said = [
        f"{condition(row['condition'])} is closer than {condition(row['other'])} "
        f"on {figure.symbol} by {_difference(row, _enough(row, figure.digits))}"
        for row in sorted(sure, key=lambda row: -float(row["closer_by"]))
    ]
    return f"{'; '.join(said)}; {_comparisons(len(own))}."


def _comparisons(many: int, *, each: bool = False, at_most: bool = False) -> str:
    if many == 1:
        return "one comparison each" if each else "one comparison"
    return (
        f"{'up to ' if at_most else ''}{many} comparisons{' each' if each else ''}, "
        "Holm’s correction"
    )


def _tested(rows: Sequence[Row], figure: Figure) -> list[Row]:
    return [row for row in rows if row["figure"] == figure.name and row["p"] is not None]


def _listed(rows: Sequence[Row]) -> str:
    *before, last = [condition(row["other"]) for row in rows]
    if len(before) > 3:
        return f"{len(rows)} of the others"
    return f"{', '.join(before)} and {last}" if before else last


def _enough(row: Row, digits: int) -> int:
    """So many digits that an end of a settled difference does not read as 0: L1 has one."""
    nearest = min(abs(row["low"]), abs(row["high"]))
    return next((more for more in range(digits, MOST_DIGITS) if round(nearest, more)), MOST_DIGITS)


def _difference(row: Row, digits: int = 3) -> str:
    value, low, high = (
        None if row[end] is None else f"{row[end]:z.{digits}f}".replace("-", "−")
        for end in ("closer_by", "low", "high")
    )
    return f"{value}" if low is None else f"{value} [{low}, {high}]"

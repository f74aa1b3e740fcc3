"""Differences between groups over several studies: each study's own, and in how many of them a
condition's has the sign of the humans'.

Arranges and counts findings; computes no figure.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from anthology.models.statistics.contrasts.names import figure_name
from anthology.producer.comparison.conclusions import ambiguous, span

Row = dict[str, Any]
MEANING = ("one", "other")
DIFFERENCE = "difference"


def of_studies(studies: Sequence[Row]) -> list[Row]:
    """Every study's comparisons of groups as its findings have them."""
    return [
        {"study": study["study"], **one} for study in studies for one in study.get("contrasts", ())
    ]


def signs(contrasts: Sequence[Row]) -> list[Row]:
    """By comparison and condition in how many studies (`in`) the difference has the sign of the
    humans', of those (`of`) in which the humans' is settled: its interval holds no 0. Beside it the
    smallest, the middle and the largest difference over all studies, of conditions and of the
    humans; null where none is known. Nothing of a name that stands for several comparisons."""
    many = ambiguous(contrasts, "comparison", MEANING)
    contrasts = [one for one in contrasts if one["comparison"] not in many]
    found: dict[tuple[str, str], list[tuple[Row, Row]]] = {}
    for one in contrasts:
        for row in one["conditions"]:
            found.setdefault((one["comparison"], row["condition"]), []).append((row, one["humans"]))
    order = list(dict.fromkeys(one["comparison"] for one in contrasts))
    return [
        {
            "comparison": comparison, "condition": condition,
            "in": sum(row["same_sign"] is True for row, _ in both),
            "of": sum(row["same_sign"] is not None for row, _ in both),
            DIFFERENCE: _span([row for row, _ in both]),
            "humans": _span([humans for _, humans in both]),
        }
        for (comparison, condition), both in sorted(
            found.items(), key=lambda one: order.index(one[0][0])
        )
    ]  # fmt: skip


def header(found: Row) -> list[str]:
    """What the flat table has of comparisons: the difference with the ends of its interval, and the
    humans'."""
    return [
        f"{figure_name(DIFFERENCE, name)}{end}"
        for name in _names(found)
        for end in ("", "_low", "_high", "_humans")
    ]


def cells(found: Row, study: str, condition: str) -> Iterator[Any]:
    """As `header` names them; empty where the study has no such comparison or condition."""
    mine = {one["comparison"]: one for one in found["contrasts"] if one["study"] == study}
    nothing: Row = {}
    for name in _names(found):
        one = mine.get(name, {"conditions": [], "humans": {}})
        rows = {row["condition"]: row for row in one["conditions"]}
        row = rows.get(condition, nothing)
        yield from (row.get(f"{DIFFERENCE}{end}") for end in ("", "_low", "_high"))
        yield one["humans"].get(DIFFERENCE)


def _names(found: Row) -> list[str]:
    return list(dict.fromkeys(one["comparison"] for one in found["contrasts"]))


def _span(rows: Sequence[Row]) -> Row | None:
    known = [row[DIFFERENCE] for row in rows if row[DIFFERENCE] is not None]
    return span(known) if known else None

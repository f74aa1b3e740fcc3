"""Scales of items over several studies: each study's own, and how far each figure goes.

Arranges findings; computes no figure.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from anthology.models.statistics.figures import FLOORS
from anthology.models.statistics.scale_scores.names import COMPARED, OF_SCORES, figure_name
from anthology.producer.comparison.conclusions import ambiguous, span

Row = dict[str, Any]
MEANING = ("items",)
FIGURES = (*OF_SCORES, *COMPARED)


def of_studies(studies: Sequence[Row]) -> list[Row]:
    """Every study's scales as its findings have them, of everybody; of a study without any none."""
    return [
        {"study": study["study"], **entry}
        for study in studies
        for entry in study.get("scales", ())
        if entry["conditions"]
    ]


def spread(scales: Sequence[Row]) -> list[Row]:
    """Of each scale, condition and figure the smallest, the middle and the largest value over the
    studies that have it. Nothing of a name that stands for several scales."""
    many = ambiguous(scales, "scale", MEANING)
    scales = [entry for entry in scales if entry["scale"] not in many]
    known: dict[tuple[str, str, str], list[float]] = {}
    for entry in scales:
        for row in entry["conditions"]:
            for figure in FIGURES:
                if (value := row.get(figure, {}).get("value")) is not None:
                    place = entry["scale"], row["condition"], figure
                    known.setdefault(place, []).append(value)
    order = list(dict.fromkeys(entry["scale"] for entry in scales))
    return [
        {"scale": scale, "condition": condition, "figure": figure, **span(values)}
        for (scale, condition, figure), values in sorted(
            known.items(), key=lambda one: order.index(one[0][0])
        )
    ]


def header(found: Row) -> list[str]:
    """What the flat table has of scales: each figure with the ends of its interval, and the humans'
    own or, of what holds a condition to them, both floors."""
    return [
        f"{figure_name(scale, figure)}{end}"
        for scale in _names(found)
        for figure in FIGURES
        for end in ("", "_low", "_high", *(f"_{one}" for one in _beside(figure)))
    ]


def cells(found: Row, study: str, condition: str) -> Iterator[Any]:
    """As `header` names them; empty where the study has no such scale or condition."""
    mine = {entry["scale"]: entry for entry in found["scales"] if entry["study"] == study}
    for scale in _names(found):
        entry = mine.get(scale, {"conditions": []})
        rows = {row["condition"]: row for row in entry["conditions"]}
        for figure in FIGURES:
            one = rows.get(condition, {}).get(figure) or {}
            yield from (one.get(end) for end in ("value", "low", "high"))
            for whose in _beside(figure):
                value = (entry.get(whose) or {}).get(figure)
                yield value["value"] if isinstance(value, dict) else value


def _names(found: Row) -> list[str]:
    return list(dict.fromkeys(entry["scale"] for entry in found["scales"]))


def _beside(figure: str) -> tuple[str, ...]:
    return FLOORS if figure in COMPARED else ("humans",)

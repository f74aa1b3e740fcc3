"""Which conclusion holds in how many studies, how stable the conditions' order is, and how far each
figure goes. Counts figures as they stand and, of every two conditions, what each study's own paired
comparison settled; over the studies together nothing is tested.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.kinds import Better, Figure, OfReadings
from anthology.producer.comparison.rankings import Floats, kendall
from anthology.producer.reporting.figures.paired import is_settled, turned
from anthology.producer.reporting.figures.tables import badness

Row = dict[str, Any]
NAN = float("nan")


def concluded(
    studies: Sequence[Row], rows: Sequence[Row], figures: Sequence[Figure]
) -> list[dict[str, Any]]:
    """By figure that says which condition is closer to the humans: how often each was `closest`,
    which of two was `closer`, in how many of the studies (`in`) that have both (`of`), and in how
    many of the studies that compared them on the same people (`compared`) that is settled
    (`settled`) or the opposite is (`opposed`); by setting where the one that is closest most often
    was so; how alike the orders are (`tau`).

    A tie is nobody's. Figures of how answers were read say nothing of humans, and are left out.
    """
    found = []
    for figure in figures:
        if figure.better is Better.NEITHER or isinstance(figure, OfReadings):
            continue
        conditions, values = _values(studies, rows, figure)
        if values.shape[1] < 2 or not (~np.isnan(values)).sum(axis=1).max() > 1:
            continue
        closest = _closest(conditions, values)
        found.append({
            "figure": figure.name,
            "closest": closest,
            "closer": _closer(conditions, values, _paired(studies, figure)),
            "by_setting": _by_setting(studies, values, conditions.index(closest[0]["condition"])),
            "tau": _stability(values),
        })  # fmt: skip
    return found


def spread(rows: Sequence[Row], figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Of each condition and figure the smallest, the middle and the largest value over the studies
    that have it."""
    found = []
    for condition in dict.fromkeys(row["condition"] for row in rows):
        for figure in figures:
            values = [
                row[figure.name]
                for row in rows
                if row["condition"] == condition and row[figure.name] is not None
            ]
            if values:
                found.append({"condition": condition, "figure": figure.name, **span(values)})
    return found


def span(values: Sequence[float]) -> dict[str, float | int]:
    """Of one figure in several studies, and how many these are."""
    return {
        "low": min(values), "median": float(np.median(values)), "high": max(values),
        "of": len(values),
    }  # fmt: skip


def ambiguous(entries: Sequence[Row], name: str, meaning: Sequence[str]) -> list[str]:
    """Names of scales or comparisons that are not made of the same in all studies that have them;
    studies choose names, and the order of items is none of their meaning."""
    seen: dict[str, set[str]] = {}
    for entry in entries:
        seen.setdefault(entry[name], set()).add(" | ".join(_told(entry[part]) for part in meaning))
    return [one for one, meanings in seen.items() if len(meanings) > 1]


def _told(part: Any) -> str:
    """A side of a comparison, or a scale's items."""
    if isinstance(part, dict):
        return f"{part['group']} {_told(part['items'])}"
    return str(sorted(part))


def _values(
    studies: Sequence[Row], rows: Sequence[Row], figure: Figure
) -> tuple[list[str], Floats]:
    """The conditions, and how bad each is in each study, NaN where undefined: (studies,
    conditions)."""
    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    floors = {study["study"]: (study["floor"] or {}).get(figure.name) for study in studies}
    known: Mapping[tuple[str, str], float] = {
        (row["study"], row["condition"]): badness(row[figure.name], figure, floors[row["study"]])
        for row in rows
        if row[figure.name] is not None
        and (figure.better is not Better.NEAREST or floors[row["study"]] is not None)
    }
    names = [study["study"] for study in studies]
    values = [[known.get((name, condition), NAN) for condition in conditions] for name in names]
    return conditions, np.array(values, dtype=float)


def _closest(conditions: Sequence[str], values: Floats) -> list[dict[str, Any]]:
    """Most often first; of a study with one condition nothing can be said."""
    said = values[(~np.isnan(values)).sum(axis=1) > 1]
    found = [
        {
            "condition": condition,
            "in": int(_is_closest(said, place).sum()),
            "of": int((~np.isnan(said[:, place])).sum()),
        }
        for place, condition in enumerate(conditions)
    ]
    return sorted(found, key=lambda one: -one["in"])


def _is_closest(values: Floats, place: int) -> npt.NDArray[np.bool_]:
    others = np.delete(values, place, axis=1)
    smallest = np.where(np.isnan(others), np.inf, others).min(axis=1)
    found: npt.NDArray[np.bool_] = (values[:, place] < smallest) & np.isfinite(smallest)
    return found


def _closer(
    conditions: Sequence[str], values: Floats, paired: Sequence[Row]
) -> list[dict[str, Any]]:
    """Of every two conditions, the one that is closer at least as often as the other first."""
    found = []
    for a, b in combinations(range(len(conditions)), 2):
        both = ~np.isnan(values[:, [a, b]]).any(axis=1)
        first = int((values[both, a] < values[both, b]).sum())
        second = int((values[both, b] < values[both, a]).sum())
        one, other = (a, b) if first >= second else (b, a)
        if both.any():
            found.append({
                "condition": conditions[one], "than": conditions[other],
                "in": max(first, second), "of": int(both.sum()),
                **_settled(paired, conditions[one], conditions[other]),
            })  # fmt: skip
    return found


def _paired(studies: Sequence[Row], figure: Figure) -> list[Row]:
    """What the studies' paired comparisons found, from both sides."""
    mine = [
        row for study in studies for row in study.get("paired", ()) if row["figure"] == figure.name
    ]
    return [*mine, *map(turned, mine)]


def _settled(paired: Sequence[Row], one: str, other: str) -> dict[str, int]:
    known = [
        row
        for row in paired
        if (row["condition"], row["other"]) == (one, other) and row["p_holm"] is not None
    ]
    sure = [row for row in known if is_settled(row)]
    return {
        "settled": sum(row["closer_by"] > 0 for row in sure),
        "opposed": sum(row["closer_by"] < 0 for row in sure),
        "compared": len(known),
    }


def _by_setting(
    studies: Sequence[Row], values: Floats, place: int
) -> dict[str, dict[str, dict[str, int]]]:
    """By place and value of what differs, in how many of its studies a condition is closest; only
    of what several studies have in common."""
    closest = _is_closest(values, place)
    known = ~np.isnan(values[:, place]) & ((~np.isnan(values)).sum(axis=1) > 1)
    found: dict[str, dict[str, dict[str, int]]] = {}
    for key in studies[0]["settings"]:
        texts = [study["settings"][key] for study in studies]
        if len(set(texts)) < len(texts):
            found[key] = {
                text: {
                    "in": int(sum(closest[n] for n, one in enumerate(texts) if one == text)),
                    "of": int(sum(known[n] for n, one in enumerate(texts) if one == text)),
                }
                for text in dict.fromkeys(texts)
            }
    return found


def _stability(values: Floats) -> dict[str, Any] | None:
    """Kendall's tau-b between the orders of every two studies: mean, smallest, and of how many."""
    tau = kendall(values)[np.triu_indices(len(values), 1)]
    known = tau[~np.isnan(tau)]
    if not len(known):
        return None
    mean, smallest = float(known.mean()), float(known.min())
    assert math.isfinite(mean)
    return {"mean": mean, "smallest": smallest, "pairs": len(known)}

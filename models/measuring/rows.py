"""The rows of the `metric` table: a value as it is stored, with the version of what computed it."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from anthology.models.statistics.figures import ALL, VERSION
from anthology.models.statistics.groups.intervals import Estimate
from anthology.models.study.measures import Measures

Row = dict[str, Any]

# The `condition` of what else decides on stored figures, where it is not the study's own; no
# condition is called so, as no name has a space.
HOW = "how measured"
SETTINGS = ("splits", "bootstrap")


def metric(
    condition: str, subgroup: str, name: str, value: float, n: int,
    low: float = math.nan, high: float = math.nan,
) -> Row:  # fmt: skip
    """A table row; what is undefined becomes null, since JSON and PostgreSQL differ on NaN."""
    return {
        "condition": condition, "subgroup": subgroup, "name": name, "n": n, "version": VERSION,
        "value": _finite(value), "low": _finite(low), "high": _finite(high),
    }  # fmt: skip


def estimated(
    found: Mapping[str, Estimate], condition: str, subgroup: str, n: int
) -> Iterator[Row]:
    for name, estimate in found.items():
        yield metric(condition, subgroup, name, estimate.value, n, estimate.low, estimate.high)


def settings(own: Measures, used: Measures) -> Iterator[Row]:
    """What was used in the place of the study's own settings: the report has to say so."""
    for name in SETTINGS:
        if getattr(used, name) != getattr(own, name):
            yield metric(HOW, ALL, name, getattr(used, name), 0)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

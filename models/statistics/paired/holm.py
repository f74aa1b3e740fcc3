"""P values of several comparisons at once."""

import math
from collections.abc import Sequence

import numpy as np

from anthology.models.statistics.metrics import Floats


def holm(p_values: Floats) -> Floats:
    """Adjusted p values (n,), so that of all that are below a level one is wrong no more often than
    that: Holm (1979), Scandinavian Journal of Statistics 6. NaN is no comparison and stays."""
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    left = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p_values[order] * left))
    return adjusted


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """The same of stored ones, of which what is not known is None."""
    known = np.array([math.nan if p is None else p for p in p_values], dtype=np.float64)
    return [None if math.isnan(p) else p for p in holm(known).tolist()]

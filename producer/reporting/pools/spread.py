"""How values are spread: their mean, deviation, quantiles, and how many lie in each class.

Knows arrays only, not what the values are of.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
CLASSES = 40  # at most
ROUND = (1, 2, 5, 10)


def spread(values: Floats, *, whole: bool = False) -> dict[str, Any] | None:
    """Of finite values (n,), integers if they are `whole`; None of no values.

    `sd` is the sample's, of n - 1, null of one value; `quantiles` lie between two values where none
    is the one (type 7 of Hyndman and Fan 1996); of the `classes`, of equal width, `edges` has one
    number more than `counts`, and a value on an edge is in the class above it.
    """
    n = len(values)
    if not n:
        return None
    edges = _edges(float(values.min()), float(values.max()), whole)
    return {
        "n": n,
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if n > 1 else None,
        "quantiles": {
            f"{100 * share:g}%": float(value)
            for share, value in zip(QUANTILES, np.quantile(values, QUANTILES), strict=True)
        },
        "classes": {
            "edges": edges.tolist(),
            "counts": np.histogram(values, edges)[0].tolist(),
        },
    }


def _edges(low: float, high: float, whole: bool) -> Floats:
    """Multiples of a round number, the last of them above all values."""
    step = (high - low) / (CLASSES - 1)
    if step <= 0:
        step = max(abs(high), 1.0) / CLASSES
    size = 10.0 ** math.floor(math.log10(step))
    step = next(times * size for times in ROUND if times * size >= step * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    multiples = np.arange(math.floor(low / step), math.floor(high / step) + 2, dtype=np.float64)
    return np.round(multiples * step, 12)  # 0.15, not 0.15000000000000002

"""By how much resamples misjudge the error of a distance: the iterated bootstrap.

A distance is bent where it is 0, and so is a sum of distances where one of them is: how much it
varies depends on where it is, and resamples lie elsewhere than the people did who are resampled.
By as much as its variance in resamples differs from that in resamples of resamples, the true one
differs from that in resamples (Hall and Martin 1988, Biometrika 75; Davison and Hinkley 1997,
chapter 3.9). Knows arrays only.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.metrics import NO_VARIANCE, Floats, normalised

LAGS = 4  # so each resample has eight of its own
MOST_SLOPE = 0.25  # beyond it an interval would have no upper end


@dataclass(frozen=True)
class Error:
    """The standard error of a figure; by how much it grows where the figure does, `slope` per unit
    of it; of how many degrees of freedom it is known, besides those of people and resamples."""

    deviation: float
    slope: float
    freedom: float


def twice(known: Floats, drawn: Floats, lag: int) -> Floats:
    """Resamples (R, ...) of the resamples (R, ...) of what is known (...): each with the errors of
    the one so many before it, too. Nothing is drawn anew, and nobody weighed."""
    return np.asarray(drawn + np.roll(drawn, lag, axis=0) - known)


def shares_twice(known: Floats, drawn: Floats, lag: int) -> Floats:
    """The same of distributions (..., K), in which no share is below 0."""
    return normalised(np.maximum(twice(known, drawn, lag), 0.0))


def at_lags(found: Callable[[int], Floats]) -> Floats:
    """(LAGS, ...) of what is found at each lag, for `error`."""
    return np.stack([found(lag) for lag in range(1, LAGS + 1)])


def error(once: Floats, again: Floats) -> Error:
    """Of a figure in resamples (R,), and in theirs (LAGS, R) (`at_lags` of what `twice` makes).

    How the variance around a resample follows where that lies is the slope; what it varies besides
    limits the degrees of freedom (Satterthwaite 1946, Biometrics Bulletin 2). NaN are left out.
    """
    spread = float(np.nanvar(once, ddof=1))
    around = _around(again)
    variance = _variance(around)
    # Of the same resamples where nothing is bent, so that of a mean the quotient is 1.
    expected = float(np.nanmean(_variance(_others(once))))
    mean = float(np.nanmean(variance))
    if min(spread, mean) <= NO_VARIANCE**2 or once.size <= 2 * LAGS:
        return Error(math.sqrt(spread), 0.0, math.inf)
    follows = _covariance(once, variance) / spread
    # Of two estimates with errors of their own all that they share is variance of what is true.
    varies = _covariance(_variance(around[0::2]), _variance(around[1::2]))
    left = max(0.0, varies - follows**2 * spread) / mean**2
    return Error(
        math.sqrt(spread * expected / mean),
        min(MOST_SLOPE, max(-MOST_SLOPE, follows / 2 / math.sqrt(spread))),
        2 / left if left > 0 else math.inf,
    )


def _around(again: Floats) -> Floats:
    """By resample those of it (LAGS, 2, R), by the errors of others before it and after it."""
    after = [np.roll(row, -lag) for lag, row in enumerate(again, start=1)]
    return np.stack([again, np.stack(after)], axis=1)


def _others(once: Floats) -> Floats:
    """By resample those (LAGS, 2, R) whose errors it has in `_around`."""
    lags = range(1, LAGS + 1)
    return np.stack([[np.roll(once, lag), np.roll(once, -lag)] for lag in lags])


def _variance(around: Floats) -> Floats:
    return np.asarray(np.nanvar(around, axis=(0, 1), ddof=1))


def _covariance(one: Floats, other: Floats) -> float:
    known = ~(np.isnan(one) | np.isnan(other))
    return float(np.cov(one[known], other[known])[0, 1])

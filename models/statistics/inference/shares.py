"""Intervals of shares, also of rare answers, whose means no normal distribution is near.

Knows arrays only.
"""

import numpy as np

from anthology.models.statistics.groups.intervals import Estimate, reach_of_t
from anthology.models.statistics.metrics import Floats


def estimates(values: Floats, variances: Floats, freedom: int, people: float) -> list[Estimate]:
    """Shares (q,) with 95% intervals: Wilson's (1927, Journal of the American Statistical
    Association 22), of Student's t and of as many people as would make a share that sure:
    p (1 − p) / variance (Korn and Graubard 1998, Survey Methodology 24). Where nobody or everybody
    gave the answer, or an estimate lies beyond 0 or 1, of so many `people`.
    """
    reach = reach_of_t(freedom)
    shares = np.clip(values, 0.0, 1.0)
    spread = shares * (1 - shares)
    within = (spread > 0) & (variances > 0)
    likely = np.where(within, spread / np.where(within, variances, 1.0), people)
    scale = 1 + reach**2 / likely
    middle = (shares + reach**2 / (2 * likely)) / scale
    half = reach * np.sqrt(spread / likely + reach**2 / (4 * likely**2)) / scale
    low = np.minimum(np.maximum(middle - half, 0.0), shares)  # rounding must not part them
    high = np.maximum(np.minimum(middle + half, 1.0), shares)
    found = zip(shares, low, high, strict=True)
    return [Estimate(*(float(end) for end in ends)) for ends in found]


def effective(weights: Floats) -> float:
    """Kish's (1965, Survey Sampling) number of people of one weight that these are worth."""
    return float(np.square(weights.sum()) / np.square(weights).sum())

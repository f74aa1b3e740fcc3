"""Means of what some people said, helped by what a simulation says of them and of others.

Knows arrays only; how much such help is worth is in `worth.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.groups.intervals import Estimate
from anthology.models.statistics.inference import shares
from anthology.models.statistics.inference.jackknife import (
    Moments,
    enough_others,
    estimates,
    mean_and_spread,
    variance,
)
from anthology.models.statistics.metrics import Floats

LEAST_SPREAD = 1e-9  # in positions or shares; what differs by less is rounding


@dataclass(frozen=True)
class Predicted:
    """Of some people predictions (n, q) of q quantities, and survey weights (n,) above 0."""

    predictions: Floats
    weights: Floats


@dataclass(frozen=True)
class Powered:
    """By quantity the mean with the simulation's help and without it, and `tuning`, how much of the
    help was taken (q,): λ, 0 for none."""

    powered: Sequence[Estimate]
    classical: Sequence[Estimate]
    tuning: Floats


def powered(
    own: Floats, labelled: Predicted, others: Predicted, positions: int | None = None
) -> Powered:
    """Prediction-powered means of q quantities with power tuning, and the classical means of the
    same labelled people, each with its 95% interval.

    own (n, q): what the labelled people said themselves, the first column the positions 1, 2, ...
    to `positions` if that is a number, all others 0 or 1; `others` are known by predictions alone;
    three or more of each. Of labelled answers y with predictions f, and others' f', the estimate is
    ȳ + λ (f̄' − f̄): right in the mean whatever λ and however wrong the predictions, shared ones
    of one persona too, if they were made without these y and chance decided who is labelled
    (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023, Science 382). λ = cov(y, f) / ((1 +
    n/N') var(f)) has the least variance (PPI++: Angelopoulos, Duchi and Zrnic 2023, arXiv
    2311.01453). It is not cut at 1, since predictions may vary too little; it is cut at 0, where
    the estimate is the classical one: predictions that run against the answers are trusted in
    nothing.

    Means and λ are weighted (`Moments`). Variances are the jackknife's, in which λ is found anew;
    intervals are of Student's t with n − 2 degrees of freedom, n − 1 of the classical ones, cut to
    the positions, of shares Wilson's (`shares`). The mean of positions has none (NaN) where fewer
    than ten of the labelled gave another answer than the commonest.
    """
    n, more = len(own), len(others.weights)
    here = Moments.of(own, labelled.predictions, labelled.weights)
    there, others_spread = mean_and_spread(others.predictions, others.weights)
    tuning = _tuning(here, others_spread, n, more)
    found = here.own + tuning * (there - here.predicted)
    left, added = variance(found), np.square(tuning[0]) * others_spread / more
    means = 0 if positions is None else 1
    sure = np.where(enough_others(own[:, :means]), 1.0, np.nan)
    people = shares.effective(labelled.weights)

    def estimated(values: Floats, variances: Floats, freedom: int) -> list[Estimate]:
        first = estimates(values[:means], variances[:means] * sure, freedom)
        rest = shares.estimates(values[means:], variances[means:], freedom, people)
        return [*(_cut(one, float(positions or 1)) for one in first), *rest]

    classical = estimated(here.own[0], variance(here.own), n - 1)
    helped = estimated(found[0], left + added, n - 2)
    chosen = [a if of else b for a, b, of in zip(helped, classical, tuning[0] > 0, strict=True)]
    return Powered(chosen, classical, tuning[0])


def _cut(found: Estimate, most: float) -> Estimate:
    ends = (found.value, found.low, found.high)
    return Estimate(*(float(np.clip(end, 1.0, most)) for end in ends))


def _tuning(here: Moments, others_spread: Floats, n: int, more: int) -> Floats:
    """λ (1 + n, q) of the labelled and of all of them but each, with the variance of all
    predictions."""
    people = np.array([n, *[n - 1] * n])[:, None]
    spread = ((people - 1) * here.predicted_spread + (more - 1) * others_spread) / (
        people + more - 2
    )
    # Of those alike to the labelled the covariance is rounding, which would be some λ or none.
    varies = np.minimum(spread, here.predicted_spread) > LEAST_SPREAD**2
    best = here.together / np.where(varies, (1 + people / more) * spread, 1.0)
    return np.where(varies, np.maximum(best, 0.0), 0.0)

"""Means of what some people said, helped by what a simulation says of them and of others.

Knows arrays only; how much such help is worth is in `worth.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.groups.intervals import Estimate
from anthology.models.statistics.inference import shares
from anthology.models.statistics.inference.jackknife import enough_others, estimates, variance
from anthology.models.statistics.inference.tuning import Part, Predicted, tuning
from anthology.models.statistics.metrics import Floats


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
    (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023, Science 382). λ is that of `tuning`;
    where it is 0 the estimate is the classical one.

    Means and λ are weighted (`Moments`). Variances are the jackknife's, in which λ is found anew;
    intervals are of Student's t with n − 2 degrees of freedom, n − 1 of the classical ones, cut to
    the positions, of shares Wilson's (`shares`). The mean of positions has none (NaN) where fewer
    than ten of the labelled gave another answer than the commonest.
    """
    n, part = len(own), Part.of(own, labelled, others)
    taken = tuning([part])
    found = part.helped(taken)
    left, added = variance(found), np.square(taken[0]) * part.others_variance
    means = 0 if positions is None else 1
    sure = np.where(enough_others(own[:, :means]), 1.0, np.nan)
    people = shares.effective(labelled.weights)

    def estimated(values: Floats, variances: Floats, freedom: int) -> list[Estimate]:
        first = estimates(values[:means], variances[:means] * sure, freedom)
        rest = shares.estimates(values[means:], variances[means:], freedom, people)
        return [*(_cut(one, float(positions or 1)) for one in first), *rest]

    classical = estimated(part.here.own[0], variance(part.here.own), n - 1)
    helped = estimated(found[0], left + added, n - 2)
    chosen = [a if of else b for a, b, of in zip(helped, classical, taken[0] > 0, strict=True)]
    return Powered(chosen, classical, taken[0])


def _cut(found: Estimate, most: float) -> Estimate:
    ends = (found.value, found.low, found.high)
    return Estimate(*(float(np.clip(end, 1.0, most)) for end in ends))

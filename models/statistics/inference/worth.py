"""How many humans a simulation is worth to those who are asked anyway.

It is known from how closely what it says of people follows what they say. Knows arrays only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.groups.intervals import Estimate
from anthology.models.statistics.inference import jackknife
from anthology.models.statistics.inference.jackknife import Moments, enough_others
from anthology.models.statistics.inference.tuning import LEAST_SPREAD, Predicted
from anthology.models.statistics.metrics import Floats

NEAREST = 1 - 1e-12  # to a correlation of 1, whose transform is infinite


@dataclass(frozen=True)
class Worth:
    """The correlation of answers with what is predicted of them, and by how much that multiplies
    the people who are asked; each with its 95% interval, NaN where undefined."""

    correlation: Estimate
    times: Estimate


def relations(own: Floats, simulated: Predicted) -> Floats:
    """Fisher's z = artanh r (1 + n, q) of answers (n, q) and predictions, of all people and of all
    but each, of three people or more.

    With weights, r is that of influence values (`Moments`), on which the variances of weighted
    means rest. Predictions that are the same for everybody follow nothing: 0. NaN where fewer than
    ten people gave another answer than the commonest.
    """
    found = Moments.of(own, simulated.predictions, simulated.weights)
    z = fisher_z(found.together, found.own_spread, found.predicted_spread)
    return np.where(enough_others(own), z, np.nan)


def fisher_z(together: Floats, own_spread: Floats, predicted_spread: Floats) -> Floats:
    """artanh r of a covariance and two variances; 0 where one of them is rounding."""
    varies = np.minimum(own_spread, predicted_spread) > LEAST_SPREAD**2
    both = np.sqrt(np.where(varies, own_spread * predicted_spread, 1.0))
    r = np.where(varies, together, 0.0) / both
    return np.asarray(np.arctanh(np.clip(r, -NEAREST, NEAREST)))


def worth(z: Floats, unlabelled: Sequence[float]) -> list[Worth]:
    """By quantity what relations (1 + n, q) are worth where of all people together this share is
    not labelled (q,).

    times: 1 / (1 − r² (N − n) / N) of n among N, the classical variance of a mean divided by the
    least that `powered` reaches: that of λ² var(f) / (N − n) + var(y − λ f) / n (PPI++:
    Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453). 1, no help, where r is not above 0.
    Intervals are of z, by the jackknife.
    """
    found = jackknife.estimates(z[0], jackknife.variance(z), len(z) - 2)
    return [worth_of(one, share) for one, share in zip(found, unlabelled, strict=True)]


def worth_of(z: Estimate, unlabelled: float) -> Worth:
    """What one relation is worth."""
    ends = (z.value, z.low, z.high)
    return Worth(
        Estimate(*(float(np.tanh(end)) for end in ends)),
        Estimate(*(_times(end, unlabelled) for end in ends)),
    )


def share_unlabelled(labelled: int, others: int) -> float:
    """Of all of both."""
    return others / (labelled + others)


def average(found: Sequence[Floats]) -> Floats:
    """The mean z (1 + n, 1) of several quantities' (1 + n,) of the same people (Silver and Dunlap
    1987, Journal of Applied Psychology 72), of those that are known; NaN of none."""
    known = [z for z in found if not np.isnan(z[0])]
    return np.mean(known, axis=0)[:, None] if known else np.full((2, 1), np.nan)


def _times(z: float, unlabelled: float) -> float:
    return float(1 / (1 - np.square(np.tanh(np.maximum(z, 0.0))) * unlabelled))

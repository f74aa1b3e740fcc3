"""How much of a simulation's help is taken: power tuning, of a mean and of a difference of two.

Knows arrays only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from anthology.models.statistics.inference.jackknife import Moments, mean_and_spread
from anthology.models.statistics.metrics import Floats

LEAST_SPREAD = 1e-9  # in positions or shares; what differs by less is rounding


@dataclass(frozen=True)
class Predicted:
    """Of some people predictions (n, q) of q quantities, and survey weights (n,) above 0."""

    predictions: Floats
    weights: Floats


@dataclass(frozen=True)
class Part:
    """What a mean of q quantities is made of: moments `here`, of the labelled and of all of them
    but each, who are so many `people` (1 + n, 1); of `more` others the predictions' means `there`
    and `others_spread` (q,)."""

    here: Moments
    people: Floats
    there: Floats
    others_spread: Floats
    more: int

    @classmethod
    def of(cls, own: Floats, labelled: Predicted, others: Predicted) -> "Part":
        """Of answers (n, q) of three people or more, and of as many others."""
        n = len(own)
        there, spread = mean_and_spread(others.predictions, others.weights)
        people = np.array([n, *[n - 1] * n], dtype=np.float64)[:, None]
        here = Moments.of(own, labelled.predictions, labelled.weights)
        return cls(here, people, there, spread, len(others.weights))

    @property
    def whole(self) -> "Part":
        """Without those rows that leave somebody out."""
        return replace(self, here=self.here.whole, people=self.people[:1])

    @property
    def others_variance(self) -> Floats:
        """Of the others' mean prediction (q,)."""
        return np.asarray(self.others_spread / self.more)

    def helped(self, taken: Floats) -> Floats:
        """The means (1 + n, q) with so much help."""
        return np.asarray(self.here.own + taken * (self.there - self.here.predicted))


def tuning(parts: Sequence[Part]) -> Floats:
    """λ (rows, q) of a sum or difference of independent parts' means, whose rows are as many, or
    one: one λ for all of them.

    Of labelled answers y with predictions f of n people, and N' others, it is Σ cov(y, f)/n divided
    by Σ var(f) (1/n + 1/N'), which has the least variance (PPI++: Angelopoulos, Duchi and Zrnic
    2023, arXiv 2311.01453); var(f) is that of all predictions. It is not cut at 1, since
    predictions may vary too little; it is cut at 0: predictions that run against the answers are
    trusted in nothing.
    """
    together, spread = np.zeros(1), np.zeros(1)
    for part in parts:
        n, more, here = part.people, part.more, part.here
        pooled = ((n - 1) * here.predicted_spread + (more - 1) * part.others_spread) / (
            n + more - 2
        )
        # Of those alike to the labelled the covariance is rounding, which would be some λ or none.
        varies = np.minimum(pooled, here.predicted_spread) > LEAST_SPREAD**2
        together = together + np.where(varies, here.together / n, 0.0)
        spread = spread + pooled * (1 / n + 1 / more)
    best = together / np.where(spread > 0, spread, 1.0)
    return np.asarray(np.maximum(best, 0.0))

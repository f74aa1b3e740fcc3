"""What figures of scales look at in a group of people, also in many resamples of it at once.

A score is the mean of a scale's items on positions 1..K, of those who answered all of them. The sum
of the items is handled as one item with as many options as there are sums, so that distributions
and correlations are computed as those of items are. Knows arrays only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.groups.draws import independent
from anthology.models.statistics.groups.weighed import Weighed
from anthology.models.statistics.metrics import NO_VARIANCE, Answers, Floats
from anthology.models.statistics.reliability import cronbach_alpha, mcdonald_omega
from anthology.models.statistics.scale_scores.keyed import Keyed


@dataclass(frozen=True)
class ScaleProfile:
    """Of R resamples: per scale the distribution (R, steps + 1) of the sums; means and standard
    deviations of the scores, alpha and omega (R, scales); per scale the correlation (R, items) of
    each item with the sum of the others; the correlations (R, scales, scales) between scores, 0
    with a scale on which they do not vary (`varies`, (R, scales))."""

    distributions: list[Floats]
    mean: Floats
    sd: Floats
    alpha: Floats
    omega: Floats
    rest: list[Floats]
    correlation: Floats
    varies: npt.NDArray[np.bool_]


class Scored:
    """People to be resampled: answers (n, m), weights (n,), and who shares a persona (n,).

    Scores and their correlations are weighted; the latter are of people with a score on every
    scale. Alpha, omega and items against the rest are of pairwise covariances, unweighted, as those
    of all questions are (`reliability.py`).
    """

    def __init__(
        self,
        scales: Sequence[Keyed],
        answers: Answers,
        weights: Floats,
        personas: npt.NDArray[np.intp] | None = None,
    ) -> None:
        self.scales, self.weights, self.personas = scales, weights, personas
        self.sums = np.column_stack([scale.sums(answers) for scale in scales])
        cells = [scale.steps + 1 for scale in scales]
        self._scores = Weighed(self.sums, cells, weights, list(range(len(scales))))
        self._items = [
            Weighed(scale.keyed(answers), scale.options, weights, list(range(len(scale.items))))
            for scale in scales
        ]

    def counted(self, scale: int | None) -> npt.NDArray[np.bool_]:
        """Who of weight above 0 has a score on a scale, or on all of them (n,)."""
        having = self.sums >= 0
        has = having.all(axis=1) if scale is None else having[:, scale]
        return np.asarray(has & (self.weights > 0))

    def independent(self, scale: int | None) -> float:
        """As how many people those are worth: who shares a persona is none of their own."""
        return independent(self.personas, self.counted(scale) * self.weights)

    def profile(self) -> ScaleProfile:
        """Of the people as they are: one resample in which each comes once."""
        return self.profiles(np.ones((1, len(self.weights))), reliability=True)

    def profiles(self, times: Floats, *, reliability: bool) -> ScaleProfile:
        """Of resamples in which everybody comes so many times (R, n). Without `reliability` alpha,
        omega and items against the rest are NaN."""
        found = self._scores.profiles(times, covariances=False)
        people, varies = self._counts(times)
        moments = [
            _moments(distribution, len(scale.items), count)
            for distribution, scale, count in zip(
                found.distributions, self.scales, people.T, strict=True
            )
        ]
        covariances = [
            items.profiles(times, covariances=True).covariance
            if reliability
            else np.full((len(times), len(scale.items), len(scale.items)), np.nan)
            for items, scale in zip(self._items, self.scales, strict=True)
        ]
        return ScaleProfile(
            found.distributions,
            np.column_stack([mean for mean, _ in moments]),
            np.column_stack([sd for _, sd in moments]),
            np.column_stack([cronbach_alpha(one) for one in covariances]),
            np.column_stack([mcdonald_omega(one) for one in covariances]),
            [item_rest(one) for one in covariances],
            found.correlation,
            varies,
        )

    def _counts(self, times: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """How many of those drawn (R, n) have a score on each scale, and whether those who have one
        on every scale differ on it (R, scales)."""
        each = [self.counted(scale) for scale in range(len(self.scales))]
        whole = self.counted(None)[:, None]
        sums = self.sums * whole
        terms = [np.column_stack(each), whole, sums, np.square(sums)]
        found = times @ np.concatenate(terms, axis=1).astype(np.float64)
        people, count, sums, squares = np.split(
            found, np.cumsum([t.shape[1] for t in terms])[:-1], 1
        )
        # By Cauchy and Schwarz; of whole numbers, so exact.
        return people, count * squares > np.square(sums)


def _moments(distribution: Floats, items: int, people: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation (R,) of the scores of so many `people` (R,), of their sums'
    distribution (R, steps + 1).

    The variance is that of the weighted distribution times n / (n − 1), which is the sample's own
    where all weights are equal (Lumley 2004, Journal of Statistical Software 9, `svyvar`).
    """
    scores = 1 + np.arange(distribution.shape[-1]) / items
    mean = distribution @ scores
    spread = (distribution * np.square(scores - mean[:, None])).sum(axis=1)
    spread = np.where(spread > NO_VARIANCE, spread, spread * 0)  # NaN stays
    short = np.divide(people, people - 1, out=np.full(people.shape, np.nan), where=people > 1)
    return mean, np.sqrt(spread * short)


def item_rest(covariance: Floats) -> Floats:
    """The correlation (..., m) of each item with the sum of the others, of covariances (..., m, m):
    the corrected item-total correlation (Nunnally and Bernstein 1994); NaN where one does not vary.
    """
    own = np.diagonal(covariance, axis1=-2, axis2=-1)
    shared = covariance.sum(axis=-1) - own
    total = covariance.sum(axis=(-2, -1))[..., None]
    rest = total - 2 * shared - own
    below = np.sqrt(np.maximum(own * rest, 0.0))
    some = (own > NO_VARIANCE) & (rest > NO_VARIANCE)
    return np.asarray(np.divide(shared, below, out=np.full(own.shape, np.nan), where=some))

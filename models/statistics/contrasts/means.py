"""Weighted means of scores, and by how much each person moves them.

Knows arrays only. What is computed from means has its variance from these influences alone:
linearisation, also called the infinitesimal jackknife (Binder 1983, International Statistical
Review 51).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.groups.draws import Clusters
from anthology.models.statistics.groups.intervals import ALONE, NAN, Estimate, reach_of_t
from anthology.models.statistics.metrics import Floats

Bools = npt.NDArray[np.bool_]

ROUNDING = 1e-20  # a variance of a mean that is no more is none; one of 10⁵ people has above 1e-10


@dataclass(frozen=True)
class Mean:
    """A weighted mean of those who are `among` (N,) the people, and the `variance` of their scores;
    what each adds to an error of both (N,), and the `freedom` (degrees) of the mean's variance."""

    value: float
    variance: float
    among: Bools
    effective: float
    moves: Floats
    moves_variance: Floats
    freedom: float


def mean(scores: Floats, weights: Floats, clusters: Clusters) -> Mean:
    """Of scores (N,), NaN for people who are not in it, with weights (N,).

    Those of one number of `clusters` (N,) are no independent people. Of weights there are as many
    people as Kish's effective number, (Σw)² / Σw² (Kish 1965), which stands for n where a sample's
    variance has n − 1: so has every cluster with its people's weight. Without weights and clusters
    all is as in any textbook. NaN where there is nobody, or one person or cluster.
    """
    known = ~np.isnan(scores) & (weights > 0)
    counted = np.where(known, weights, 0.0)
    total = counted.sum()
    if total == 0:
        nothing = np.full(len(scores), np.nan)
        return Mean(NAN, NAN, known, 0.0, nothing, nothing, NAN)
    shares = counted / total
    value = float(shares @ np.where(known, scores, 0.0))
    apart = np.where(known, scores - value, 0.0)
    effective = 1 / float(np.square(shares).sum())
    independent = 1 / float(np.square(np.bincount(clusters, shares)).sum())
    variance = float(shares @ np.square(apart)) * _corrected(effective)
    stretch = math.sqrt(_corrected(independent))
    return Mean(
        value, variance, known, effective, shares * apart * stretch,
        shares * (np.square(apart) - variance) * stretch, independent - 1,
    )  # fmt: skip


def _corrected(count: float) -> float:
    return count / (count - 1) if count > 1 + 1e-9 else NAN


def variance_of(moves: Floats, clusters: Clusters) -> float:
    """Of what moves (N,) so: of clusters the sum, squared."""
    return float(np.square(np.bincount(clusters, moves)).sum())


def student(value: float, variance: float, freedom: float) -> Estimate:
    """With its interval of Student's t; none where nothing varies, or so little is known to that t
    would reach hundreds of errors: of one person with a little of another beside."""
    if not _sure(variance, freedom):
        return Estimate(value)
    reach = reach_of_t(freedom) * math.sqrt(variance)
    return Estimate(value, value - reach, value + reach)


def tested(value: float, variance: float, freedom: float) -> tuple[float, float]:
    """t, and the two-sided p value of its being 0; NaN where there is no interval."""
    from scipy.special import stdtr  # a worker with a model never needs it

    if not _sure(variance, freedom):
        return NAN, NAN
    t = value / math.sqrt(variance)
    return t, 2 * float(stdtr(freedom, -abs(t)))


def _sure(variance: float, freedom: float) -> bool:
    return variance > ROUNDING and freedom > ALONE


def satterthwaite(variances: Sequence[float], freedoms: Sequence[float]) -> float:
    """Degrees of freedom of a sum of independent parts' variances (1946, Biometrics Bulletin 2)."""
    if not sum(variances) > ROUNDING:
        return NAN
    ratios = (v**2 / freedom for v, freedom in zip(variances, freedoms, strict=True))
    return float(sum(variances) ** 2 / sum(ratios))

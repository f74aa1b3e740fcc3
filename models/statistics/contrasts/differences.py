"""The difference of two means, as Cohen's d and Welch's t, and how far one is from another's.

Knows arrays only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.contrasts.means import (
    ROUNDING,
    Bools,
    Mean,
    mean,
    satterthwaite,
    student,
    tested,
    variance_of,
)
from anthology.models.statistics.groups.draws import Clusters
from anthology.models.statistics.groups.intervals import NAN, Estimate
from anthology.models.statistics.metrics import Floats


@dataclass(frozen=True)
class Sides:
    """What N people score on the first and on the second side of a contrast (N,), NaN for whoever
    is not on it; their weights (N,), and in `clusters` (N,) who is no independent person: all of
    one number, from 0.

    Two groups are on a side each. Where the same people are on both sides, these alone count.
    """

    one: Floats
    other: Floats
    weights: Floats
    clusters: Clusters

    @property
    def both(self) -> bool:
        return bool((self._on(self.one) & self._on(self.other)).any())

    @property
    def people(self) -> tuple[int, int]:
        """How many count on either side."""
        one, other = self._on(self.one), self._on(self.other)
        if self.both:
            one = other = one & other
        return int(one.sum()), int(other.sum())

    def _on(self, side: Floats) -> Bools:
        return ~np.isnan(side) & (self.weights > 0)


@dataclass(frozen=True)
class Difference:
    """The first side's mean less the second's, each with its 95% interval, Cohen's `d`, and the `t`
    with `freedom` degrees whose two-sided p value is `p`; `people` on either side. NaN where
    undefined: with fewer than two independent people on a side, or where nobody differs."""

    means: tuple[Estimate, Estimate]
    people: tuple[int, int]
    value: Estimate
    d: Estimate
    t: float
    freedom: float
    p: float


@dataclass(frozen=True)
class _Parts:
    """Two means, what each person adds to their difference (N,), and the independent parts whose
    variances make its own."""

    means: tuple[Mean, Mean]
    value: float
    moves: Floats
    parts: Sequence[Mean]


def difference(sides: Sides) -> Difference:
    """Of two groups' means, or of two means of the same people.

    t is Welch's (1947, Biometrika 34) of two groups and that of pairs of the same people; weights
    and clusters as in `means.mean`. d is the difference divided by the pooled standard deviation of
    the scores, √(((n₁ − 1) s₁² + (n₂ − 1) s₂²) / (n₁ + n₂ − 2)) (Cohen 1988), of pairs as well, so
    that both kinds compare: there it is not t/√n, which pairs make large by being alike.
    """
    found = _parts(sides, sides.clusters)
    variance = variance_of(found.moves, sides.clusters)
    freedom = _freedom(found.parts, sides.clusters)
    d, moves = _standardised(found)
    t, p = tested(found.value, variance, freedom)
    one, other = found.means
    return Difference(
        (_alone(one, sides.clusters), _alone(other, sides.clusters)),
        sides.people,
        student(found.value, variance, freedom),
        student(d, variance_of(moves, sides.clusters), freedom),
        t, freedom, p,
    )  # fmt: skip


def apart(simulated: Sides, humans: Sides) -> tuple[Estimate, float]:
    """By how much the simulated difference is above the humans' (below 0: below it), with its
    interval, and the p value of its being 0.

    Row i of both is a human and its double, so that what they share cancels; doubles of one cluster
    bring their humans with them.
    """
    clusters = simulated.clusters
    ours, theirs = _parts(simulated, clusters), _parts(humans, clusters)
    value = ours.value - theirs.value
    variance = variance_of(ours.moves - theirs.moves, clusters)
    freedom = _freedom([*ours.parts, *theirs.parts], clusters)
    return student(value, variance, freedom), tested(value, variance, freedom)[1]


def _parts(sides: Sides, clusters: Clusters) -> _Parts:
    one, other = sides.one, sides.other
    if sides.both:
        pairs = one - other
        one, other = (np.where(np.isnan(pairs), np.nan, side) for side in (one, other))
        means = (mean(one, sides.weights, clusters), mean(other, sides.weights, clusters))
        alone = mean(pairs, sides.weights, clusters)
        return _Parts(means, alone.value, alone.moves, [alone])
    means = (mean(one, sides.weights, clusters), mean(other, sides.weights, clusters))
    moves = means[0].moves - means[1].moves
    return _Parts(means, means[0].value - means[1].value, moves, means)


def _freedom(parts: Sequence[Mean], clusters: Clusters) -> float:
    """Never more than one less than there are clusters: parts may have some in common."""
    variances = [variance_of(part.moves, clusters) for part in parts]
    freedom = satterthwaite(variances, [part.freedom for part in parts])
    among = np.any([part.among for part in parts], axis=0)
    most = float(np.count_nonzero(np.bincount(clusters[among])) - 1)
    return min(freedom, most)


def _standardised(found: _Parts) -> tuple[float, Floats]:
    """Cohen's d, and what each person adds to its error (N,), by the rule of quotients."""
    one, other = found.means
    shares = [side.effective - 1 for side in found.means]
    below = sum(shares)
    if not below > 0:
        return NAN, found.moves
    pooled = (shares[0] * one.variance + shares[1] * other.variance) / below
    if not pooled > ROUNDING:
        return NAN, found.moves
    d = found.value / math.sqrt(pooled)
    moved = (shares[0] * one.moves_variance + shares[1] * other.moves_variance) / below
    return d, found.moves / math.sqrt(pooled) - d / (2 * pooled) * moved


def _alone(one: Mean, clusters: Clusters) -> Estimate:
    return student(one.value, variance_of(one.moves, clusters), one.freedom)

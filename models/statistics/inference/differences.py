"""Differences between two groups' means, helped by a simulation, and what it is worth there.

A mean of one group, as the difference of two ratings of the same people is one, is no other case.
Knows arrays only, and not what is compared.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.contrasts.means import (
    ROUNDING,
    satterthwaite,
    student,
    tested,
)
from anthology.models.statistics.groups.intervals import NAN, Estimate
from anthology.models.statistics.inference.jackknife import (
    Moments,
    but_each,
    enough_others,
    means,
    variance,
)
from anthology.models.statistics.inference.tuning import Part, Predicted, tuning
from anthology.models.statistics.inference.worth import (
    Worth,
    fisher_z,
    share_unlabelled,
    worth_of,
)
from anthology.models.statistics.metrics import Floats

SIGNS = (1, -1)  # the first group's mean less the second's


@dataclass(frozen=True)
class Group:
    """What the labelled people of a group score, and all who are known to (n, 1); what is predicted
    of these, and of the others who are not labelled. Three or more of each."""

    own: Floats
    labelled: Predicted
    others: Predicted
    own_known: Floats
    known: Predicted


@dataclass(frozen=True)
class Difference:
    """With the simulation's help and without it, each with its 95% interval, and `tuning`, how much
    of the help was taken: λ, 0 for none."""

    powered: Estimate
    classical: Estimate
    tuning: float


def powered(groups: Sequence[Group]) -> Difference:
    """The prediction-powered difference of two groups' means with power tuning, and the classical
    one of the same labelled people.

    One λ for both (`tuning`), as for a coefficient of PPI++ (Angelopoulos, Duchi and Zrnic 2023,
    arXiv 2311.01453): of equal weights this is the slope of least squares on an indicator of the
    first group. Variances are the jackknife's of each group by itself, with λ anew, and add up;
    intervals are Welch's (1947, Biometrika 34), with one degree of freedom less a group where λ is
    above 0. There is none where fewer than ten of a group's labelled gave another score than the
    commonest.
    """
    parts = [Part.of(group.own, group.labelled, group.others) for group in groups]
    sure = all(enough_others(group.own).all() for group in groups)
    [taken] = tuning([part.whole for part in parts])
    alone = [variance(part.here.own) for part in parts]
    own = [part.here.own[0] for part in parts]
    classical = _estimate(_less(own), alone, groups, 1, sure=sure)
    if not taken > 0:
        return Difference(classical, classical, 0.0)
    moved = [
        variance(_less([part.helped(tuning(rows)) for part in rows]))
        + np.square(taken) * parts[place].others_variance
        for place, rows in enumerate(but_each(parts))
    ]
    value = _less([part.whole.helped(taken)[0] for part in parts])
    return Difference(_estimate(value, moved, groups, 2, sure=sure), classical, float(taken[0]))


def worth(groups: Sequence[Group]) -> tuple[Worth, float]:
    """What the simulation is worth for the difference, of all who are known, and the p value of
    its being nothing.

    As of a mean (`worth.worth`), with r = Σ cov(y, f)/n / √(Σ var(y)/n · Σ var(f)/n) of groups of
    n labelled people, the correlation of what each moves the difference by, and for the share that
    is not labelled Σ var(f)/n / Σ var(f) (1/n + 1/N'): then 1 / (1 − r² share) is again the
    classical variance divided by the least that `powered` reaches.
    """
    moments = [
        Moments.of(group.own_known, group.known.predictions, group.known.weights)
        for group in groups
    ]
    labelled = [len(group.own) for group in groups]
    z = [_relations(rows, labelled) for rows in but_each(moments)]
    variances = [variance(one).item() for one in z]
    freedom = satterthwaite(variances, [len(one) - 2 for one in z])
    sure = all(enough_others(group.own_known).all() for group in groups)
    value = float(z[0][0, 0]) if sure else NAN
    shares = [share_unlabelled(len(group.own), len(group.others.weights)) for group in groups]
    spread = [one.predicted_spread[0].item() / n for one, n in zip(moments, labelled, strict=True)]
    error = sum(variances)
    found, p = student(value, error, freedom), tested(value, error, freedom)[1]
    if not error > ROUNDING and not math.isnan(value):
        # Surely 0 where predictions are the same for everybody, surely 1 where they are answers.
        found, p = Estimate(value, value, value), 0.0 if value else NAN
    return worth_of(found, _share(spread, shares)), p


def everybody(groups: Sequence[Group]) -> float:
    """The difference of all who are known."""
    return float(_less([means(group.own_known, group.known.weights) for group in groups])[0])


def _less(values: Sequence[Floats]) -> Floats:
    return np.asarray(sum(sign * one for sign, one in zip(SIGNS, values, strict=False)))


def _estimate(
    value: Floats, variances: Sequence[Floats], groups: Sequence[Group], lost: int, *, sure: bool
) -> Estimate:
    of_groups = [one.item() for one in variances]
    freedom = satterthwaite(of_groups, [len(group.own) - lost for group in groups])
    found = student(value.item(), sum(of_groups), freedom)
    return found if sure else Estimate(found.value)


def _relations(moments: Sequence[Moments], labelled: Sequence[int]) -> Floats:
    def summed(name: str) -> Iterator[Floats]:
        return (getattr(one, name) / n for one, n in zip(moments, labelled, strict=True))

    names = ("together", "own_spread", "predicted_spread")
    together, own, predicted = (sum(summed(name), np.zeros(1)) for name in names)
    return fisher_z(together, own, predicted)


def _share(spread: Sequence[float], unlabelled: Sequence[float]) -> float:
    """Where nothing varies, help is none whatever it is."""
    parts = zip(spread, unlabelled, strict=True)
    total = sum(one / share for one, share in parts)
    return sum(spread) / total if total > 0 else min(unlabelled)

"""Means, and how answers vary with what was predicted, of people and of all of them but each.

From the latter the jackknife has its variances. Knows arrays only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.groups.intervals import Estimate, reach_of_t
from anthology.models.statistics.metrics import Floats

Bools = npt.NDArray[np.bool_]

FEWEST_OTHERS = 10  # answers besides the commonest one, below which an interval would be too narrow


class HasWhole(Protocol):
    """Whose first row is of all people, the others of all but each."""

    @property
    def whole(self) -> Self: ...


Whole = TypeVar("Whole", bound=HasWhole)


@dataclass(frozen=True)
class Moments:
    """Of q quantities (1 + n, q), the first row of all n people, then of all but each: weighted
    means of `own` answers and of predictions, and mean products of what each person moves the two
    means by, times the number of people.

    With weights w that is w (y − ȳ) / w̄ (linearisation, Binder 1983, International Statistical
    Review 51), of equal ones the deviation from the mean, so that the products are variances and
    the covariance.
    """

    own: Floats
    predicted: Floats
    own_spread: Floats
    predicted_spread: Floats
    together: Floats

    @classmethod
    def of(cls, own: Floats, predicted: Floats, weights: Floats) -> "Moments":
        """Of answers and predictions (n, q) and weights (n,) above 0 of three people or more."""
        w = weights[:, None]
        centres = means(own, weights), means(predicted, weights)
        y, f = own - centres[0], predicted - centres[1]  # else sums of squares would lose digits
        (count, total, ys, fs, w2, wy, wf, yy, ff, yf) = (
            np.concatenate([term.sum(axis=0, keepdims=True), term.sum(axis=0) - term])
            for term in (
                np.ones_like(w), w, w * y, w * f, w * w, w * w * y, w * w * f,
                w * w * y * y, w * w * f * f, w * w * y * f,
            )
        )  # fmt: skip
        ys, fs = ys / total, fs / total
        scale = np.square(count / total) / (count - 1)
        return cls(
            centres[0] + ys,
            centres[1] + fs,
            np.maximum(yy - 2 * ys * wy + ys * ys * w2, 0.0) * scale,
            np.maximum(ff - 2 * fs * wf + fs * fs * w2, 0.0) * scale,
            (yf - ys * wf - fs * wy + ys * fs * w2) * scale,
        )

    @property
    def whole(self) -> "Moments":
        """Of all people alone."""
        return Moments(*(getattr(self, field.name)[:1] for field in fields(self)))


def mean_and_spread(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """(q,) each of values (n, q) of all people, as in `Moments`; the spread divided by n is the
    mean's variance."""
    centre = means(values, weights)
    moved = np.square(weights / weights.mean()) @ np.square(values - centre)
    return centre, np.asarray(moved / (len(weights) - 1))


def variance(found: Floats) -> Floats:
    """(q,) of what was found of all and of all but each (1 + n, q), by the jackknife (Efron and
    Stein 1981, Annals of Statistics 9); of a mean its variance by the textbook."""
    n = len(found) - 1
    apart = found[1:] - found[1:].mean(axis=0)
    return np.asarray((n - 1) / n * np.square(apart).sum(axis=0))


def but_each(parts: Sequence[Whole]) -> Iterator[Sequence[Whole]]:
    """Independent groups of people one after the other: all rows of one, and of the others only
    what they are as they are. The variances of what each gives add up."""
    for place in range(len(parts)):
        yield [part if other == place else part.whole for other, part in enumerate(parts)]


def estimates(values: Floats, variances: Floats, freedom: int) -> list[Estimate]:
    """With 95% intervals, of Student's t."""
    reach = reach_of_t(freedom) * np.sqrt(variances)
    ends = zip(values, values - reach, values + reach, strict=True)
    return [Estimate(float(value), float(low), float(high)) for value, low, high in ends]


def means(values: Floats, weights: Floats) -> Floats:
    """(q,) of values (n, q)."""
    return np.asarray(weights @ values / weights.sum())


def enough_others(own: Floats) -> Bools:
    """Of which quantities (q,) answers (n, q) differ enough for intervals of Student's t to hold:
    ten or more are another than the commonest."""
    commonest = [np.unique(column, return_counts=True)[1].max(initial=0) for column in own.T]
    return np.asarray(len(own) - np.array(commonest) >= FEWEST_OTHERS)

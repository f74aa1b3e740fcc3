"""By how much resamples misjudge the error of a distance: the iterated bootstrap.

A distance is bent where it is 0, and so is a sum of distances where one of them is: how much it
varies depends on where it is, and resamples lie elsewhere than the people did who are resampled.
By as much as its variance in resamples differs from that in resamples of resamples, the true one
differs from that in resamples (Hall and Martin 1988, Biometrika 75; Davison and Hinkley 1997,
chapter 3.9). Knows arrays only.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.metrics import NO_VARIANCE, Floats, normalised

Places = npt.NDArray[np.intp]

LAGS = 4  # so each resample has eight of its own
MOST_SLOPE = 0.25  # at twice as much an interval would have no upper end


@dataclass(frozen=True)
class Error:
    """The standard error of a figure; by how much it grows where the figure does, `slope` per unit
    of it; of how many degrees of freedom it is known, besides those of people and resamples."""

    deviation: float
    slope: float
    freedom: float


class Drawn(Protocol):
    """What there is of some resamples, which can be parted and joined."""

    def __len__(self) -> int: ...

    def rows(self, which: slice) -> Self: ...

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self: ...


Some = TypeVar("Some", bound=Drawn)


def behind_others(blocks: Iterable[Some]) -> Iterator[Some]:
    """All resamples, each behind the LAGS before it, of which a block has as many more at its head:
    so no more than a block has to be kept. The first ones come last, behind the last of all
    (`in_order`)."""
    first, held = None, None
    for block in blocks:
        held = block if held is None else held.joined([held, block])
        if len(held) > LAGS:
            first = held.rows(slice(LAGS)) if first is None else first
            yield held
            held = held.rows(slice(-LAGS, None))
    if held is not None and first is not None:
        yield held.joined([held, first])
    elif held is not None:  # so few that `error` looks at none of theirs
        yield held.joined([held] * (LAGS + 1)).rows(slice(-LAGS - len(held), None))


def in_order(found: Sequence[Floats]) -> Floats:
    """(..., R) of what is found `behind_others`, block by block."""
    return np.roll(np.concatenate([one[..., LAGS:] for one in found], axis=-1), LAGS, axis=-1)


def twice(known: Floats, drawn: Floats, lag: int) -> Floats:
    """Resamples (R, ...) of the resamples (R, ...) of what is known (...): each with the errors of
    the one so many before it, too. Nothing is drawn anew, and nobody weighed."""
    return np.asarray(drawn + np.roll(drawn, lag, axis=0) - known)


def shares_twice(known: Floats, drawn: Floats, lag: int) -> Floats:
    """The same of distributions (..., K), in which no share is below 0."""
    return normalised(np.maximum(twice(known, drawn, lag), 0.0))


def at_lags(found: Callable[[int], Floats]) -> Floats:
    """(LAGS, ...) of what is found at each lag, for `error`."""
    return np.stack([found(lag) for lag in range(1, LAGS + 1)])


def error(once: Floats, again: Floats) -> Error:
    """Of a figure in resamples (R,), and in theirs (LAGS, R) (`at_lags` of what `twice` makes).

    How the variance around a resample follows where that lies is the slope; what it varies besides
    limits the degrees of freedom (Satterthwaite 1946, Biometrics Bulletin 2). Resamples in whose
    own something is not defined are left out.
    """
    spread = _variance(once[~np.isnan(once)])
    if once.size <= 2 * LAGS or spread <= NO_VARIANCE**2:
        return Error(math.sqrt(spread), 0.0, math.inf)
    others, lags, places = _neighbours(once.size)
    around, alone = again[lags, places], once[others]
    known = ~np.isnan(around + alone + once).any(axis=0)
    around, alone, once = around[:, known], alone[:, known], once[known]
    variance = np.var(around, axis=0, ddof=1)
    mean = float(variance.mean()) if variance.size > 1 else 0.0
    if mean <= NO_VARIANCE**2:
        return Error(math.sqrt(spread), 0.0, math.inf)
    # Of the same resamples where nothing is bent, so that of a mean the quotient is 1.
    expected = float(np.var(alone, axis=0, ddof=1).mean())
    follows = _covariance(once, variance) / spread
    # Of two estimates with errors of their own all that they share is variance of what is true.
    varies = _covariance(*(np.var(around[half::2], axis=0, ddof=1) for half in (0, 1)))
    left = max(0.0, varies - follows**2 * spread) / mean**2
    return Error(
        math.sqrt(spread * expected / mean),
        min(MOST_SLOPE, max(-MOST_SLOPE, follows / 2 / math.sqrt(spread))),
        2 / left if left > 0 else math.inf,
    )


@cache
def _neighbours(resamples: int) -> tuple[Places, Places, Places]:
    """By resample (2 LAGS, R) which others there are before it and after it, and at which lags and
    places stand those that have the errors of both."""
    place = np.arange(resamples)
    steps = [by for lag in range(1, LAGS + 1) for by in (lag, -lag)]
    others = np.array([(place - by) % resamples for by in steps])
    lags = np.repeat(np.abs(steps)[:, None] - 1, resamples, axis=1)
    # At a lag the later of both stands for the pair.
    places = np.array([place if by > 0 else (place - by) % resamples for by in steps])
    return others, lags, places


def _variance(values: Floats) -> float:
    return float(np.var(values, ddof=1)) if values.size > 1 else math.nan


def _covariance(one: Floats, other: Floats) -> float:
    return float((one - one.mean()) @ (other - other.mean())) / (one.size - 1)

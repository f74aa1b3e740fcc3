"""What figures of two sides are in many resamples of both, and the distributions of answers there,
of which the same can be said item by item.

Knows arrays only, and is told which figures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.groups.iterated import at_lags
from anthology.models.statistics.groups.profiles import Profile
from anthology.models.statistics.kinds import Compared
from anthology.models.statistics.metrics import Floats


@dataclass(frozen=True)
class Resampled:
    """In R resamples: by name of figure its values (R,), and of `one` side and the `other` by item
    the distributions (R, K_j); where humans are held against simulated people, they are the one.
    Of resamples of resamples the values (LAGS, R) of distances (`iterated`), if they were asked
    for."""

    figures: dict[str, Floats]
    one: list[Floats]
    other: list[Floats]
    twice: dict[str, Floats]


def resampled(
    figures: Sequence[Compared],
    blocks: Iterable[tuple[Profile, Profile]],
    known: tuple[Profile, Profile] | None = None,
) -> Resampled:
    """Of both sides' profiles, some resamples at a time, and of what is `known` of them."""
    values: list[list[Floats]] = []
    sides: tuple[list[Profile], list[Profile]] = ([], [])
    for pair in blocks:
        values.append([figure.value(*pair) for figure in figures])
        for side, profile in zip(sides, pair, strict=True):
            side.append(profile)
    joined = [np.concatenate(column) for column in zip(*values, strict=True)]
    one, other = (Profile.joined(side) for side in sides)
    found = dict(zip((figure.name for figure in figures), joined, strict=True))
    twice = {} if known is None else distances_twice(figures, known, (one, other))
    return Resampled(found, one.distributions, other.distributions, twice)


def distances_twice(
    figures: Sequence[Compared], known: tuple[Profile, Profile], drawn: tuple[Profile, Profile]
) -> dict[str, Floats]:
    """Of those figures that are distances, by name, what they are in resamples (LAGS, R) of
    resamples."""
    distances = [figure for figure in figures if figure.iterated]

    def values(lag: int) -> Floats:
        one, other = (side.twice(what, lag) for side, what in zip(drawn, known, strict=True))
        return np.array([figure.value(one, other) for figure in distances])

    found = np.moveaxis(at_lags(values), 1, 0)
    return {figure.name: one for figure, one in zip(distances, found, strict=True)}

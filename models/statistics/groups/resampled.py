"""What figures of two sides are in many resamples of both, and the distributions of answers there,
of which the same can be said item by item.

Knows arrays only, and is told which figures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.groups.profiles import Profile
from anthology.models.statistics.kinds import Compared
from anthology.models.statistics.metrics import Floats


@dataclass(frozen=True)
class Resampled:
    """In R resamples: by name of figure its values (R,), and of `one` side and the `other` by item
    the distributions (R, K_j); where humans are held against simulated people, they are the one."""

    figures: dict[str, Floats]
    one: list[Floats]
    other: list[Floats]


def resampled(figures: Sequence[Compared], blocks: Iterable[tuple[Profile, Profile]]) -> Resampled:
    """Of both sides' profiles, some resamples at a time, of which only this little is kept."""
    values: list[list[Floats]] = []
    sides: tuple[list[list[Floats]], list[list[Floats]]] = ([], [])
    for pair in blocks:
        values.append([figure.value(*pair) for figure in figures])
        for side, profile in zip(sides, pair, strict=True):
            side.append(profile.distributions)
    joined = [np.concatenate(column) for column in zip(*values, strict=True)]
    one, other = ([np.concatenate(item) for item in zip(*side, strict=True)] for side in sides)
    return Resampled({f.name: v for f, v in zip(figures, joined, strict=True)}, one, other)

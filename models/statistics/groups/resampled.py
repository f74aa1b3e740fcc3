"""What figures of two sides are in many resamples of both, and item by item those that are means
over items.

Knows arrays only, and is told which figures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from anthology.models.statistics.groups.iterated import LAGS
from anthology.models.statistics.groups.profiles import Profile
from anthology.models.statistics.kinds import Compared, OfDistributions
from anthology.models.statistics.metrics import Floats


@dataclass(frozen=True)
class Values:
    """By name of figure (..., R), and of figures of distributions by item (items, ..., R)."""

    figures: dict[str, Floats]
    items: dict[str, Floats]


@dataclass(frozen=True)
class Resampled(Values):
    """In R resamples; where humans are held against simulated people, they are the first side. Of
    distances also (..., LAGS, R) what they are in resamples of resamples (`iterated`), if something
    was known of the people as they are, and how many options the ordered items have."""

    twice: Values = field(default_factory=lambda: Values({}, {}))
    options: Sequence[int] = ()


def resampled(
    figures: Sequence[Compared],
    blocks: Iterable[tuple[Profile, Profile]],
    known: tuple[Profile, Profile] | None = None,
) -> Resampled:
    """Of both sides' profiles, some resamples at a time, and of what is `known` of them."""
    found: list[Values] = []
    sides: tuple[list[Profile], list[Profile]] = ([], [])
    for one, other in blocks:
        found.append(_values(figures, one, other))
        if known is not None:
            sides[0].append(one)
            sides[1].append(other)
    once = _together(found)
    if known is None:
        return Resampled(once.figures, once.items)
    distances = [figure for figure in figures if figure.iterated]
    drawn = [Profile.joined(side) for side in sides]
    lags = []
    for lag in range(1, LAGS + 1):
        one, other = (side.twice(what, lag) for side, what in zip(drawn, known, strict=True))
        lags.append(_values(distances, one, other))
    twice = Values(
        {name: np.stack([each.figures[name] for each in lags]) for name in lags[0].figures},
        {name: np.stack([each.items[name] for each in lags], axis=1) for name in lags[0].items},
    )
    options = [known[0].distributions[column].shape[-1] for column in known[0].columns]
    return Resampled(once.figures, once.items, twice, options)


def _values(figures: Sequence[Compared], one: Profile, other: Profile) -> Values:
    found = Values({}, {})
    for figure in figures:
        if isinstance(figure, OfDistributions):
            each = found.items[figure.name] = figure.each(one, other)
            found.figures[figure.name] = figure.mean(each, one, other)
        else:
            found.figures[figure.name] = figure.value(one, other)
    return found


def _together(blocks: Sequence[Values]) -> Values:
    first = blocks[0]
    return Values(
        {name: np.concatenate([one.figures[name] for one in blocks]) for name in first.figures},
        {name: np.concatenate([one.items[name] for one in blocks], axis=1) for name in first.items},
    )

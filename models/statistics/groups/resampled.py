"""What figures of two sides are in many resamples of both, and item by item those that are means
over items.

Knows arrays only, and is told which figures.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from anthology.models.statistics.groups.iterated import LAGS, behind_others, in_order
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


@dataclass(frozen=True)
class _Sides:
    """Both, in some resamples."""

    one: Profile
    other: Profile

    def __len__(self) -> int:
        return len(self.one)

    def rows(self, which: slice) -> "_Sides":
        return _Sides(self.one.rows(which), self.other.rows(which))

    @classmethod
    def joined(cls, parts: Sequence["_Sides"]) -> "_Sides":
        one, other = ([part.one for part in parts], [part.other for part in parts])
        return cls(Profile.joined(one), Profile.joined(other))


def resampled(
    figures: Sequence[Compared],
    blocks: Iterable[tuple[Profile, Profile]],
    known: tuple[Profile, Profile] | None = None,
) -> Resampled:
    """Of both sides' profiles, some resamples at a time, and of what is `known` of them."""
    found: list[Values] = []

    def drawn() -> Iterator[_Sides]:
        for one, other in blocks:
            found.append(_values(figures, one, other))
            yield _Sides(one, other)

    if known is None:
        again = [Values({}, {}) for _ in drawn()]
        options = []
    else:
        distances = [figure for figure in figures if figure.iterated]
        again = [_values_twice(distances, sides, known) for sides in behind_others(drawn())]
        options = [known[0].distributions[column].shape[-1] for column in known[0].columns]
    once = _joined(found, partial(np.concatenate, axis=-1))
    return Resampled(once.figures, once.items, _joined(again, in_order), options)


def _values(figures: Sequence[Compared], one: Profile, other: Profile) -> Values:
    found = Values({}, {})
    for figure in figures:
        if isinstance(figure, OfDistributions):
            each = found.items[figure.name] = figure.each(one, other)
            found.figures[figure.name] = figure.mean(each, one, other)
        else:
            found.figures[figure.name] = figure.value(one, other)
    return found


def _values_twice(
    figures: Sequence[Compared], drawn: _Sides, known: tuple[Profile, Profile]
) -> Values:
    one, other = known
    lags = [
        _values(figures, drawn.one.twice(one, lag), drawn.other.twice(other, lag))
        for lag in range(1, LAGS + 1)
    ]
    return _joined(lags, partial(np.stack, axis=-2))


def _joined(parts: Sequence[Values], joined: Callable[[Sequence[Floats]], Floats]) -> Values:
    first = parts[0]
    return Values(
        {name: joined([part.figures[name] for part in parts]) for name in first.figures},
        {name: joined([part.items[name] for part in parts]) for name in first.items},
    )

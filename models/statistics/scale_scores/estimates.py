"""Figures of scales, of one side and of both, how sure they are, and what humans score against
themselves; all by the names under which they are stored.

Knows arrays only. Both sides give one answer a person: humans their own, simulated people the one
that was drawn for them, as papers have scores.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

import numpy as np

from anthology.models.statistics import metrics
from anthology.models.statistics.figures import BY_NAME
from anthology.models.statistics.floors import Split, spread
from anthology.models.statistics.groups import draws
from anthology.models.statistics.groups.intervals import ANY, Estimate, Range, Shape, around
from anthology.models.statistics.groups.iterated import LAGS, shares_twice, twice
from anthology.models.statistics.metrics import NO_VARIANCE, Floats
from anthology.models.statistics.scale_scores import names
from anthology.models.statistics.scale_scores.keyed import Keyed
from anthology.models.statistics.scale_scores.scored import ScaleProfile, Scored

T = TypeVar("T")
Values = dict[str, Floats]

# Of intervals: what the same figures of items have, and the shapes of others that are not skewed.
OF_ITEMS = {name: BY_NAME[name] for name in ("wd", "alpha", "omega")}
SHAPES: Mapping[str, Shape] = {
    "mean": "even", "sd": "logarithm", **{name: one.shape for name, one in OF_ITEMS.items()},
}  # fmt: skip
RANGES: Mapping[str, Range] = {name: one.within() for name, one in OF_ITEMS.items()}
CORRELATION: Range = (-1, 1)


@dataclass(frozen=True)
class Found:
    """A figure with its 95% interval, and how many people of the one side it is of, of two sides
    the second."""

    estimate: Estimate
    n: int


def of_people(people: Scored, rng: np.random.Generator, replicates: int) -> dict[str, Found]:
    """What there is to say of the people of one side; those who share a persona are resampled
    together."""

    def values(times: Floats | None) -> Values:
        profile = _profile(people, times, reliability=True)
        return _of_people(people.scales, profile)

    return _estimated(people, values, lambda block: (_drawn(people, block, rng),), replicates)


def compared(
    humans: Scored, simulated: Scored, rng: np.random.Generator, replicates: int
) -> dict[str, Found]:
    """What there is to say of the simulated people, and of them and the humans; both sides are
    resampled, as for the figures of items (`comparison.intervals`)."""

    scales = simulated.scales
    seen: list[tuple[ScaleProfile, ScaleProfile]] = []

    def values(theirs: Floats | None, ours: Floats | None) -> Values:
        one = _profile(humans, theirs, reliability=False)
        other = _profile(simulated, ours, reliability=True)
        seen.append((one, other))
        return _of_people(scales, other) | _of_both(scales, one, other)

    def resampled(block: int) -> tuple[Floats, Floats]:
        return _drawn(humans, block, rng), _drawn(simulated, block, rng)

    def again() -> Values:
        known, *blocks = seen
        return _distances_twice(scales, known, blocks)

    return _estimated(simulated, values, resampled, replicates, len(humans.weights), again)


def floor(humans: Scored, splits: int, split: Split) -> dict[str, float]:
    """Of two groups of humans held against each other the mean and the standard deviation over so
    many splits, by name (`floors.halved`, `floors.sampled`)."""
    found: dict[str, list[Floats]] = {name: [] for name in names.of_both(_items(humans.scales))}
    for block in draws.blocks(splits, len(humans.weights)):
        one, other = (humans.profiles(side, reliability=False) for side in split(block))
        for name, values in _of_both(humans.scales, one, other).items():
            found[name].append(values)
    floors = {}
    for name, blocks in found.items():
        floors[name], floors[names.deviation_name(name)] = spread(np.concatenate(blocks))
    return floors


def _estimated(
    people: Scored,
    values: Callable[..., Values],
    resampled: Callable[[int], tuple[Floats, ...]],
    replicates: int,
    others: int = 0,
    distances_twice: Callable[[], Values] = dict,
) -> dict[str, Found]:
    """`values` of nothing but the people as they are, and around them those of resamples; of
    distances those of resamples of resamples, too."""
    known = values(*[None] * (2 if others else 1))
    drawn: list[Values] = [
        values(*resampled(block))
        for block in draws.blocks(replicates, max(len(people.weights), others))
    ]
    again = distances_twice()
    of_scale = {name: place for place, scale in enumerate(people.scales) for name in _own(scale)}
    counts = {
        place: (int(people.counted(place).sum()), people.independent(place))
        for place in (*range(len(people.scales)), None)
    }
    shapes = {names.FRO: BY_NAME["fro"].shape, **_by_name(people.scales, SHAPES)}
    ranges = {
        names.FRO: (0, np.inf),
        **_by_name(people.scales, RANGES),
        **_of_scores(people.scales),
        **dict.fromkeys(names.correlations(_items(people.scales)), CORRELATION),
    }
    found = {}
    for name, [value] in known.items():
        n, independent = counts[of_scale.get(name)]
        replicated = np.concatenate([one[name] for one in drawn])
        within, shape = ranges.get(name, ANY), shapes.get(name, "skewed")
        one = around(float(value), replicated, independent, within, shape, again.get(name))
        found[name] = Found(one, n)
    return found


def _by_name(scales: Sequence[Keyed], by_figure: Mapping[str, T]) -> dict[str, T]:
    """What is so of a figure, by the name that it has of each scale."""
    return {
        names.figure_name(scale.name, figure): what
        for scale in scales
        for figure, what in by_figure.items()
    }


def _of_scores(scales: Sequence[Keyed]) -> dict[str, Range]:
    """Between the lowest score there can be and the highest."""
    found: dict[str, Range] = {}
    for scale in scales:
        reach = scale.steps / len(scale.items)
        found[names.figure_name(scale.name, "mean")] = 1, 1 + reach
        found[names.figure_name(scale.name, "wd")] = 0, reach
    return found


def _items(scales: Sequence[Keyed]) -> names.Items:
    return {scale.name: scale.items for scale in scales}


def _own(scale: Keyed) -> list[str]:
    """What is of one scale alone."""
    figures = (*names.OF_SCORES, *names.COMPARED)
    return [
        *(names.figure_name(scale.name, figure) for figure in figures),
        *(names.item_name(scale.name, item) for item in scale.items),
    ]


def _profile(people: Scored, times: Floats | None, *, reliability: bool) -> ScaleProfile:
    if times is None:
        return people.profile()
    return people.profiles(times, reliability=reliability)


def _drawn(people: Scored, resamples: int, rng: np.random.Generator) -> Floats:
    return draws.bootstrap(resamples, len(people.weights), people.personas, rng)


def _of_people(scales: Sequence[Keyed], profile: ScaleProfile) -> Values:
    found: Values = {}
    for place, scale in enumerate(scales):
        for figure in names.OF_SCORES:
            found[names.figure_name(scale.name, figure)] = getattr(profile, figure)[:, place]
        for item, values in zip(scale.items, profile.rest[place].T, strict=True):
            found[names.item_name(scale.name, item)] = values
    for (i, one), (j, other) in combinations(enumerate(scales), 2):
        both = profile.varies[:, i] & profile.varies[:, j]
        found[names.correlation_name(one.name, other.name)] = np.where(
            both, profile.correlation[:, i, j], np.nan
        )
    return found


def _of_both(scales: Sequence[Keyed], theirs: ScaleProfile, ours: ScaleProfile) -> Values:
    """Wasserstein distances of scores, in steps of an item; differences of means in the humans'
    standard deviations (Glass 1976, Educational Researcher 5), which are the same for every
    condition; the Frobenius distance of the correlations between scales."""
    differences = {
        names.figure_name(scale.name, "difference"): _standardised(
            ours.mean[:, place] - theirs.mean[:, place], theirs.sd[:, place]
        )
        for place, scale in enumerate(scales)
    }
    return differences | _distances(
        scales, *((one.distributions, one.correlation) for one in (theirs, ours))
    )


def _distances(scales: Sequence[Keyed], *sides: tuple[Sequence[Floats], Floats]) -> Values:
    """Of two sides' distributions by scale (R, steps + 1), and correlations (R, scales, scales)."""
    (p, a), (q, b) = sides
    found = {
        names.figure_name(scale.name, "wd"): metrics.wasserstein(one, other) / len(scale.items)
        for scale, one, other in zip(scales, p, q, strict=True)
    }
    if len(scales) > 1:
        found[names.FRO] = metrics.frobenius(a, b)
    return found


def _distances_twice(
    scales: Sequence[Keyed],
    known: tuple[ScaleProfile, ScaleProfile],
    blocks: Sequence[tuple[ScaleProfile, ScaleProfile]],
) -> Values:
    """The same of resamples of resamples (LAGS, R)."""

    def values(lag: int) -> Values:
        sides = []
        for one, drawn in zip(known, zip(*blocks, strict=True), strict=True):
            shares = [
                shares_twice(before, np.concatenate(of_scale), lag)
                for before, of_scale in zip(
                    one.distributions, zip(*(part.distributions for part in drawn), strict=True),
                    strict=True,
                )
            ]  # fmt: skip
            correlations = np.concatenate([part.correlation for part in drawn])
            sides.append((shares, twice(one.correlation, correlations, lag)))
        return _distances(scales, *sides)

    found = [values(lag) for lag in range(1, LAGS + 1)]
    return {name: np.stack([one[name] for one in found]) for name in found[0]}


def _standardised(difference: Floats, sd: Floats) -> Floats:
    some = sd**2 > NO_VARIANCE
    return np.asarray(np.divide(difference, sd, out=np.full(sd.shape, np.nan), where=some))

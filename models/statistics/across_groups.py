"""Several groups of people side by side: how much they vary within, and whether the simulation is
as near to one group as to another.

Knows arrays only. Of a group by itself there are the figures of `comparison.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anthology.models.statistics import floors
from anthology.models.statistics.comparison import Humans, Simulated
from anthology.models.statistics.figures import leading
from anthology.models.statistics.groups import draws
from anthology.models.statistics.groups.intervals import Estimate, Shape, around
from anthology.models.statistics.groups.iterated import at_lags
from anthology.models.statistics.groups.profiles import Profile, scales
from anthology.models.statistics.kinds import mean_where_defined
from anthology.models.statistics.metrics import Answers, Floats, normalised, variance

PREFIX = "groups"
WITHIN, GAP = "within_spread", "parity_gap"
SHAPES: dict[str, Shape] = {WITHIN: "logarithm", GAP: "distance"}
FEWEST = 2  # groups

OF_CONDITIONS = (WITHIN, GAP, f"{WITHIN}_drawn", f"{GAP}_drawn")
OF_FLOORS = (WITHIN, GAP, f"{WITHIN}_sd", f"{GAP}_sd")

Members = npt.NDArray[np.int64]  # the number of everybody's group, -1 of none
Found = dict[str, Floats]


@dataclass(frozen=True)
class _Side:
    """People of groups 0..G-1, each with what its answers weigh in every option (n, ΣK)."""

    cells: Floats
    groups: Members
    items: "Items"

    def profiles(self, times: Floats, count: int) -> list[Profile]:
        """Of every group, its people repeated so many times (R, n)."""
        return [
            self.items.profile(times[:, self.groups == group] @ self.cells[self.groups == group])
            for group in range(count)
        ]


@dataclass(frozen=True)
class Items:
    """How many `options` every item has, and whether they are `ordered`."""

    options: Sequence[int]
    ordered: Sequence[bool]

    @property
    def columns(self) -> list[int]:
        return scales(self.options, self.ordered)

    def of_answers(self, answers: Answers, weights: Floats, groups: Members) -> _Side:
        hot = [answers[:, j, None] == np.arange(k) for j, k in enumerate(self.options)]
        return _Side(np.concatenate(hot, axis=1) * weights[:, None], groups, self)

    def of_probabilities(self, simulated: Simulated, groups: Members) -> _Side:
        joint = np.concatenate([np.nan_to_num(item) for item in simulated.probabilities], axis=1)
        return _Side(joint * simulated.weights[:, None], groups, self)

    def profile(self, masses: Floats) -> Profile:
        """Distributions alone, of masses (R, ΣK)."""
        ends = np.cumsum(self.options)[:-1]
        nothing = np.empty((len(masses), 0, 0))
        found = [normalised(mass) for mass in np.split(masses, ends, axis=1)]
        return Profile(found, nothing, nothing, self.columns)

    def found(self, humans: Sequence[Profile], others: Sequence[Profile], sizes: Floats) -> Found:
        """Both figures (R,) of groups, of which the humans' `sizes` (G,) weigh the variances, so
        that on both sides the groups are as large."""
        figure = leading(any(self.ordered))
        each = np.array([figure.value(*both) for both in zip(humans, others, strict=True)])
        known = (~np.isnan(each)).sum(axis=0) >= FEWEST
        gap = np.full(each.shape[1], np.nan)
        if known.any():
            gap[known] = np.nanmax(each[:, known], axis=0) - np.nanmin(each[:, known], axis=0)
        return {WITHIN: self._within(humans, others, sizes), GAP: gap}

    def _within(
        self, humans: Sequence[Profile], others: Sequence[Profile], sizes: Floats
    ) -> Floats:
        ratios = []
        for column in self.columns:
            theirs, ours = (
                np.array([variance(group.distributions[column]) for group in side])
                for side in (humans, others)
            )
            lacking = np.isnan(theirs) | np.isnan(ours)
            of_humans, of_others = (
                (np.where(lacking, 0.0, side) * sizes[:, None]).sum(axis=0)
                for side in (theirs, ours)
            )
            some = of_humans > 0
            ratios.append(np.where(some, of_others / np.where(some, of_humans, 1.0), np.nan))
        if not ratios:
            return np.full(len(humans[0].distributions[0]), np.nan)
        return mean_where_defined(np.array(ratios))


def estimates(
    humans: Humans, simulated: Simulated, groups: tuple[Members, Members],
    ordered: Sequence[bool], rng: np.random.Generator, replicates: int,
) -> dict[str, Estimate]:  # fmt: skip
    """The spread within groups and the parity gap, by name, with 95% intervals; `_drawn` those of
    one drawn answer each. `groups` are the numbers of the humans' (N,) and the doubles' (n,).

    Both sides are resampled across the groups, those who share a persona together, so that what one
    story says in two groups is one story.
    """
    items = Items([item.shape[1] for item in simulated.probabilities], ordered)
    count = int(groups[0].max()) + 1
    sizes = _sizes(humans.weights, groups[0], count)
    theirs = items.of_answers(humans.answers, humans.weights, groups[0])
    drawn = items.of_answers(simulated.answers, simulated.weights, groups[1])
    ours = items.of_probabilities(simulated, groups[1])
    everybody, doubles = (np.ones((1, len(side.groups))) for side in (theirs, ours))
    mine = theirs.profiles(everybody, count)
    known = mine, ours.profiles(doubles, count)
    value = items.found(*known, sizes)
    of_drawn = items.found(mine, drawn.profiles(doubles, count), sizes)
    blocks = [
        (
            theirs.profiles(draws.bootstrap(block, len(theirs.groups), None, rng), count),
            ours.profiles(draws.bootstrap(block, len(ours.groups), simulated.personas, rng), count),
        )
        for block in draws.blocks(replicates, max(len(theirs.groups), len(ours.groups)))
    ]
    once = [
        [Profile.joined(group) for group in zip(*side, strict=True)]
        for side in zip(*blocks, strict=True)
    ]

    def gap_twice(lag: int) -> Floats:
        one, other = (
            [group.twice(as_is, lag) for group, as_is in zip(side, people, strict=True)]
            for side, people in zip(once, known, strict=True)
        )
        return items.found(one, other, sizes)[GAP]

    theirs_once, ours_once = once
    resampled = items.found(theirs_once, ours_once, sizes)
    twice = {GAP: at_lags(gap_twice)}
    found = {}
    for name, shape in SHAPES.items():
        found[name] = around(
            float(value[name][0]), resampled[name], simulated.independent, (0.0, np.inf), shape,
            twice.get(name),
        )  # fmt: skip
        found[drawn_name(name)] = Estimate(float(of_drawn[name][0]))
    return found


def floor(
    humans: Humans, members: Members, options: Sequence[int], ordered: Sequence[bool],
    splits: int, split: Sequence[floors.Split],
) -> dict[str, float]:  # fmt: skip
    """What humans score against each other, by name, and `_sd` over splits; every group is `split`
    in a way of its own."""
    items, count = Items(options, ordered), int(members.max()) + 1
    weights = _sizes(humans.weights, members, count)
    one, other = [], []
    for group in range(count):
        inside = members == group
        whose = np.zeros(int(inside.sum()), dtype=np.int64)
        side = items.of_answers(humans.answers[inside], humans.weights[inside], whose)
        pair = [side.profiles(times, 1)[0] for times in split[group](splits)]
        one.append(pair[0])
        other.append(pair[1])
    found = {}
    for name, values in items.found(one, other, weights).items():
        found[name], found[deviation_name(name)] = floors.spread(values)
    return found


def stored_name(crossing: str, name: str) -> str:
    """Of a trait or a crossing of several; no other name begins so."""
    return f"{PREFIX}/{crossing}/{name}"


def told(stored: str) -> tuple[str, str]:
    """The crossing and the name of what is `stored`; empty where it is none of these."""
    first, *crossing, name = stored.split("/") if stored.count("/") == 2 else ("", "", "")
    return (crossing[0], name) if first == PREFIX else ("", "")


def drawn_name(name: str) -> str:
    return f"{name}_drawn"


def deviation_name(name: str) -> str:
    return f"{name}_sd"


def _sizes(weights: Floats, groups: Members, count: int) -> Floats:
    inside = groups >= 0
    return np.bincount(groups[inside], weights[inside], minlength=count).astype(np.float64)

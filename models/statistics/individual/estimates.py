"""Figures of pairs with their intervals, and what share they are of people's agreement with
themselves.

Knows arrays only; the formulas are in `pairs.py`, which figures there are in `figures.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.comparison import Simulated
from anthology.models.statistics.described import resamples
from anthology.models.statistics.figures import OF_PAIRS, RETESTED
from anthology.models.statistics.groups.intervals import Estimate, around
from anthology.models.statistics.individual.joint_tables import joint_tables
from anthology.models.statistics.individual.pairs import Pairs
from anthology.models.statistics.kinds import OfPairs, mean_where_defined, of_kinds
from anthology.models.statistics.metrics import NO_VARIANCE, Answers, Floats

Values = Callable[[Floats], Floats]  # of weights (R, n) the figures (R, ...)


@dataclass(frozen=True)
class Resampled:
    """The figures of pairs, in the order of `OF_PAIRS`, of m items (m, figures), and of R resamples
    of people (R, m, figures); how many options those items have that are ordered."""

    values: Floats
    drawn: Floats
    options: Sequence[int] = ()


def resampled(
    own: Answers, simulated: Simulated, ordered: Sequence[bool], rng: np.random.Generator,
    replicates: int,
) -> Resampled:  # fmt: skip
    """Of own answers (n, m) and of the simulated people who stand, row by row, for those who gave
    them. Each person is resampled together with their double, and those who share a persona
    together."""

    def values(weights: Floats) -> Floats:
        tables = joint_tables(own, simulated.probabilities, weights)
        found = [_by_item(figure, tables, ordered) for figure in OF_PAIRS]
        return np.moveaxis(np.array(found), (0, 1, 2), (2, 1, 0))

    scales = zip(simulated.probabilities, ordered, strict=True)
    options = [item.shape[1] for item, scale in scales if scale]
    return Resampled(*_resampled(values, simulated, rng, replicates), options)


def estimates(found: Resampled, independent: float) -> dict[str, Estimate]:
    """By name every figure of pairs, the mean over the items on which it is defined. Those with an
    interval have one by bootstrap (`intervals.around`) of so many independent people."""
    values = mean_where_defined(found.values)
    drawn = mean_where_defined(np.moveaxis(found.drawn, 1, 0))
    return {
        figure.name: around(value, column, independent, figure.within(found.options), figure.shape)
        if figure.interval
        else Estimate(value)
        for figure, value, column in zip(OF_PAIRS, values.tolist(), drawn.T, strict=True)
    }


def of_pairs(
    own: Answers, simulated: Simulated, ordered: Sequence[bool], weights: Floats
) -> Floats:
    """The figures (R, figures), in the order of `OF_PAIRS`, under weights (R, n) of the simulated
    people, who stand row by row for those who gave the own answers (n, m)."""
    tables = joint_tables(own, simulated.probabilities, weights)
    found = [mean_where_defined(_by_item(figure, tables, ordered)) for figure in OF_PAIRS]
    return np.stack(found, axis=1)


def of_retest(
    own: Answers, again: Answers, simulated: Simulated, ordered: Sequence[bool],
    rng: np.random.Generator, replicates: int,
) -> dict[str, Estimate]:  # fmt: skip
    """By name (`OfPairs.of_retest`) every figure of pairs divided by the one that people reach who
    answer for themselves `again` (n, m), -1 where missing.

    Both are of the same people, items and weights: those with a first, a second and a simulated
    answer. So Park et al. (2024), arXiv 2411.10109, normalise accuracy; here means are divided, and
    not each person's own, since who contradicts all of their first answers has no quotient. NaN
    where the figure of people with themselves is not above 0.
    """
    both = np.where(again < 0, -1, own)
    second = [
        np.eye(item.shape[1])[again[:, j]] * item.sum(axis=1, keepdims=True)
        for j, item in enumerate(simulated.probabilities)
    ]

    def values(weights: Floats) -> Floats:
        theirs = joint_tables(both, second, weights)
        ours = joint_tables(both, simulated.probabilities, weights)
        found = [
            _ratio(_by_item(figure, ours, ordered), _by_item(figure, theirs, ordered))
            for figure in RETESTED
        ]
        return np.stack(found, axis=1)

    found, drawn = _resampled(values, simulated, rng, replicates)
    return {
        figure.of_retest: around(value, column, simulated.independent)
        for figure, value, column in zip(RETESTED, found, drawn.T, strict=True)
    }


def _by_item(figure: OfPairs, tables: Sequence[Pairs], ordered: Sequence[bool]) -> Floats:
    """(m, R); NaN on items without an order of a figure that needs one."""

    def found(places: Sequence[int]) -> Floats:
        chosen, scale = [tables[place] for place in places], ordered[places[0]]
        squares = np.stack([one.squares for one in chosen])
        if figure.ordered and not scale:
            return np.full(squares.shape, np.nan)
        return figure.function(Pairs(np.stack([one.shares for one in chosen]), squares), scale)

    return of_kinds(
        [(one.shares.shape[-1], scale) for one, scale in zip(tables, ordered, strict=True)], found
    )


def _ratio(ours: Floats, theirs: Floats) -> Floats:
    """Of the means over the items on which both are defined."""
    missing = np.isnan(ours) | np.isnan(theirs)
    above = mean_where_defined(np.where(missing, np.nan, ours))
    below = mean_where_defined(np.where(missing, np.nan, theirs))
    found = np.full(above.shape, np.nan)
    np.divide(above, below, out=found, where=below > NO_VARIANCE)  # else it is rounding
    return found


def _resampled(
    values: Values, simulated: Simulated, rng: np.random.Generator, replicates: int
) -> tuple[Floats, Floats]:
    """Of the people as they are (...), and of resamples (R, ...)."""
    [found] = values(simulated.weights[None, :])
    drawn = [values(times * simulated.weights) for times in resamples(simulated, rng, replicates)]
    return found, np.concatenate(drawn)

"""Figures of pairs with their intervals, and what share they are of people's agreement with
themselves.

Knows arrays only; the formulas are in `pairs.py`, which figures there are in `figures.py`.
"""

from collections.abc import Callable, Sequence

import numpy as np

from anthology.models.statistics.comparison import Simulated
from anthology.models.statistics.described import resamples
from anthology.models.statistics.figures import OF_PAIRS, RETESTED
from anthology.models.statistics.groups.intervals import Estimate, around
from anthology.models.statistics.individual.joint_tables import joint_tables
from anthology.models.statistics.individual.pairs import Pairs
from anthology.models.statistics.kinds import OfPairs, mean_where_defined
from anthology.models.statistics.metrics import Answers, Floats

Values = Callable[[Floats], Floats]  # of weights (R, n) the figures (R, figures)


def estimates(
    own: Answers, simulated: Simulated, ordered: Sequence[bool], rng: np.random.Generator,
    replicates: int,
) -> dict[str, Estimate]:  # fmt: skip
    """By name every figure of pairs: of own answers (n, m) and of the simulated people who stand,
    row by row, for those who gave them. The mean over the items on which it is defined.

    Those with an interval have one by bootstrap (`intervals.around`), each person resampled
    together with their double, and those who share a persona together.
    """

    def values(weights: Floats) -> Floats:
        return of_pairs(own, simulated, ordered, weights)

    found = zip(OF_PAIRS, _estimated(values, simulated, rng, replicates), strict=True)
    return {figure.name: one if figure.interval else Estimate(one.value) for figure, one in found}


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

    found = _estimated(values, simulated, rng, replicates)
    return {figure.of_retest: one for figure, one in zip(RETESTED, found, strict=True)}


def _by_item(figure: OfPairs, tables: Sequence[Pairs], ordered: Sequence[bool]) -> Floats:
    """(m, R); NaN on items without an order of a figure that needs one."""
    return np.array([
        np.full(table.squares.shape, np.nan) if figure.ordered and not scale
        else figure.function(table, scale)
        for table, scale in zip(tables, ordered, strict=True)
    ])  # fmt: skip


def _ratio(ours: Floats, theirs: Floats) -> Floats:
    """Of the means over the items on which both are defined."""
    missing = np.isnan(ours) | np.isnan(theirs)
    above = mean_where_defined(np.where(missing, np.nan, ours))
    below = mean_where_defined(np.where(missing, np.nan, theirs))
    found = np.full(above.shape, np.nan)
    np.divide(above, below, out=found, where=below > 0)
    return found


def _estimated(
    values: Values, simulated: Simulated, rng: np.random.Generator, replicates: int
) -> list[Estimate]:
    [found] = values(simulated.weights[None, :])
    drawn = np.concatenate(
        [values(times * simulated.weights) for times in resamples(simulated, rng, replicates)]
    )
    return [
        around(value, column, simulated.independent)
        for value, column in zip(found, drawn.T, strict=True)
    ]

"""Figures of pairs with their intervals, and what share they are of people's agreement with
themselves.

Knows arrays only; the formulas are in `metrics.py`, which figures there are in `figures.py`.
"""

from collections.abc import Callable, Sequence

import numpy as np

from anthology.models.statistics.comparison import Simulated, resampled
from anthology.models.statistics.described import Estimate, around, several
from anthology.models.statistics.figures import OF_PAIRS
from anthology.models.statistics.individual.joint_tables import joint_tables
from anthology.models.statistics.kinds import OfPairs
from anthology.models.statistics.metrics import Answers, Floats

BLOCK = 100  # resamples weighed at once: 8 MB of weights for 10,000 people

Values = Callable[[Floats], Floats]  # of weights (R, n) the figures (R, figures)


def estimates(
    own: Answers, simulated: Simulated, ordered: Sequence[bool], rng: np.random.Generator,
    replicates: int,
) -> dict[str, Estimate]:  # fmt: skip
    """By name every figure of pairs: of own answers (n, m) and of the simulated people who stand,
    row by row, for those who gave them. The mean over the items on which it is defined.

    Intervals are 1.96 bootstrap standard errors to each side (Efron 1979), each person resampled
    together with their double, and those who share a persona together.
    """

    def values(weights: Floats) -> Floats:
        tables = joint_tables(own, simulated.probabilities, weights)
        found = [_mean(_by_item(figure, tables, ordered)) for figure in OF_PAIRS]
        return np.stack(found, axis=1)

    found = _estimated(values, simulated, rng, replicates)
    return {figure.name: one for figure, one in zip(OF_PAIRS, found, strict=True)}


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
            for figure in OF_PAIRS
        ]
        return np.stack(found, axis=1)

    found = _estimated(values, simulated, rng, replicates)
    return {figure.of_retest: one for figure, one in zip(OF_PAIRS, found, strict=True)}


def _by_item(figure: OfPairs, tables: Sequence[Floats], ordered: Sequence[bool]) -> Floats:
    """(m, R)"""
    return np.array(
        [figure.function(table, scale) for table, scale in zip(tables, ordered, strict=True)]
    )


def _mean(values: Floats) -> Floats:
    """Over the items (m, R) where it is defined; NaN where it is on none."""
    defined = ~np.isnan(values)
    sums, counts = np.nansum(values, axis=0), defined.sum(axis=0)
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))


def _ratio(ours: Floats, theirs: Floats) -> Floats:
    """Of the means over the items on which both are defined."""
    missing = np.isnan(ours) | np.isnan(theirs)
    above = _mean(np.where(missing, np.nan, ours))
    below = _mean(np.where(missing, np.nan, theirs))
    found = np.full(above.shape, np.nan)
    np.divide(above, below, out=found, where=below > 0)
    return found


def _estimated(
    values: Values, simulated: Simulated, rng: np.random.Generator, replicates: int
) -> list[Estimate]:
    [found] = values(simulated.weights[None, :])
    if not several(simulated):
        return [Estimate(float(value)) for value in found]
    people, personas, drawn = len(simulated.weights), simulated.personas, []
    for start in range(0, replicates, BLOCK):
        times = [
            np.bincount(resampled(people, personas, rng), minlength=people)
            for _ in range(min(BLOCK, replicates - start))
        ]
        drawn.append(values(simulated.weights * np.array(times)))
    columns = np.concatenate(drawn).T
    return [around(value, column) for value, column in zip(found, columns, strict=True)]

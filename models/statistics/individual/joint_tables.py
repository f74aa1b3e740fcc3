"""Counts pairs: what people answered and what was answered for them, item by item.

All that is said of individual agreement is said of these tables. Knows arrays only.
"""

from collections.abc import Sequence

import numpy as np

from anthology.models.statistics.individual.pairs import Pairs, positions
from anthology.models.statistics.metrics import Answers, Floats


def joint_tables(own: Answers, others: Sequence[Floats], weights: Floats) -> list[Pairs]:
    """By item the pairs under each of R sets of weights.

    own (n, m): positions, -1 where missing; others: by item the probabilities (n, K) of each
    option, a row of NaN where there is no answer; weights (R, n). A row that sums to less than 1,
    the rest being a refusal, counts for as much less. NaN where there is no pair.
    """
    by_person = np.ascontiguousarray(weights.T)  # a person's weights side by side: faster to take
    return [_pairs(own[:, j], item, by_person) for j, item in enumerate(others)]


def _pairs(own: Answers, item: Floats, weights: Floats) -> Pairs:
    options, sets = item.shape[1], weights.shape[1]
    given = np.nan_to_num(item)
    answering = given.sum(axis=1)
    expected = given @ positions(options)  # times the share that answers
    square = np.divide(np.square(expected), answering, out=np.zeros(len(own)), where=answering > 0)
    terms = np.column_stack([given, square]).T
    masses, squares = np.empty((options, options, sets)), np.zeros(sets)
    for k in range(options):
        rows = np.flatnonzero(own == k)
        found = terms[:, rows] @ weights[rows]
        masses[k] = found[:-1]
        squares += found[-1]
    totals = masses.sum(axis=(0, 1))
    some = totals > 0
    shares = np.divide(masses, totals, out=np.full(masses.shape, np.nan), where=some)
    squares = np.divide(squares, totals, out=np.full(sets, np.nan), where=some)
    return Pairs(np.moveaxis(shares, -1, 0), squares)

"""What people answered and what was answered for them, as one table an item, of pairs of answers.

All that is said of individual agreement is said of these tables. Knows arrays only.
"""

from collections.abc import Sequence

import numpy as np

from anthology.models.statistics.metrics import Answers, Floats


def joint_tables(own: Answers, others: Sequence[Floats], weights: Floats) -> list[Floats]:
    """By item the shares (R, K, K) of people who answered k and for whom l was answered, under each
    of R sets of weights.

    own (n, m): positions, -1 where missing; others: by item the probabilities (n, K) of each
    option, a row of NaN where there is no answer; weights (R, n). A row that sums to less than 1,
    the rest being a refusal, counts for as much less. NaN where there is no pair.
    """
    return [_table(own[:, j], item, weights) for j, item in enumerate(others)]


def _table(own: Answers, item: Floats, weights: Floats) -> Floats:
    given = np.nan_to_num(item)
    groups = [np.flatnonzero(own == k) for k in range(item.shape[1])]
    masses = np.stack([weights[:, rows] @ given[rows] for rows in groups], axis=1)
    totals = masses.sum(axis=(1, 2), keepdims=True)
    shares = np.full(masses.shape, np.nan)
    np.divide(masses, totals, out=shares, where=totals > 0)
    return shares

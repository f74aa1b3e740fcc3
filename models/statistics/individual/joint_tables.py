"""Counts pairs: what people answered and what was answered for them, item by item.

All that is said of individual agreement is said of these tables. Those of many sets of weights are
one product of matrices, of which most terms are 0: it costs half of picking those who gave each
answer. Knows arrays only.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from anthology.models.statistics.individual.pairs import Pairs, positions
from anthology.models.statistics.metrics import Answers, Floats

PEOPLE = 1024  # at a time: their terms are some MB


def joint_tables(own: Answers, others: Sequence[Floats], weights: Floats) -> list[Pairs]:
    """By item the pairs under each of R sets of weights.

    own (n, m): positions, -1 where missing; others: by item the probabilities (n, K) of each
    option, a row of NaN where there is no answer; weights (R, n). A row that sums to less than 1,
    the rest being a refusal, counts for as much less. NaN where there is no pair.
    """
    ends = np.cumsum([item.shape[1] ** 2 + 1 for item in others]).tolist()
    places = [slice(*ends_of) for ends_of in pairwise([0, *ends])]
    sums = np.zeros((len(weights), ends[-1] if ends else 0))
    for start in range(0, len(own), PEOPLE):
        rows = slice(start, start + PEOPLE)
        terms = np.empty((sums.shape[1], len(own[rows])))
        for j, (item, place) in enumerate(zip(others, places, strict=True)):
            _write(terms[place], own[rows, j], item[rows])
        sums += weights[:, rows] @ terms.T
    return [_pairs(sums[:, place]) for place in places]


def _write(terms: Floats, own: Answers, item: Floats) -> None:
    """Of each person (n,) one row a pair of options: the probability of the second where they
    answered the first; then the square that is expected of the position, times the share that
    answers (K² + 1, n)."""
    given = item.T.copy()
    given[np.isnan(given)] = 0.0
    options, n = given.shape
    chosen = own == np.arange(options)[:, None]
    np.multiply(chosen[:, None], given, out=terms[:-1].reshape(options, options, n))
    answering = given.sum(axis=0)
    expected = positions(options) @ given
    some = chosen.any(axis=0) & (answering > 0)
    terms[-1] = np.divide(np.square(expected), answering, out=np.zeros(n), where=some)


def _pairs(sums: Floats) -> Pairs:
    """Of sums (R, K² + 1) over people."""
    sets, options = len(sums), math.isqrt(sums.shape[1])
    masses = sums[:, :-1].reshape(sets, options, options)
    totals = masses.sum(axis=(1, 2))
    some = totals > 0
    shares = np.full(masses.shape, np.nan)
    np.divide(masses, totals[:, None, None], out=shares, where=some[:, None, None])
    squares = np.divide(sums[:, -1], totals, out=np.full(sets, np.nan), where=some)
    return Pairs(shares, squares)

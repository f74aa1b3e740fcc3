"""Draws a sample of people whose traits have given shares, as nearly as the people allow.

Raking (Deming and Stephan 1940, Annals of Mathematical Statistics 11) finds the weights under which
all have the shares asked for; by them people are drawn without replacement (Efraimidis and Spirakis
2006, Information Processing Letters 97), which keeps how traits hang together. What chance left off
is then exchanged: one person for another as long as that brings the squared deviations from the
quotas down.

Knows arrays only. Positions `bins` (N, T) are -1 where a trait is unknown; `shares` are, by trait,
those of its options (K_t,), summing to 1.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.metrics import Answers, Floats

Bools = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]

ROUNDS = 200  # of raking; two or three traits need some ten
SETTLED = 1e-9
SMALL = 1e-9  # a change of the deviations that is rounding


def eligible(bins: Answers, shares: Sequence[Floats]) -> Bools:
    """Who can be drawn (N,): people known in all traits, whose options have a share above 0."""
    known = (bins >= 0).all(axis=1)
    return np.asarray(
        known & np.all([share[bins[:, t]] > 0 for t, share in enumerate(shares)], axis=0)
    )


def sample(bins: Answers, shares: Sequence[Floats], size: int, rng: np.random.Generator) -> Indices:
    """The rows of `size` people, ascending. Raises ValueError where fewer can be drawn."""
    rows = np.flatnonzero(eligible(bins, shares))
    if len(rows) < size:
        raise ValueError(f"{len(rows)} people can be drawn, not {size}")
    cells, cell_of = np.unique(bins[rows], axis=0, return_inverse=True)
    people = np.bincount(cell_of, minlength=len(cells))
    weights = _raked(cells, people, shares)
    turns = rng.exponential(size=len(rows)) / weights[cell_of]
    order = np.argsort(turns, kind="stable")
    taken: Answers = np.bincount(cell_of[order[:size]], minlength=len(cells))
    taken = _exchanged(cells, people, taken, [size * share for share in shares])
    chosen = [order[cell_of[order] == cell][:count] for cell, count in enumerate(taken)]
    return np.sort(rows[np.concatenate(chosen)])


def _raked(cells: Answers, people: Answers, shares: Sequence[Floats]) -> Floats:
    """A weight for the people of each cell, under which every trait has its shares, or nearly so
    where no weights can give them."""
    weights = np.ones(len(cells))
    for _ in range(ROUNDS):
        before = weights
        for t, share in enumerate(shares):
            have = np.bincount(cells[:, t], weights * people, minlength=len(share))
            factors = np.divide(share, have, out=np.zeros(len(share)), where=have > 0)
            weights = np.maximum(weights * factors[cells[:, t]], np.finfo(np.float64).tiny)
        if np.abs(weights - before).max() < SETTLED * before.max():
            break
    return weights


def _exchanged(
    cells: Answers, people: Answers, taken: Answers, quotas: Sequence[Floats]
) -> Answers:
    """How many to take of each cell, after the exchanges that bring deviations down the most."""
    taken = taken.copy()
    while True:
        change = np.zeros((len(cells), len(cells)))  # from leaving a cell (row) for another
        for t, quota in enumerate(quotas):
            bins = cells[:, t]
            over = (np.bincount(bins, taken, minlength=len(quota)) - quota)[bins]
            # Of two options one has one person less, the other one more; of one option, neither.
            moved = 2 + 2 * (over[None, :] - over[:, None])
            change += np.where(bins[:, None] == bins[None, :], 0.0, moved)
        change[taken == 0, :] = np.inf
        change[:, taken == people] = np.inf
        leave, enter = np.unravel_index(change.argmin(), change.shape)
        if not change[leave, enter] < -SMALL:
            return taken
        taken[leave] -= 1
        taken[enter] += 1

"""The greatest sum of weights where no persona stands for more than so many respondents.

A transportation problem (Hitchcock 1941) between profiles, which are respondents alike in every
trait, and personas. It is solved on few pairs by HiGHS (`scipy.optimize.linprog`), whose prices say
which others could do better (column generation, Gilmore and Gomory 1961), until they prove that
none can. Knows arrays only.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.matching.edge_weights import Bins, Floats, Indices, in_blocks

CANDIDATES = 40  # personas that a profile is offered at a time
ROUNDING = 1e-10  # of the greatest weight, a respondent: HiGHS' least tolerance of prices

Counts = npt.NDArray[np.int64]


def transport(poll: Sequence[Floats], bins: Bins, reuse: int) -> Indices:
    """Each respondent's persona (R,), none more than `reuse` times.

    All personas must have all polls, and there must be enough of them.
    """
    personas = len(poll[0])
    profiles, profile_of, people = np.unique(bins, axis=0, return_inverse=True, return_counts=True)
    # Pairs are profile * personas + persona. These first ones have somebody for everybody.
    pairs = profile_of * personas + np.arange(len(bins)) % personas
    offers, _ = _offers(poll, profiles, np.zeros(personas))
    while True:
        pairs = np.union1d(pairs, offers)
        weights = _weights(poll, profiles, pairs)
        taken, prices = _solved(pairs, weights, people, personas, reuse)
        offers, best = _offers(poll, profiles, prices)
        # Weak duality: no matching has a greater sum than this.
        bound = people @ best + reuse * prices.sum()
        proven = bound - taken @ weights <= ROUNDING * len(bins) * weights.max()
        if proven or np.isin(offers, pairs).all():
            return _handed_out(pairs % personas, taken, profile_of)


def _offers(poll: Sequence[Floats], profiles: Bins, prices: Floats) -> tuple[Indices, Floats]:
    """The pairs of every profile with its best personas, and the best weight less price (U,)."""
    personas = len(prices)
    several = min(CANDIDATES, personas)
    offers = np.empty((len(profiles), several), dtype=np.intp)
    best = np.empty(len(profiles))
    for rows, weights in in_blocks(poll, profiles):
        weights -= prices
        offers[rows] = np.argpartition(weights, personas - several, axis=1)[:, -several:]
        best[rows] = weights.max(axis=1)
    return (offers + personas * np.arange(len(profiles))[:, None]).ravel(), best


def _weights(poll: Sequence[Floats], profiles: Bins, pairs: Indices) -> Floats:
    profile, persona = np.divmod(pairs, len(poll[0]))
    weights = np.ones(len(pairs))
    for trait, chosen in zip(poll, profiles[profile].T, strict=True):
        found = trait[persona, chosen]
        weights *= np.where(chosen < 0, 1 / trait.shape[1], found)
    return weights


def _solved(
    pairs: Indices, weights: Floats, people: Counts, personas: int, reuse: int
) -> tuple[Counts, Floats]:
    """How many of a profile's people each pair takes, and the price (P,) of every persona."""
    from scipy.optimize import linprog  # a worker with a model never needs it
    from scipy.sparse import csr_array

    profile, persona = np.divmod(pairs, personas)
    ones, columns = np.ones(len(pairs)), np.arange(len(pairs))
    largest = weights.max() or 1.0
    # The simplex method ends in a corner, and the corners of such a problem are whole numbers.
    found: Any = linprog(  # type: ignore[call-overload] # its stubs know no sparse arrays
        -weights / largest,
        A_eq=csr_array((ones, (profile, columns)), shape=(len(people), len(pairs))),
        b_eq=people,
        A_ub=csr_array((ones, (persona, columns)), shape=(personas, len(pairs))),
        b_ub=np.full(personas, reuse),
        method="highs-ds",
        options={"dual_feasibility_tolerance": ROUNDING},
    )
    if found.status != 0:
        raise RuntimeError(f"HiGHS could not match respondents with personas: {found.message}")
    prices = np.maximum(0.0, -found.ineqlin.marginals) * largest
    return np.rint(found.x).astype(np.int64), prices


def _handed_out(personas: Indices, taken: Counts, profile_of: Indices) -> Indices:
    """The personas of each profile, which stand in the order of profiles, to its respondents."""
    chosen = np.empty(len(profile_of), dtype=np.intp)
    chosen[np.argsort(profile_of, kind="stable")] = np.repeat(personas, taken)
    return chosen

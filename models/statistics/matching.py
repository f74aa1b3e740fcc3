"""Pairs each respondent with a persona by how probable their traits are under the persona's polls.

Knows arrays only, no database; does not know what the traits are. `poll` is a list over traits of
(P, K_t) probabilities, NaN rows for a persona that lacks this poll; `bins` is (R, T), the bin of
each respondent on each trait, -1 where missing. A persona that lacks any poll is never matched.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from anthology.models.errors import InputError

Bins = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

# Weights computed at a time: 640 kB, which a core's own cache holds; larger blocks are slower.
BLOCK_CELLS = 80_000


@dataclass(frozen=True)
class Matching:
    """Per respondent the persona's number (R,) and the edge weight (R,)."""

    personas: Indices
    weights: Floats


def persona_weights(poll: Sequence[Floats], bins: Bins) -> Floats:
    """Edge weights (R, P): the product over traits t of P_t(h_t), 1/K_t where h_t is missing.

    NaN for a persona that lacks a poll. Moon et al. (2024), section 2.3. Raises ValueError for a
    bin that a trait does not have.
    """
    _check_bins(poll, bins)
    return _products(_by_bin(poll), bins)


def greedy(poll: Sequence[Floats], bins: Bins) -> Matching:
    """Each respondent takes the persona of the greatest weight, reuse allowed.

    Ties go to the lowest persona number. Raises InputError if no persona has all polls.
    """
    usable = _usable(poll)
    _require(usable, 1)
    poll = [trait[usable] for trait in poll]
    # Respondents alike in every trait choose alike: weights are computed once per profile.
    profiles, profile_of = np.unique(bins, axis=0, return_inverse=True)
    _check_bins(poll, profiles)
    by_bin = _by_bin(poll)
    best = np.empty(len(profiles), dtype=np.intp)
    weight = np.empty(len(profiles))
    for block in _blocks(len(profiles), len(usable)):
        weights = _products(by_bin, profiles[block])
        best[block] = weights.argmax(axis=1)
        weight[block] = np.take_along_axis(weights, best[block, None], axis=1)[:, 0]
    return Matching(usable[best][profile_of], weight[profile_of])


def max_weight(poll: Sequence[Floats], bins: Bins) -> Matching:
    """One to one, of the greatest sum of weights (scipy.optimize.linear_sum_assignment).

    Raises InputError if fewer personas have all polls than there are respondents.
    """
    usable = _usable(poll)
    _require(usable, len(bins))
    weights = persona_weights([trait[usable] for trait in poll], bins)
    # Negated in place: maximize=True would copy 800 MB at 10,000 by 10,000.
    np.negative(weights, out=weights)
    from scipy.optimize import linear_sum_assignment  # a worker with a model never needs it

    respondents, chosen = linear_sum_assignment(weights)
    return Matching(usable[chosen], -weights[respondents, chosen])


def random(rng: np.random.Generator, poll: Sequence[Floats], bins: Bins) -> Matching:
    """Each respondent gets a random persona; none is used again before all have been used.

    Raises InputError if no persona has all polls.
    """
    usable = _usable(poll)
    _require(usable, 1)
    rounds = -(-len(bins) // len(usable))
    chosen = np.concatenate([usable[:0], *(rng.permutation(usable) for _ in range(rounds))])
    personas = chosen[: len(bins)]
    return Matching(personas, _edge_weights(poll, bins, personas))


BY_NAME: dict[str, Callable[[np.random.Generator, Sequence[Floats], Bins], Matching]] = {
    "random": random,
    "greedy": lambda rng, poll, bins: greedy(poll, bins),
    "max_weight": lambda rng, poll, bins: max_weight(poll, bins),
}


def _edge_weights(poll: Sequence[Floats], bins: Bins, personas: Indices) -> Floats:
    """Weights (R,) of the given pairs alone."""
    _check_bins(poll, bins)
    weights = np.ones(len(bins))
    for rows, chosen in zip(_by_bin(poll), bins.T, strict=True):
        weights *= rows[chosen, personas]
    return weights


def _products(by_bin: Sequence[Floats], bins: Bins) -> Floats:
    """Edge weights (R, P) from what `_by_bin` gives."""
    weights = by_bin[0][bins[:, 0]]
    for rows, chosen in zip(by_bin[1:], bins.T[1:], strict=True):
        weights *= rows[chosen]
    return weights


def _by_bin(poll: Sequence[Floats]) -> list[Floats]:
    """Per trait (K_t + 1, P): a contiguous row per bin and a last one, index -1, for missing."""

    def rows(trait: Floats) -> Floats:
        uniform = np.full((1, len(trait)), 1 / trait.shape[1])
        uniform[0, np.isnan(trait).any(axis=1)] = np.nan
        return np.concatenate([trait.T, uniform])

    return [rows(trait) for trait in poll]


def _usable(poll: Sequence[Floats]) -> Indices:
    return np.flatnonzero(np.all([~np.isnan(trait).any(axis=1) for trait in poll], axis=0))


def _require(usable: Indices, needed: int) -> None:
    if len(usable) < needed:
        raise InputError(
            f"{len(usable)} personas have been asked every trait, but the matching needs {needed}; "
            "raise the pool's count or sample fewer respondents."
        )


def _check_bins(poll: Sequence[Floats], bins: Bins) -> None:
    for t, trait in enumerate(poll):
        if len(bins) and not -1 <= bins[:, t].min() <= bins[:, t].max() < trait.shape[1]:
            raise ValueError(f"bins of trait {t} must lie in -1..{trait.shape[1] - 1}")


def _blocks(profiles: int, personas: int) -> Iterator[slice]:
    size = max(1, BLOCK_CELLS // personas)
    for start in range(0, profiles, size):
        yield slice(start, start + size)

"""Pairs each respondent with a persona by how probable their traits are under the persona's polls.

Knows arrays only, no database; `poll` and `bins` are those of `edge_weights.py`. A persona that
lacks any poll is never matched.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.matching.edge_weights import (
    Bins,
    Floats,
    Indices,
    in_blocks,
    pair_weights,
    persona_weights,
    usable,
)
from anthology.models.statistics.matching.transport import transport

ROUNDING = 1e-12  # of a weight: by which factors in another order may make products differ
MOST_CELLS = 50_000_000  # 400 MB, and as much again while they are multiplied


@dataclass(frozen=True)
class Matching:
    """Per respondent the persona's number (R,) and the edge weight (R,)."""

    personas: Indices
    weights: Floats


def greedy(poll: Sequence[Floats], bins: Bins, ties: np.random.Generator | None = None) -> Matching:
    """Each respondent takes the persona of the greatest weight, reuse allowed.

    Of several it is the lowest number, or with `ties` any, each as likely, for each respondent
    anew. Raises InputError if no persona has all polls.
    """
    able = usable(poll, 1)
    poll = [trait[able] for trait in poll]
    # Respondents alike in every trait weigh alike: weights are computed once per profile.
    profiles, profile_of = np.unique(bins, axis=0, return_inverse=True)
    if ties is None:
        best = np.empty(len(profiles), dtype=np.intp)
        for rows, weights in in_blocks(poll, profiles):
            best[rows] = weights.argmax(axis=1)
        chosen = best[profile_of]
    else:
        chosen = _drawn(ties, poll, profiles, profile_of, _the_best)
    return Matching(able[chosen], pair_weights(poll, bins, chosen))


def max_weight(poll: Sequence[Floats], bins: Bins) -> Matching:
    """One to one, of the greatest sum of weights (scipy.optimize.linear_sum_assignment).

    Raises InputError if fewer personas have all polls than there are respondents.
    """
    able = usable(poll, len(bins))
    weights = persona_weights([trait[able] for trait in poll], bins)
    # Negated in place: maximize=True would copy 800 MB at 10,000 by 10,000.
    np.negative(weights, out=weights)
    from scipy.optimize import linear_sum_assignment  # a worker with a model never needs it

    respondents, chosen = linear_sum_assignment(weights)
    return Matching(able[chosen], -weights[respondents, chosen])


def balanced(rng: np.random.Generator, poll: Sequence[Floats], bins: Bins, reuse: int) -> Matching:
    """No persona more than `reuse` times, of the greatest sum of weights.

    Raises InputError if too few personas have all polls.
    """
    reuse = min(reuse, len(bins))
    # In any order: of equally good matchings, none is found for its personas' low numbers.
    able = rng.permutation(usable(poll, -(-len(bins) // reuse)))
    poll = [trait[able] for trait in poll]
    if reuse == 1 or len(bins) * len(able) * reuse <= MOST_CELLS:
        copies = [np.repeat(trait, reuse, axis=0) for trait in poll]
        chosen = max_weight(copies, bins).personas // reuse
    else:
        chosen = transport(poll, bins, reuse)
    return Matching(able[chosen], pair_weights(poll, bins, chosen))


def top_k(rng: np.random.Generator, poll: Sequence[Floats], bins: Bins, k: int) -> Matching:
    """Each respondent gets one of the `k` personas of the greatest weight, drawn for it by their
    weights, reuse allowed; which of equal ones are among the k is drawn for each, too.

    Where all k weigh nothing each is as likely; k is their number where fewer have all polls.
    Raises InputError if none has.
    """
    able = usable(poll, 1)
    k = min(k, len(able))
    poll = [trait[able] for trait in poll]
    profiles, profile_of = np.unique(bins, axis=0, return_inverse=True)
    chosen = _drawn(rng, poll, profiles, profile_of, lambda weights: _the_k_best(weights, k))
    return Matching(able[chosen], pair_weights(poll, bins, chosen))


def random(rng: np.random.Generator, poll: Sequence[Floats], bins: Bins) -> Matching:
    """Each respondent gets a random persona; none is used again before all have been used.

    Raises InputError if no persona has all polls.
    """
    able = usable(poll, 1)
    rounds = -(-len(bins) // len(able))
    chosen = np.concatenate([able[:0], *(rng.permutation(able) for _ in range(rounds))])
    personas = chosen[: len(bins)]
    return Matching(personas, pair_weights(poll, bins, personas))


BY_NAME: dict[str, Callable[..., Matching]] = {
    "random": random,
    "greedy": lambda rng, poll, bins, ties: greedy(poll, bins, rng if ties == "random" else None),
    "max_weight": lambda rng, poll, bins: max_weight(poll, bins),
    "balanced": balanced,
    "top_k": top_k,
}


_Chances = tuple[Indices, Floats]  # of some personas, and how likely each is, in any unit


def _the_best(weights: Floats) -> _Chances:
    """Of one profile's weights (P,) all of the greatest, each as likely."""
    best = np.flatnonzero(weights >= weights.max() * (1 - ROUNDING))
    return best, np.ones(len(best))


def _the_k_best(weights: Floats, k: int) -> _Chances:
    """Of one profile's weights (P,) the k greatest, as likely as they weigh. The places of those
    that equal the k-th are shared among all of them."""
    least = np.partition(weights, -k)[-k]
    best = np.flatnonzero(weights >= least * (1 - ROUNDING))
    chances = weights[best]
    equal = chances <= least * (1 + ROUNDING)
    count = np.count_nonzero(equal)
    chances[equal] *= (k - len(best) + count) / count
    return best, chances if chances.any() else np.ones(len(best))


def _drawn(
    rng: np.random.Generator, poll: Sequence[Floats], profiles: Bins, profile_of: Indices,
    among: Callable[[Floats], _Chances],
) -> Indices:  # fmt: skip
    """For each respondent one of the personas among which its profile's weights have it choose."""
    drawn = rng.random(len(profile_of))
    by_profile = np.argsort(profile_of, kind="stable")
    ends = np.searchsorted(profile_of[by_profile], np.arange(len(profiles) + 1))
    chosen = np.empty(len(profile_of), dtype=np.intp)
    for rows, weights in in_blocks(poll, profiles):
        for profile, row in zip(range(rows.start, rows.stop), weights, strict=True):
            best, chances = among(row)
            upto = np.cumsum(chances)
            people = by_profile[ends[profile] : ends[profile + 1]]
            chosen[people] = best[np.searchsorted(upto, drawn[people] * upto[-1], side="right")]
    return chosen

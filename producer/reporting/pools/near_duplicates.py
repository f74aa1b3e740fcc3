"""Texts that are nearly the same: by the shingles that two share, found with MinHash.

Signatures and bands propose pairs (Broder 1997; Indyk and Motwani 1998), the shingles themselves
decide. Knows arrays only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anthology.producer.reporting.pools.ngrams import Numbers, as_one, ngrams

SHINGLE = 5  # words
NEAR = 0.8  # of the shingles of two texts, the share that both have
BANDS, ROWS = 32, 4  # a pair at 0.8 shares no band once in 10^7


@dataclass(frozen=True)
class Near:
    """The `groups` of near-duplicates, each of two texts or more, by their places; and the `pairs`
    that hold them together, each with its Jaccard similarity: not all pairs that there are."""

    groups: list[list[int]]
    pairs: list[tuple[int, int, float]]


def shingles(words: Numbers) -> Numbers:
    """The distinct runs of `SHINGLE` words, ascending; all words as one where there are fewer."""
    return np.unique(ngrams(words, min(SHINGLE, len(words)))) if len(words) else words


def jaccard(a: Numbers, b: Numbers) -> float:
    """Of two ascending sets that are not empty: the size of what both have over that of all."""
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / (len(a) + len(b) - both)


def near_duplicates(texts: Sequence[Numbers], seed: int) -> Near:
    """Of texts as their shingles; one without any is like no other.

    A text is compared with the one before it and with the first in each band, so that as many
    texts as are alike take time as their number, not as its square.
    """
    from scipy.cluster.hierarchy import DisjointSet  # a report of no pool never needs it

    full = [place for place, text in enumerate(texts) if len(text)]
    groups, pairs = DisjointSet(full), []
    for a, b in _candidates([texts[place] for place in full], seed):
        one, other = full[a], full[b]
        if not groups.connected(one, other):
            alike = jaccard(texts[one], texts[other])
            if alike >= NEAR:
                groups.merge(one, other)
                pairs.append((one, other, alike))
    several = (sorted(group) for group in groups.subsets() if len(group) > 1)
    return Near(sorted(several), pairs)


def _candidates(texts: Sequence[Numbers], seed: int) -> list[tuple[int, int]]:
    """Pairs of places that share a band, ascending."""
    if len(texts) < 2:
        return []
    keys = _bands(texts, seed)
    found = [np.empty(0, np.int64)]
    n = len(texts)
    for band in keys.T:
        order = np.argsort(band, kind="stable")
        again = np.concatenate([[False], band[order[1:]] == band[order[:-1]]])
        first = np.maximum.accumulate(np.where(again, 0, np.arange(n)))
        before = np.arange(n) - 1
        found += [order[one[again]] * n + order[again] for one in (first, before)]
    return [divmod(int(pair), n) for pair in np.unique(np.concatenate(found))]


def _bands(texts: Sequence[Numbers], seed: int) -> Numbers:
    """Keys (n, BANDS), each of the least values of the shingles under `ROWS` random functions."""
    rng = np.random.default_rng(seed)
    times, plus = rng.integers(0, 2**64, (2, BANDS * ROWS, 1), dtype=np.uint64)
    times |= np.uint64(1)
    least = np.array([(text * times + plus).min(axis=1) for text in texts])
    return as_one([least[:, row * BANDS : (row + 1) * BANDS] for row in range(ROWS)])

"""Texts that are nearly the same: by the shingles that two share, found with MinHash.

Signatures and bands propose pairs (Broder 1997; Indyk and Motwani 1998), the shingles themselves
decide. Knows arrays only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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

    A text is compared with the two before it in each band, so that as many texts as are alike take
    time as their number, not as its square. A text that is like few others is found so at the limit
    itself: it is not the signatures that miss. Where all are made after one pattern, most pairs a
    little below the limit, others stand between those that are above: of 2,000 such texts whose
    median pair is at 0.76, 0.69 and 0.59, nine in ten, three in four and under half are found.
    """
    from scipy.cluster.hierarchy import DisjointSet  # a report of no pool never needs it

    full = [place for place, text in enumerate(texts) if len(text)]
    groups, pairs = DisjointSet(full), []
    for pair in _candidates([texts[place] for place in full], seed):
        one, other = (full[place] for place in divmod(int(pair), len(full)))
        if not groups.connected(one, other):
            alike = jaccard(texts[one], texts[other])
            if alike >= NEAR:
                groups.merge(one, other)
                pairs.append((one, other, alike))
    several = (sorted(group) for group in groups.subsets() if len(group) > 1)
    return Near(sorted(several), pairs)


def _candidates(texts: Sequence[Numbers], seed: int) -> npt.NDArray[np.int64]:
    """Pairs of places a < b of n that share a band, as a n + b, ascending."""
    n, found = len(texts), [np.empty(0, np.int64)]
    if n:
        bands = _bands(texts, seed)
        for band in range(BANDS):
            # By the next bands within one: what shares several stands side by side.
            keys = [bands[:, (band + further) % BANDS] for further in (2, 1, 0)]
            order = np.lexsort(keys)
            for back in (1, 2):
                a, b = order[:-back], order[back:]
                same = keys[-1][a] == keys[-1][b]
                found.append((np.minimum(a, b) * n + np.maximum(a, b))[same])
    return np.unique(np.concatenate(found))


def _bands(texts: Sequence[Numbers], seed: int) -> Numbers:
    """Keys (n, BANDS), each of the least values of the shingles under `ROWS` random functions."""
    rng = np.random.default_rng(seed)
    times, plus = rng.integers(0, 2**64, (2, BANDS * ROWS, 1), dtype=np.uint64)
    times |= np.uint64(1)
    least = np.array([(text * times + plus).min(axis=1) for text in texts])
    return as_one([least[:, row * BANDS : (row + 1) * BANDS] for row in range(ROWS)])

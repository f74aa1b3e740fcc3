"""How often everybody is in a resample: the bootstrap, of people or of clusters, and halves.

Resamples are rows (R, n) of counts, which weigh people; whoever is drawn twice counts twice. They
come in blocks that fit in memory. Knows arrays only.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.metrics import Floats, effective_number

Clusters = npt.NDArray[np.intp]

CELLS = 4_000_000  # counts at a time: 32 MB
MATRICES = 16_000_000  # numbers in matrices at a time: 128 MB


def clusters_of(people: int, doubles: npt.NDArray[np.intp], personas: Clusters | None) -> Clusters:
    """Numbers (people,) from 0: of a persona's doubles one, whose rows are `doubles` (n,), their
    `personas` (n,) or None where each is its own; of everybody else one each."""
    labels = np.arange(people) + people
    if personas is not None:
        labels[doubles] = personas
    return np.asarray(np.unique(labels, return_inverse=True)[1])


def independent(personas: Clusters | None, weights: Floats) -> float:
    """As how many independent people those of some weights (n,) are worth, of whom those who share
    a persona (n,) are one: Kish's effective number. A story that answers for half of them makes
    few of many (Carter, Schnepel and Steigerwald 2017, Review of Economics and Statistics 99)."""
    if personas is not None:
        weights = np.bincount(personas, weights).astype(np.float64)
    return effective_number(weights) if weights.any() else 0.0


def blocks(resamples: int, people: int) -> Iterator[int]:
    """How many resamples to take at a time, so many in all."""
    most = max(1, CELLS // max(people, 1))
    for done in range(0, resamples, most):
        yield min(most, resamples - done)


def parts(resamples: int, numbers: int) -> Iterator[slice]:
    """Of a block of resamples those whose matrices, so many numbers each, fit at a time."""
    most = max(1, MATRICES // max(numbers, 1))
    for done in range(0, resamples, most):
        yield slice(done, done + most)


def bootstrap(
    resamples: int, people: int, clusters: Clusters | None, rng: np.random.Generator
) -> Floats:
    """As many people (R, n) as there are drawn with replacement (Efron 1979), or as many whole
    clusters: those of one number, 0, 1, ... (cluster bootstrap, Field and Welsh 2007)."""
    if clusters is None:
        return samples(resamples, people, people, rng)
    count = int(clusters.max()) + 1
    return samples(resamples, count, count, rng)[:, clusters]


def samples(resamples: int, people: int, size: int, rng: np.random.Generator) -> Floats:
    """`size` people drawn with replacement (R, people)."""
    times = np.empty((resamples, people))
    for row in times:
        row[:] = np.bincount(rng.integers(people, size=size), minlength=people)
    return times


def halves(resamples: int, people: int, rng: np.random.Generator) -> Floats:
    """1 for the people in a random half (R, people), of an odd number the smaller one, 0 for the
    others."""
    half = np.zeros((resamples, people))
    for row in half:
        row[rng.permutation(people)[: people // 2]] = 1
    return half

"""Distributions and correlations of answers, and how far two of them are apart.

Knows arrays only, no files and no database; does not know what a code or an option means. An answer
matrix is (n people, m items) of option positions 0..K_j-1 in the questionnaire's order, -1 where
missing. Weights are survey weights, finite and not negative; None means that everybody counts once.
What compares distributions (..., K) or correlations (..., m, m) takes as many at once as there are.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Answers = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]

# Positions are a unit apart, so a variance this small is rounding, not disagreement.
NO_VARIANCE = 1e-12
NO_DIVERGENCE = 1e-14  # likewise of distributions, in bits
HOMOGENISED = 0.8  # of the humans' variance: an item with less has lost much of their variety


# --- one item ------------------------------------------------------------------------------------


def shares(answers: Answers, options: int, weights: Floats | None = None) -> Floats:
    """Weighted distribution (options,) over the valid answers (n,); NaN if nobody answered.

    Raises ValueError for an answer outside -1..options-1.
    """
    if answers.size and not -1 <= answers.min() <= answers.max() < options:
        raise ValueError(f"answers must lie in -1..{options - 1}")
    # Shifted by one, the missing answers fall into bin 0, which is dropped.
    counts = np.bincount(answers + 1, weights=or_ones(weights, len(answers)), minlength=options + 1)
    return normalised(counts[1:].astype(np.float64))


def mean_distribution(probabilities: Floats, weights: Floats | None = None) -> Floats:
    """Weighted mean (K,) of people's option probabilities (n, K), leaving out rows with a NaN.

    It is what `shares` of drawn answers would be in expectation over draws, so less noisy. A row
    may sum to less than 1, the rest being a refusal to answer: that person counts for as much less
    here, as in `shares` of draws. NaN if everybody refuses.
    """
    valid = ~np.isnan(probabilities).any(axis=1)
    if valid.all():  # most of the time, and without copies
        return normalised(or_ones(weights, len(probabilities)) @ probabilities)
    return normalised(or_ones(weights, len(probabilities))[valid] @ probabilities[valid])


def wasserstein(p: Floats, q: Floats) -> Floats:
    """First Wasserstein distance (...) of distributions (..., K) on the positions 1..K, in
    positions.

    On a line it is the area between the distribution functions (Vallender 1974).
    """
    return np.asarray(np.abs(np.cumsum(p - q, axis=-1)[..., :-1]).sum(axis=-1))


def wasserstein_normalised(p: Floats, q: Floats) -> Floats:
    """The same as a share (...) of the K - 1 positions that a scale has: 0 same, 1 other end."""
    return np.asarray(wasserstein(p, q) / max(p.shape[-1] - 1, 1))


def total_variation(p: Floats, q: Floats) -> Floats:
    """Half the sum (...) of absolute differences of distributions (..., K): 0 same, 1 disjoint."""
    return np.asarray(np.abs(p - q).sum(axis=-1) / 2)


def overlap(p: Floats, q: Floats) -> Floats:
    """What distributions (..., K) have in common (...): 1 same, 0 disjoint."""
    return np.asarray(np.minimum(1.0, np.minimum(p, q).sum(axis=-1)))  # rounding may pass 1


def kolmogorov_smirnov(p: Floats, q: Floats) -> Floats:
    """The largest difference (...) of the distribution functions of distributions (..., K)."""
    return np.asarray(np.abs(np.cumsum(p - q, axis=-1)).max(axis=-1))


def jensen_shannon(p: Floats, q: Floats) -> Floats:
    """Jensen-Shannon distance (...) of distributions (..., K), with logarithms to the base 2: 0
    same, 1 disjoint. The square root of the divergence (Endres and Schindelin 2003), as in scipy.
    """
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    # The root would make 1e-8 of the rounding between equal distributions; NaN stays.
    return np.asarray(
        np.sqrt(np.where(divergence < NO_DIVERGENCE, 0.0, np.minimum(1.0, divergence)))
    )


def _relative_entropy(p: Floats, q: Floats) -> Floats:
    ratio = np.divide(p, q, out=np.ones_like(p), where=p != 0)
    return np.asarray((p * np.log2(ratio)).sum(axis=-1))


# --- how far answers to one item are spread -------------------------------------------------------


def variance_ratio(p: Floats, q: Floats) -> Floats:
    """The variance of the positions of q divided by that of p (...), distributions (..., K); NaN
    where p has none.

    Of mean probabilities it holds the spread within people as well as that between them (law of
    total variance), as one answer a person does.
    """
    return _quotient(variance(q), variance(p))


def homogenised(p: Floats, q: Floats) -> Floats:
    """1 where q has less than `HOMOGENISED` of the variance of p (...), else 0; NaN where p has
    none."""
    ratio = variance_ratio(p, q)
    return np.where(np.isnan(ratio), np.nan, ratio < HOMOGENISED)


def entropy_ratio(p: Floats, q: Floats) -> Floats:
    """Shannon's entropy of q divided by that of p (...), distributions (..., K); NaN where p has
    none."""
    return _quotient(_entropy(q), _entropy(p))


def variance(p: Floats) -> Floats:
    positions = np.arange(p.shape[-1], dtype=np.float64)
    apart = positions - (p @ positions)[..., None]
    return np.asarray((p * np.square(apart)).sum(axis=-1))


def _entropy(p: Floats) -> Floats:
    surprise = -np.log2(p, out=np.zeros_like(p), where=p != 0)
    return np.asarray((p * surprise).sum(axis=-1))


def _quotient(above: Floats, below: Floats) -> Floats:
    some = below > NO_VARIANCE
    return np.asarray(np.divide(above, below, out=np.full(np.shape(below), np.nan), where=some))


# --- people who stand for several -----------------------------------------------------------------


def effective_number(uses: Floats) -> float:
    """As how many people, used once each, those are worth who are used so often: (Σu)² / Σu².

    Kish (1965), Survey Sampling, of weights.
    """
    return float(uses.sum() ** 2 / (uses**2).sum())


# --- items together ------------------------------------------------------------------------------


def correlation(answers: Answers, weights: Floats | None = None) -> Floats:
    """Weighted Pearson correlations (m, m) over complete cases: people who answered every item.

    All are NaN with fewer than two complete cases. An item without variance among them has
    undefined correlations; they are set to 0, its diagonal to 1, so that one such item does not
    make distances undefined. `constant_items` names those items.
    """
    return correlation_of(_covariance(answers, weights))


def correlation_of(covariance: Floats) -> Floats:
    """The correlations (..., m, m) of covariances, as `correlation` has them; NaN stays."""
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    varies = variance > NO_VARIANCE
    scale = np.where(varies, np.sqrt(np.where(varies, variance, 1.0)), np.inf)
    result = np.clip(covariance / (scale[..., :, None] * scale[..., None, :]), -1.0, 1.0)
    own = np.arange(covariance.shape[-1])
    result[..., own, own] = np.where(np.isnan(variance), np.nan, 1.0)
    return np.asarray(result)


def constant_items(answers: Answers, weights: Floats | None = None) -> list[int]:
    """The items (columns) to which all complete cases, two or more, gave one answer."""
    return [int(j) for j in np.flatnonzero(np.diag(_covariance(answers, weights)) <= NO_VARIANCE)]


def complete_cases(answers: Answers, weights: Floats | None = None) -> int:
    """How many people correlations rest on: those of weight above 0 who answered every item."""
    return int(_complete(answers, or_ones(weights, len(answers))).sum())


def frobenius(a: Floats, b: Floats) -> Floats:
    """Frobenius norm (...) of the difference of correlation matrices (..., m, m)."""
    return np.asarray(np.sqrt(np.square(a - b).sum(axis=(-2, -1))))


def correlation_matrix_distance(a: Floats, b: Floats) -> Floats:
    """1 - tr(AB) / (|A| |B|) (...) of correlation matrices (..., m, m): 0 where they are
    proportional.

    Herdin, Czink, Ozcelik and Bonek (2005), "Correlation matrix distance", IEEE VTC Spring.
    """
    norms = np.sqrt(np.square(a).sum(axis=(-2, -1)) * np.square(b).sum(axis=(-2, -1)))
    # Rounding takes equal matrices a hair below zero; numpy's maximum lets NaN through.
    together = (a * np.swapaxes(b, -2, -1)).sum(axis=(-2, -1))
    return np.asarray(np.maximum(0.0, 1 - together / norms))


def l1(a: Floats, b: Floats) -> Floats:
    """Sum (...) of absolute differences of correlation matrices (..., m, m)."""
    return np.asarray(np.abs(a - b).sum(axis=(-2, -1)))


def coherence(a: Floats, b: Floats) -> Floats:
    """By how much (...) the mean absolute correlation between two items is larger in b than in a,
    correlation matrices (..., m, m) of two or more items."""
    return _strength(b) - _strength(a)


def _strength(matrix: Floats) -> Floats:
    items = matrix.shape[-1]
    own = np.abs(np.diagonal(matrix, axis1=-2, axis2=-1)).sum(axis=-1)
    return np.asarray((np.abs(matrix).sum(axis=(-2, -1)) - own) / (items * (items - 1)))


def _complete(answers: Answers, weights: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray((answers >= 0).all(axis=1) & (weights > 0))


def _covariance(answers: Answers, weights: Floats | None) -> Floats:
    """Weighted covariances (m, m) over complete cases, dividing by the sum of the weights; NaN
    with fewer than two."""
    weights = or_ones(weights, len(answers))
    complete = _complete(answers, weights)
    if complete.sum() < 2:
        return np.full((answers.shape[1], answers.shape[1]), np.nan)
    share = normalised(weights[complete])
    values = answers[complete].astype(np.float64)
    centred = values - share @ values
    return np.asarray((centred * share[:, None]).T @ centred)


def normalised(masses: Floats) -> Floats:
    """Shares (..., K) of masses; NaN where there are none."""
    totals = masses.sum(axis=-1, keepdims=True)
    return np.asarray(
        np.divide(masses, totals, out=np.full(masses.shape, np.nan), where=totals > 0)
    )


def or_ones(weights: Floats | None, n: int) -> Floats:
    return np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)

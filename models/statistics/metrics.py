"""Distributions, correlations and reliability of answers, and how far two of them are apart.

Knows arrays only, no files and no database; does not know what a code or an option means. An answer
matrix is (n people, m items) of option positions 0..K_j-1 in the questionnaire's order, -1 where
missing. Weights are survey weights, finite and not negative; None means that everybody counts once.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Answers = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]

# Positions are a unit apart, so a variance this small is rounding, not disagreement.
NO_VARIANCE = 1e-12


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
    return normalised(or_ones(weights, len(probabilities))[valid] @ probabilities[valid])


def wasserstein(p: Floats, q: Floats) -> float:
    """First Wasserstein distance of two distributions (K,) on the positions 1..K, in positions.

    On a line it is the area between the distribution functions (Vallender 1974).
    """
    return float(np.abs(np.cumsum(p - q)[:-1]).sum())


def total_variation(p: Floats, q: Floats) -> float:
    """Half the sum of absolute differences of two distributions (K,): 0 same, 1 disjoint."""
    return float(np.abs(p - q).sum() / 2)


# --- people who stand for several -----------------------------------------------------------------


def effective_number(uses: Floats) -> float:
    """As how many people, used once each, those are worth who are used so often: (Σu)² / Σu².

    Kish (1965), Survey Sampling, of weights.
    """
    return float(uses.sum() ** 2 / (uses**2).sum())


# --- two answers of each person ------------------------------------------------------------------


def agreement(joint: Floats, ordered: bool) -> Floats:
    """Share of pairs (...) with the same answer twice, of shares (..., K, K) of pairs; whether the
    answers have an order does not matter."""
    return np.asarray(np.trace(joint, axis1=-2, axis2=-1))


def kappa(joint: Floats, ordered: bool) -> Floats:
    """Cohen's kappa (...) of shares (..., K, K) of pairs of answers: 1 where all pairs agree, 0
    where they do no better than if they were paired at random.

    Cohen (1960), Educational and Psychological Measurement 20; of ordered answers weighted by the
    squared distance in positions, Cohen (1968), Psychological Bulletin 70. NaN where everybody
    gives one and the same answer, so that no pairing could disagree.
    """
    positions = np.arange(joint.shape[-1], dtype=np.float64)
    apart = np.square(np.subtract.outer(positions, positions))
    if not ordered:
        apart = (apart > 0).astype(np.float64)
    observed = (joint * apart).sum(axis=(-2, -1))
    chance = ((joint.sum(axis=-1) @ apart) * joint.sum(axis=-2)).sum(axis=-1)
    some = chance > NO_VARIANCE
    ratio = np.divide(observed, chance, out=np.full(chance.shape, np.nan), where=some)
    return np.asarray(1 - ratio)


# --- items together ------------------------------------------------------------------------------


def correlation(answers: Answers, weights: Floats | None = None) -> Floats:
    """Weighted Pearson correlations (m, m) over complete cases: people who answered every item.

    All are NaN with fewer than two complete cases. An item without variance among them has
    undefined correlations; they are set to 0, its diagonal to 1, so that one such item does not
    make distances undefined. `constant_items` names those items.
    """
    covariance = _covariance(answers, weights)
    if np.isnan(covariance).any():
        return covariance
    variance = np.diag(covariance)
    varies = variance > NO_VARIANCE
    scale = np.where(varies, np.sqrt(np.where(varies, variance, 1.0)), np.inf)
    result = np.clip(covariance / np.outer(scale, scale), -1.0, 1.0)
    np.fill_diagonal(result, 1.0)
    return result


def constant_items(answers: Answers, weights: Floats | None = None) -> list[int]:
    """The items (columns) to which all complete cases, two or more, gave one answer."""
    return [int(j) for j in np.flatnonzero(np.diag(_covariance(answers, weights)) <= NO_VARIANCE)]


def complete_cases(answers: Answers, weights: Floats | None = None) -> int:
    """How many people correlations rest on: those of weight above 0 who answered every item."""
    return int(_complete(answers, or_ones(weights, len(answers))).sum())


def frobenius(a: Floats, b: Floats) -> float:
    """Frobenius norm of the difference of two correlation matrices (m, m)."""
    return float(np.sqrt(np.square(a - b).sum()))


def correlation_matrix_distance(a: Floats, b: Floats) -> float:
    """1 - tr(AB) / (|A| |B|) of two correlation matrices (m, m): 0 where they are proportional.

    Herdin, Czink, Ozcelik and Bonek (2005), "Correlation matrix distance", IEEE VTC Spring.
    """
    norms = np.sqrt(np.square(a).sum() * np.square(b).sum())
    # Rounding takes equal matrices a hair below zero; numpy's maximum lets NaN through.
    return float(np.maximum(0.0, 1 - (a * b.T).sum() / norms))


def l1(a: Floats, b: Floats) -> float:
    """Sum of absolute differences of two correlation matrices (m, m)."""
    return float(np.abs(a - b).sum())


def cronbach_alpha(answers: Answers) -> float:
    """Cronbach's alpha (1951) of (n, m) answers: k/(k-1) (1 - tr C / sum C), never weighted.

    C holds pairwise-complete sample covariances. NaN where undefined: fewer than two items, a pair
    with fewer than two people, a total variance that is not above zero.
    """
    items = answers.shape[1]
    given = (answers >= 0).astype(np.float64)
    values = np.where(answers >= 0, answers, 0).astype(np.float64)
    people, sums = given.T @ given, values.T @ given
    if items < 2 or people.min() < 2:
        return float("nan")
    covariance = (people * (values.T @ values) - sums * sums.T) / (people * (people - 1))
    trace, total = np.trace(covariance), covariance.sum()
    if total <= NO_VARIANCE * trace or trace == 0:
        return float("nan")
    return float(items / (items - 1) * (1 - trace / total))


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
    total = masses.sum()
    return masses / total if total > 0 else np.full(masses.shape, np.nan)


def or_ones(weights: Floats | None, n: int) -> Floats:
    return np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)

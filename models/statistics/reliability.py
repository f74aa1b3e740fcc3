"""How well items hang together as one scale: Cronbach's alpha and McDonald's omega.

Knows arrays only. Both are of covariances (..., m, m), as many at once as there are, and never
weighted, since papers do not weight them; NaN in a matrix makes its figure NaN.
"""

import math

import numpy as np

from anthology.models.statistics.metrics import NO_VARIANCE, Answers, Floats

SETTLED = 1e-7  # the change of a loading that ends the search
SWEEPS = 200  # most of them take some ten; what is not found by then is close to undefined
SLOW = 10  # sweeps after which it is worth while to leap
FARTHEST = 64.0
POWERS = 20
SAME = 1e-9  # of squares missed: two ends that are no farther apart are one


def pairwise_covariance(answers: Answers) -> Floats:
    """Sample covariances (m, m) of answers (n, m), of each pair of items over those who answered
    both; NaN of fewer than two people."""
    given = (answers >= 0).astype(np.float64)
    values = np.where(answers >= 0, answers, 0).astype(np.float64)
    return covariance_of(given.T @ given, values.T @ given, values.T @ values)


def covariance_of(people: Floats, sums: Floats, products: Floats) -> Floats:
    """Sample covariances (..., m, m) of items i and j from how many people answered both, the sum
    of their answers to i and that of the products of both; NaN of fewer than two people."""
    pairs = people * (people - 1)
    above = people * products - sums * np.swapaxes(sums, -2, -1)
    return np.asarray(np.divide(above, pairs, out=np.full(pairs.shape, np.nan), where=people >= 2))


def cronbach_alpha(covariance: Floats) -> Floats:
    """Cronbach's alpha (1951): k/(k-1) (1 - tr C / sum C), (...) of covariances (..., k, k).

    NaN where undefined: fewer than two items, a total variance that is not above zero.
    """
    items = covariance.shape[-1]
    trace = np.trace(covariance, axis1=-2, axis2=-1)
    total = covariance.sum(axis=(-2, -1))
    some = (total > NO_VARIANCE * trace) & (trace != 0) & (items > 1)
    ratio = np.divide(trace, total, out=np.full(trace.shape, np.nan), where=some)
    return np.asarray(items / max(items - 1, 1) * (1 - ratio))


def mcdonald_omega(covariance: Floats) -> Floats:
    """McDonald's omega (1999) of one factor: (Σλ)² / ((Σλ)² + Σψ), (...) of covariances
    (..., m, m), λ the items' loadings and ψ what is left of their variances.

    The loadings are those of `one_factor` times the items' standard deviations. Items without
    variance count for nothing. NaN where undefined: fewer than three items with variance, which
    one factor says nothing of, and where no solution is found.
    """
    single = covariance.reshape(math.prod(covariance.shape[:-2]), *covariance.shape[-2:])
    variance = np.diagonal(single, axis1=-2, axis2=-1)
    varies = variance > NO_VARIANCE
    scale = np.where(varies, np.sqrt(np.where(varies, variance, 1.0)), np.inf)
    # Covariances of other people than the variances may belong to no correlation.
    correlations = np.clip(single / (scale[:, :, None] * scale[:, None, :]), -1.0, 1.0)
    known = ~np.isnan(single).any(axis=(1, 2)) & (varies.sum(axis=1) >= 3)
    omega = np.full(len(single), np.nan)
    if not known.any():
        return omega.reshape(covariance.shape[:-2])
    loadings = one_factor(correlations[known])
    deviations = np.sqrt(np.where(varies, variance, 0.0)[known])
    common = np.square((deviations * loadings).sum(axis=1))
    unique = (np.square(deviations) * (1 - np.square(loadings))).sum(axis=1)
    # NaN of loadings that were not found stays.
    omega[known] = np.divide(
        common, common + unique, out=np.full(common.shape, np.nan), where=common + unique != 0
    )
    return omega.reshape(covariance.shape[:-2])


def one_factor(correlations: Floats) -> Floats:
    """Loadings (R, m) of one factor, which come nearest to the correlations (R, m, m) between
    items: the least Σ_i<j (r_ij − l_i l_j)², no loading beyond 1; NaN where none is found.

    MINRES (Harman and Jones 1966, Psychometrika 31), one loading after the other, each of which
    has a least value in closed form, also within −1 and 1 (Harman and Fukuda 1966). Of items with
    little in common the sum has several such ends: in one of ten sets of three, sweeps from the
    first component end at another than the least, to which those from single items lead.
    """
    own = np.arange(correlations.shape[-1])
    between = correlations.copy()
    between[:, own, own] = 0.0
    found = _nearest(between, _start(correlations))
    for start in _single_items(between):
        other = _nearest(between, start)
        less = _missed(between, other) < _missed(between, found) - SAME
        found = np.where((np.isnan(found[:, 0]) | less)[:, None], other, found)
    return found


def _nearest(between: Floats, loadings: Floats) -> Floats:
    """Where sweeps from these loadings (R, m) end; NaN where they do not."""
    found, rows = np.full(loadings.shape, np.nan), np.arange(len(between))
    for sweep in range(SWEEPS):
        if not rows.size:
            break
        before, loadings = loadings, _swept(between, loadings)
        settled = np.abs(loadings - before).max(axis=1) < SETTLED
        if settled.any():
            found[rows[settled]] = loadings[settled]
            rows, between = rows[~settled], between[~settled]
            before, loadings = before[~settled], loadings[~settled]
        if sweep >= SLOW and sweep % 2 and rows.size:
            loadings = _farther(between, before, loadings)
    return found


def _swept(between: Floats, loadings: Floats) -> Floats:
    """Each loading (R, m) in turn with the value that is best given the others."""
    found = loadings.copy()
    squares = np.square(found).sum(axis=1)
    for i in range(found.shape[1]):
        others = squares - np.square(found[:, i])
        towards = (between[:, i] * found).sum(axis=1)
        some = others > NO_VARIANCE
        best = np.divide(towards, others, out=np.zeros(len(found)), where=some)
        found[:, i] = np.minimum(np.maximum(best, -1.0), 1.0)
        squares = others + np.square(found[:, i])
    return found


def _farther(between: Floats, before: Floats, loadings: Floats) -> Floats:
    """Where the sweeps lead (R, m), had they gone on: extrapolated from the last and the next
    (SQUAREM, Varadhan and Roland 2008, Scandinavian Journal of Statistics 35), unless what it comes
    to is farther from the correlations."""
    after = _swept(between, loadings)
    step = loadings - before
    turn = after - loadings - step
    long, short = (np.sqrt(np.square(one).sum(axis=1)) for one in (step, turn))
    ratio = np.divide(long, short, out=np.ones(len(step)), where=short > 0)
    stretch = np.minimum(np.maximum(ratio, 1.0), FARTHEST)[:, None]
    far: Floats = np.clip(before + 2 * stretch * step + np.square(stretch) * turn, -1.0, 1.0)
    worse = _missed(between, far) > _missed(between, after)
    far[worse] = after[worse]
    return far


def _missed(between: Floats, loadings: Floats) -> Floats:
    """Twice what is least at the loadings sought: (R,)."""
    missed = between - loadings[:, :, None] * loadings[:, None, :]
    own = np.arange(loadings.shape[1])
    missed[:, own, own] = 0.0
    return np.asarray(np.square(missed).sum(axis=(1, 2)))


def _start(correlations: Floats) -> Floats:
    """The first principal component, about: what powers of the matrix turn to."""
    strongest = np.square(correlations).sum(axis=-1).argmax(axis=-1)
    vector = correlations[np.arange(len(correlations)), strongest]
    for _ in range(POWERS):
        vector = (correlations @ vector[:, :, None])[:, :, 0]
        vector /= np.maximum(np.sqrt(np.square(vector).sum(axis=1, keepdims=True)), NO_VARIANCE)
    stretch = np.einsum("ri,rij,rj->r", vector, correlations, vector)
    return np.asarray(np.clip(vector * np.sqrt(np.maximum(stretch, 0.0))[:, None], -1.0, 1.0))


def _single_items(between: Floats) -> Floats:
    """Loadings (2, R, m) where one of the items is the factor: the two with which least is missed.
    Beside the first component they lead to the least in all but 2 of 7,200 sets of items with
    little in common; one alone in all but 20."""
    squares = np.square(between).sum(axis=-1)
    # Σ_jk (r_jk − r_ij r_ik)² of an item i and the others, less Σ r², which is the same for all.
    missed = (
        np.square(squares)
        - 2 * squares
        - (np.square(between) * np.square(between)).sum(axis=-1)
        - 2 * ((between @ between) * between).sum(axis=-1)
    )
    nearest, rows = missed.argsort(axis=1)[:, :2].T, np.arange(len(between))
    starts = between[rows, nearest]
    starts[[[0], [1]], rows, nearest] = 1.0
    return np.asarray(starts)

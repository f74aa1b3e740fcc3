"""Resamples of resamples: against plain loops, and what they make of errors that are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.statistics.groups.iterated import (
    LAGS,
    at_lags,
    behind_others,
    error,
    in_order,
    shares_twice,
    twice,
)


def resampled(distance, known, seed, resamples=400):
    """Once and twice, a distance of what is known with normal errors."""
    drawn = known + np.random.default_rng(seed).normal(size=(resamples, len(known)))
    return distance(drawn), at_lags(lambda lag: distance(twice(known, drawn, lag)))


@given(seed=st.integers(0, 10**6), resamples=st.integers(9, 60))
def test_of_a_mean_the_error_is_the_deviation_and_depends_on_nothing(seed, resamples):
    known = np.array([0.4, -2.0])
    once, again = resampled(lambda x: x.mean(axis=-1), known, seed, resamples)
    assert error(once, again).deviation == pytest.approx(once.std(ddof=1))


def test_of_many_resamples_of_a_mean_the_slope_is_nothing_and_freedom_is_large():
    found = error(*resampled(lambda x: x.mean(axis=-1), np.zeros(2), 1, 20_000))
    assert abs(found.slope) < 0.02
    assert found.freedom > 500


def test_resamples_of_resamples_are_those_of_a_plain_loop():
    rng = np.random.default_rng(2)
    once, again = rng.random(30), rng.random((LAGS, 30))
    variances = []
    for place in range(30):
        before = [again[lag - 1, place] for lag in range(1, LAGS + 1)]
        after = [again[lag - 1, (place + lag) % 30] for lag in range(1, LAGS + 1)]
        variances.append(np.var(before + after, ddof=1))
    alone = [
        np.var([once[(place + by) % 30] for by in range(-LAGS, LAGS + 1) if by], ddof=1)
        for place in range(30)
    ]
    found = error(once, again)
    expected = once.var(ddof=1) * np.mean(alone) / np.mean(variances)
    assert found.deviation**2 == pytest.approx(expected)
    slope = np.cov(once, variances)[0, 1] / once.var(ddof=1) / 2 / once.std(ddof=1)
    assert found.slope == pytest.approx(np.clip(slope, -0.25, 0.25))


@pytest.mark.parametrize(
    ("away", "truth"), [(0.0, (1 - 2 / np.pi) ** 0.5), (1.5, 0.88), (6.0, 1.0)]
)
def test_the_error_of_a_distance_is_nearer_to_the_true_one(away, truth):
    """|x| where x has an error of 1: what it varies by is known, and not where x lies."""
    rng = np.random.default_rng(3)
    if away == 1.5:
        truth = np.abs(away + rng.normal(size=10**6)).std()
    plain, corrected = [], []
    for seed in range(300):
        known = away + rng.normal(size=1)
        once, again = resampled(lambda x: np.abs(x[..., 0]), known, seed)
        plain.append(once.var(ddof=1))
        corrected.append(error(once, again).deviation ** 2)
    off = [abs(np.sqrt(np.mean(found)) / truth - 1) for found in (plain, corrected)]
    assert off[1] < max(off[0], 0.05)


def test_an_error_that_grows_with_its_figure_has_a_slope():
    grows = resampled(lambda x: np.square(x).sum(axis=-1), np.full(20, 2.0), 4)
    assert error(*grows).slope > 0.05
    less = resampled(lambda x: -np.square(x).sum(axis=-1), np.full(20, 2.0), 4)
    assert error(*less).slope < -0.05


def test_no_share_of_a_resample_of_resamples_is_below_nothing():
    known = np.array([0.02, 0.98])
    drawn = np.array([[0.0, 1.0], [0.0, 1.0], [0.06, 0.94]])
    shares = shares_twice(known, drawn, 1)
    assert (shares >= 0).all()
    assert shares.sum(axis=1) == pytest.approx(np.ones(3))
    assert shares[0] == pytest.approx([0.04, 0.96])  # of the first and the last
    assert shares[1] == pytest.approx([0.0, 1.0])  # not -0.02


def test_too_few_resamples_correct_nothing():
    once, again = resampled(lambda x: np.abs(x).sum(axis=-1), np.zeros(2), 5, 2 * LAGS)
    found = error(once, again)
    assert (found.deviation, found.slope) == (pytest.approx(once.std(ddof=1)), 0.0)


def test_where_nothing_varies_there_is_no_error():
    assert error(np.ones(20), np.ones((LAGS, 20))).deviation == 0.0


def test_a_resample_that_is_not_defined_is_left_out():
    once, again = resampled(lambda x: np.abs(x).sum(axis=-1), np.zeros(2), 6)
    once[3] = again[0, 3] = again[1, 4] = np.nan
    whole = resampled(lambda x: np.abs(x).sum(axis=-1), np.zeros(2), 6)
    assert error(once, again).deviation == pytest.approx(error(*whole).deviation, rel=0.05)


class Numbers(list):
    """Resamples of a number."""

    def rows(self, which):
        return Numbers(self[which])

    @classmethod
    def joined(cls, parts):
        return cls(number for part in parts for number in part)


@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=8).filter(lambda s: sum(s) > LAGS))
def test_however_many_resamples_come_at_a_time_theirs_are_the_same(sizes):
    drawn = np.random.default_rng(7).normal(size=sum(sizes))
    blocks = [Numbers(part) for part in np.split(drawn, np.cumsum(sizes)[:-1])]
    found = [
        at_lags(lambda lag, some=some: twice(1.0, np.array(some), lag))
        for some in behind_others(blocks)
    ]
    assert in_order(found) == pytest.approx(at_lags(lambda lag: twice(1.0, drawn, lag)))


@pytest.mark.parametrize("resamples", range(1, LAGS + 1))
def test_of_fewer_resamples_than_each_has_before_it_there_are_as_many(resamples):
    [some] = behind_others([Numbers([0.0]) for _ in range(resamples)])
    assert in_order([np.zeros((LAGS, len(some)))]).shape == (LAGS, resamples)

"""Moments of all people and of all but each, against leaving everybody out in turn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.models.statistics.inference.jackknife import (
    Moments,
    enough_others,
    mean_and_spread,
    variance,
)


def people(seed, n, quantities=2):
    rng = np.random.default_rng(seed)
    own = rng.integers(1, 6, size=(n, quantities)).astype(float)
    return (
        own,
        1000 + own * rng.random(quantities) + rng.normal(size=own.shape),
        rng.random(n) + 0.1,
    )


def plainly(own, predicted, weights):
    y, f = (np.average(values, axis=0, weights=weights) for values in (own, predicted))
    scaled = (weights / weights.mean())[:, None]
    u, v = scaled * (own - y), scaled * (predicted - f)
    return [y, f, *(np.sum(a * b, axis=0) / (len(u) - 1) for a, b in ((u, u), (v, v), (u, v)))]


@given(seed=st.integers(0, 10_000), n=st.integers(3, 12))
@settings(max_examples=25)
def test_moments_are_those_of_all_people_and_of_all_but_each(seed, n):
    own, predicted, weights = people(seed, n)
    found = Moments.of(own, predicted, weights)
    for row, kept in enumerate(
        [list(range(n)), *([i for i in range(n) if i != j] for j in range(n))]
    ):
        moments = [found.own, found.predicted, found.own_spread, found.predicted_spread,
                   found.together]  # fmt: skip
        expected = plainly(own[kept], predicted[kept], weights[kept])
        for one, other in zip(moments, expected, strict=True):
            np.testing.assert_allclose(one[row], other, rtol=1e-7, atol=1e-9)


@given(seed=st.integers(0, 10_000), n=st.integers(3, 12))
@settings(max_examples=25)
def test_the_jackknife_of_a_mean_is_its_variance_and_of_equal_weights_moments_are_numpys(seed, n):
    own, predicted, _ = people(seed, n)
    found = Moments.of(own, predicted, np.full(n, 2.5))
    np.testing.assert_allclose(variance(found.own), own.var(axis=0, ddof=1) / n)
    covariance = np.cov(own[:, 0], predicted[:, 0])
    assert found.together[0, 0] == pytest.approx(covariance[0, 1], abs=1e-9)
    assert found.predicted_spread[0, 0] == pytest.approx(covariance[1, 1])


@given(seed=st.integers(0, 10_000), n=st.integers(3, 12))
@settings(max_examples=25)
def test_the_spread_of_all_people_is_that_of_the_moments(seed, n):
    _, predicted, weights = people(seed, n)
    mean, spread = mean_and_spread(predicted, weights)
    found = Moments.of(predicted, predicted, weights)
    np.testing.assert_allclose(mean, found.predicted[0])
    np.testing.assert_allclose(spread, found.predicted_spread[0], rtol=1e-7, atol=1e-9)


def test_ten_answers_besides_the_commonest_are_enough():
    own = np.zeros((50, 3))
    own[:9, 0] = own[:10, 1] = 1
    own[:10, 2] = np.arange(10) + 1
    assert enough_others(own).tolist() == [False, True, True]

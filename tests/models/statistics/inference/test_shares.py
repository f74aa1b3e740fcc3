"""Intervals of shares against statsmodels' formula written by scipy: Wilson's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from anthology.models.statistics.inference.shares import effective, estimates


@given(n=st.integers(20, 500), data=st.data())
@settings(max_examples=40)
def test_of_so_many_people_alike_they_are_wilsons(n, data):
    count = data.draw(st.integers(0, n))
    share = count / n
    [found] = estimates(np.array([share]), np.array([share * (1 - share) / n]), 10**9, n)
    expected = stats.binomtest(count, n).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-6)
    assert found.low <= found.value <= found.high


def test_an_estimate_beyond_the_ends_is_cut_to_them():
    below, above = estimates(np.array([-0.02, 1.01]), np.array([0.001, 0.001]), 50, 60)
    assert (below.value, below.low, above.value, above.high) == (0, 0, 1, 1)
    assert 0 < below.high < 0.1 < 0.9 < above.low < 1


def test_equal_weights_are_worth_everybody_and_one_large_one_hardly_more_than_one():
    assert effective(np.full(40, 2.5)) == pytest.approx(40)
    assert effective(np.array([1000.0, 1, 1])) == pytest.approx(1.004, abs=1e-3)

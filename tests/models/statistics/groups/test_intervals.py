"""Intervals around a figure: how wide, and where there is none."""

import math

import numpy as np
import pytest
from scipy import stats

from anthology.models.statistics.groups import draws
from anthology.models.statistics.groups.intervals import Estimate, around

REPLICATES = np.array([1.0, 2.0, 3.0, np.nan])


@pytest.mark.parametrize("people", [4, 12, 300])
def test_a_bootstrapped_mean_has_the_interval_of_students_t(people):
    rng = np.random.default_rng(people)
    values = rng.normal(size=people)
    replicates = (draws.bootstrap(20_000, people, None, rng) / people) @ values
    found = around(values.mean(), replicates, people)
    expected = stats.t.interval(0.95, people - 1, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected, abs=0.05 * stats.sem(values))


def test_many_people_reach_as_far_as_the_normal_distribution_says():
    found = around(5.0, REPLICATES, 1_000_000)
    assert (found.low, found.high) == pytest.approx((5 - 1.96, 5 + 1.96), abs=1e-3)


def test_an_interval_ends_where_a_figure_cannot_be():
    assert around(0.5, REPLICATES, 100, least=0.0).low == 0


@pytest.mark.parametrize(
    ("value", "replicates", "people"),
    [(math.nan, REPLICATES, 9), (1.0, REPLICATES[2:], 9), (1.0, REPLICATES, 1)],
    ids=["no value", "one replicate", "one person"],
)
def test_without_a_value_two_replicates_or_two_people_there_is_none(value, replicates, people):
    found = around(value, replicates, people)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert str(found.value) == str(Estimate(value).value)

"""Intervals around a figure: how wide, and where there is none."""

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from anthology.models.statistics.groups import draws
from anthology.models.statistics.groups.intervals import Estimate, Shape, around
from anthology.models.statistics.groups.iterated import at_lags, twice

REPLICATES = np.array([1.0, 2.0, 3.0, np.nan])


@pytest.mark.parametrize("people", [4, 12, 300])
def test_a_bootstrapped_mean_has_the_interval_of_students_t(people):
    rng = np.random.default_rng(people)
    values = rng.normal(size=people)
    replicates = (draws.bootstrap(20_000, people, None, rng) / people) @ values
    found = around(values.mean(), replicates, people, shape="even")
    expected = stats.t.interval(0.95, people - 1, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected, abs=0.05 * stats.sem(values))


def test_many_people_reach_as_far_as_the_normal_distribution_says():
    found = around(5.0, np.tile([4.0, 6.0], 50_000), 1_000_000)
    assert (found.low, found.high) == pytest.approx((5 - 1.96, 5 + 1.96), abs=1e-3)


@pytest.mark.parametrize("sign", [1, -1])
def test_an_interval_lies_as_percentiles_do_but_from_its_own_figure(sign):
    """Of a chi-square, whose percentiles are known, and of replicates that lie too high."""
    rng = np.random.default_rng(0)
    replicates = sign * stats.chi2.rvs(30, size=200_000, random_state=rng)
    found, even = (around(7.0, replicates, 10**6, shape=shape) for shape in ("skewed", "even"))
    ends = np.sort(sign * (stats.chi2.ppf([0.025, 0.975], 30) - 30))
    assert (found.low - 7, found.high - 7) == pytest.approx(ends, abs=0.2)
    assert found.high - found.low == pytest.approx(even.high - even.low)
    assert (even.low - 7, even.high - 7) != pytest.approx(ends, abs=1)


@pytest.mark.parametrize("sign", [1, -1])
def test_however_long_a_tail_is_an_interval_reaches_to_the_other_side_too(sign):
    """As an alpha's of a few people, of whom a resample in a hundred is very unlike the rest."""
    replicates = sign * np.exp(2 * np.random.default_rng(0).normal(size=200))
    found = around(sign * 1.0, replicates, 8)
    short, long = sorted((found.high - sign, sign - found.low))
    assert 0.01 * (found.high - found.low) < short < 0.5 * long


def test_of_a_variance_the_ends_are_as_many_times_as_large_and_as_small():
    found = around(2.0, np.tile([1.0, 4.0], 50_000), 10**6, shape="logarithm")
    assert found.high / 2 == pytest.approx(2 / found.low) == pytest.approx(2**1.95996, rel=1e-4)


def test_where_a_resample_varies_in_nothing_a_variance_has_no_logarithm():
    replicates = np.array([0.0, 2.0, 4.0])
    assert around(2.0, replicates, 9, shape="logarithm") == around(
        2.0, replicates, 9, (0.0, math.inf)
    )


@pytest.mark.parametrize("nothing", [0.0, 1e-300, 1e-9])
def test_where_it_is_nearly_nothing_in_a_resample_its_ends_are_no_powers_of_ten(nothing):
    """As of two personas, each sure of its answers: of both in a resample they vary."""
    found = around(0.5, np.tile([nothing, 0.5], 50), 2, shape="logarithm")
    assert found.low == 0
    assert found.high < 10


@given(
    value=st.floats(0, 10), people=st.integers(2, 300),
    within=st.sampled_from([(0.0, math.inf), (-math.inf, math.inf), (-1.0, 1.0)]),
    shape=st.sampled_from(get_args(Shape)),
    replicates=st.lists(st.sampled_from([0.0, 1e-17, 0.3, 0.5, 2.0, math.nan]), min_size=2,
                        max_size=40),
)  # fmt: skip
@settings(max_examples=150)
def test_an_interval_holds_its_own_figure(value, people, within, shape, replicates):
    drawn = np.array([1.0, *replicates, 1.1])
    again = at_lags(lambda lag: np.abs(twice(value, drawn, lag)))
    of_distance = again if shape in ("distance", "squared") else None
    found = around(value, drawn, people, within, shape, of_distance)
    assert found.low <= found.value <= found.high < math.inf


@pytest.mark.parametrize("replicates", [5, 20])
def test_what_few_replicates_do_not_know_makes_an_interval_wider(replicates):
    rng = np.random.default_rng(1)
    values = rng.normal(size=5000)
    drawn = values[:, None] + rng.normal(size=(5000, replicates))
    assert held(values, drawn, "even") == pytest.approx(95, abs=1)


def test_the_mean_of_few_stories_holds_though_some_answer_for_many_people():
    """Twenty stories, of which the kth stands for 1/k as many people as the first."""
    rng = np.random.default_rng(1)
    often = 1 / np.arange(1, 21)
    told = rng.normal(size=(2000, 20))
    times = draws.bootstrap(2000 * 100, 20, None, rng) * often
    drawn = np.einsum("srk,sk->sr", times.reshape(2000, 100, 20), told)
    drawn /= times.sum(axis=1).reshape(2000, 100)
    values = told @ often / often.sum()
    people = draws.independent(np.arange(20), often)
    assert people == pytest.approx(often.sum() ** 2 / (often**2).sum())
    assert 93 <= held(values, drawn, "even", people) <= 97
    assert held(values, drawn, "even", 20) < 92


def test_replicates_that_are_all_the_same_say_nothing_of_how_sure_a_figure_is():
    """As alpha of two people, which any resample with both has, or none."""
    found = around(-2.29, np.full(5, -2.29), 9)
    assert (found.value, math.isnan(found.low), math.isnan(found.high)) == (-2.29, True, True)


def test_an_interval_ends_where_a_figure_cannot_be():
    assert around(0.5, REPLICATES, 100, within=(0.0, math.inf)).low == 0
    assert around(0.5, REPLICATES, 100, within=(0.0, 0.6)).high == 0.6


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


@pytest.mark.parametrize("shape", get_args(Shape))
@pytest.mark.parametrize("often", [5.0, 240.0, 1e6])
def test_where_one_story_answers_for_nearly_all_there_is_none(shape, often):
    """Of so few degrees of freedom t reaches so far that a square has no number."""
    people = draws.independent(np.arange(2), np.array([often, 1.0]))
    found = around(0.5, np.tile([0.25, 0.5, 0.7], 20), people, (0.0, math.inf), shape)
    assert people > 1
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def held(values, replicates, shape, people=10**6):
    """Of 100 intervals around values (studies,) that hold their mean."""
    ends = [
        (one.low, one.high)
        for one in (
            around(value, drawn, people, shape=shape)
            for value, drawn in zip(values, replicates, strict=True)
        )
    ]
    low, high = np.array(ends).T
    return 100 * ((low <= values.mean()) & (values.mean() <= high)).mean()


LAWS = {  # of a figure, given what it is itself (studies, 1): as often as there are resamples
    "correlation of 30 people": (
        0.8, "skewed", lambda rng, r, of: np.tanh(np.arctanh(r) + rng.normal(size=of) / 27**0.5)
    ),
    "variance of 11 people": (
        1.0, "logarithm", lambda rng, s, of: s * rng.chisquare(10, size=of) / 10
    ),
}  # fmt: skip


@pytest.mark.parametrize("law", LAWS)
def test_intervals_of_known_laws_hold_at_93_to_97_of_100_where_even_ones_hold_less(law):
    truth, shape, drawn = LAWS[law]
    rng = np.random.default_rng(1)
    values = drawn(rng, np.full((2000, 1), truth), (2000, 1))
    replicates = drawn(rng, values, (2000, 100))
    assert 93 <= held(values[:, 0], replicates, shape) <= 97
    assert held(values[:, 0], replicates, "even") < 93


@pytest.mark.parametrize(("away", "most"), [(3, 97), (2, 97), (1, 99), (0, 99.5)])
def test_intervals_of_a_distance_hold_at_93_to_97_of_100_and_of_nothing_but_noise_no_less(
    away, most
):
    """The mean of |x| over four options that go up and down together, as in WD of a shifted scale,
    so many errors away from 0; each study knows its x, not what it is on average."""
    rng = np.random.default_rng(1)
    errors = [rng.normal(size=(2000, 100, k)) * by for k, by in ((4, 0.5), (1, 1.0))]
    known = away + rng.normal(size=(2000, 4)) * 0.5 + rng.normal(size=(2000, 1))
    drawn = known[:, None] + errors[0] + errors[1]
    distances = Distances(known, drawn, lambda x: np.abs(x).mean(axis=-1))
    assert 93 <= distances.held("distance") <= most
    if away == 2:
        assert held(distances.values, distances.once, "even") < 90


@pytest.mark.parametrize("away", [1, 2])
def test_intervals_of_a_squared_distance_hold_at_93_to_97_of_100_where_skewed_ones_hold_more(away):
    """The sum of the squares of twenty differences, each so many errors from 0."""
    rng = np.random.default_rng(1)
    known = away + rng.normal(size=(2000, 20))
    drawn = known[:, None] + rng.normal(size=(2000, 60, 20))
    distances = Distances(known, drawn, lambda x: np.square(x).sum(axis=-1))
    assert 93 <= distances.held("squared") <= 97
    assert held(distances.values, distances.once, "skewed") > 97


class Distances:
    """Of what is known (studies, k) and of its resamples (studies, R, k)."""

    def __init__(self, known, drawn, distance):
        self.values, self.once = distance(known), distance(drawn)
        self.twice = [
            at_lags(
                lambda lag, one=one, all_of_one=all_of_one: distance(twice(one, all_of_one, lag))
            )
            for one, all_of_one in zip(known, drawn, strict=True)
        ]

    def held(self, shape):
        found = (
            around(value, once, 10**6, shape=shape, twice=again)
            for value, once, again in zip(self.values, self.once, self.twice, strict=True)
        )
        ends = np.array([(one.low, one.high) for one in found])
        low, high = ends.T
        return 100 * ((low <= self.values.mean()) & (self.values.mean() <= high)).mean()

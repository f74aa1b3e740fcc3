"""Differences of means: against scipy, plain formulas, and in studies of known truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from anthology.models.statistics.contrasts.differences import Sides, apart, difference

SCORES = st.lists(st.integers(1, 7), min_size=2, max_size=20)
CUTS = np.array([-0.8, 0.0, 0.8])


def groups(one, other, weights=None, clusters=None):
    """Two groups of people, one after the other."""
    n, m = len(one), len(other)
    return Sides(
        np.concatenate([one, np.full(m, np.nan)]), np.concatenate([np.full(n, np.nan), other]),
        np.ones(n + m) if weights is None else weights,
        np.arange(n + m) if clusters is None else clusters,
    )  # fmt: skip


def pairs(one, other, weights=None):
    n = len(one)
    return Sides(np.array(one), np.array(other), np.ones(n) if weights is None else weights,
                 np.arange(n))  # fmt: skip


def ends(estimate):
    return estimate.low, estimate.high


@pytest.mark.filterwarnings("ignore:Precision loss:RuntimeWarning")  # scipy's, of equal scores
@given(SCORES, SCORES)
def test_two_groups_have_the_t_of_welch_and_cohens_d(one, other):
    one, other = np.array(one, float), np.array(other, float)
    found = difference(groups(one, other))
    if one.std() == other.std() == 0:
        assert math.isnan(found.t)
        assert math.isnan(found.p)
        assert math.isnan(found.d.value)
        assert math.isnan(found.value.low)
        return
    known = stats.ttest_ind(one, other, equal_var=False)
    assert (found.t, found.freedom, found.p) == pytest.approx((known.statistic, known.df,
                                                               known.pvalue))  # fmt: skip
    assert ends(found.value) == pytest.approx(tuple(known.confidence_interval()))
    n, m = len(one), len(other)
    pooled = ((n - 1) * one.var(ddof=1) + (m - 1) * other.var(ddof=1)) / (n + m - 2)
    assert found.d.value == pytest.approx((one.mean() - other.mean()) / math.sqrt(pooled))
    assert found.people == (n, m)


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=2, max_size=20))
def test_the_same_people_have_the_t_of_pairs(scores):
    one, other = np.array(scores, float).T
    found = difference(pairs(one, other))
    assert found.value.value == pytest.approx((one - other).mean())
    if (one - other).std() == 0:
        assert math.isnan(found.t)
        assert math.isnan(found.value.low)
        return
    known = stats.ttest_rel(one, other)
    assert (found.t, found.freedom, found.p) == pytest.approx((known.statistic, known.df,
                                                               known.pvalue))  # fmt: skip
    assert ends(found.value) == pytest.approx(tuple(known.confidence_interval()))
    pooled = (one.var(ddof=1) + other.var(ddof=1)) / 2
    assert found.d.value == pytest.approx((one - other).mean() / math.sqrt(pooled))


def test_only_those_who_are_on_both_sides_count_where_anybody_is():
    one, other = [1.0, 3.0, 5.0, math.nan, 7.0], [2.0, 1.0, 1.0, 4.0, math.nan]
    found, alone = difference(pairs(one, other)), difference(pairs(one[:3], other[:3]))
    assert found == alone
    assert found.people == (3, 3)


def weighed(scores, weights):
    """Mean, variance, what the mean's is, and Kish's effective number less one."""
    share, kish = weights / weights.sum(), weights.sum() ** 2 / np.square(weights).sum()
    mean = (share * scores).sum()
    off = scores - mean
    some = kish / (kish - 1)
    return (mean, (share * off**2).sum() * some, (share**2 * off**2).sum() * some, kish - 1)


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_weighted_people_count_by_their_effective_number(seed):
    rng = np.random.default_rng(seed)
    one, other = (rng.integers(1, 6, size).astype(float) for size in (12, 17))
    weights = rng.lognormal(0, 0.7, 29)
    found = difference(groups(one, other, weights))
    (a, s, v, n), (b, r, u, m) = weighed(one, weights[:12]), weighed(other, weights[12:])
    freedom = (v + u) ** 2 / (v**2 / n + u**2 / m)
    assert found.t == pytest.approx((a - b) / math.sqrt(v + u))
    assert found.freedom == pytest.approx(freedom)
    assert found.d.value == pytest.approx((a - b) / math.sqrt((n * s + m * r) / (n + m)))
    assert ends(found.means[0]) == pytest.approx(
        (a - (reach := stats.t.ppf(0.975, n) * math.sqrt(v)), a + reach)
    )


def test_people_of_no_weight_are_not_there():
    rng = np.random.default_rng(1)
    one, other, weights = rng.integers(1, 6, 9), rng.integers(1, 6, 9), rng.uniform(1, 2, 18)
    found = difference(groups(one, other, weights))
    more = groups([9, *one], [*other, 9], np.array([0, *weights, 0]))
    assert difference(more).people == (9, 9)
    assert ends(difference(more).d) == pytest.approx(ends(found.d))


@given(st.lists(st.floats(-9, 9), min_size=4, max_size=8), st.booleans(), st.integers(0, 99))
def test_of_hardly_more_than_one_person_no_interval_reaches_hundreds_of_errors(logs, same, seed):
    """Weights of which one is nearly all of its group's leave t a hundredth of a degree of freedom,
    with which it reached 10 to the 151."""
    rng, weights = np.random.default_rng(seed), np.exp(logs)
    scores, half = rng.integers(1, 8, len(logs)).astype(float), len(logs) // 2
    sides = groups(scores[:half], scores[half:], weights)
    if same:
        sides = pairs(scores, rng.integers(1, 8, len(logs)).astype(float), weights)
    found = difference(sides)
    for one in (*found.means, found.value, found.d):
        if not math.isnan(one.low):
            assert one.high - one.low < 2 * stats.t.ppf(0.975, 0.5) * 100
    assert math.isnan(found.p) == math.isnan(found.t) == math.isnan(found.value.low)
    if found.freedom <= 0.5:
        assert math.isnan(found.p)


def test_people_of_one_persona_are_as_one_with_their_mean():
    """Of personas with equally many people, who share none with the other group."""
    rng = np.random.default_rng(2)
    one, other = rng.integers(1, 6, (5, 4)).astype(float), rng.integers(1, 6, (7, 4)).astype(float)
    found = difference(groups(one.ravel(), other.ravel(), clusters=np.arange(48) // 4))
    known = stats.ttest_ind(one.mean(axis=1), other.mean(axis=1), equal_var=False)
    assert (found.t, found.freedom) == pytest.approx((known.statistic, known.df))


def test_of_one_persona_on_a_side_nothing_is_said_but_the_difference():
    found = difference(groups([1.0, 3.0, 2.0], [2.0, 2.0, 3.0, 1.0],
                              clusters=np.array([0, 0, 0, 1, 1, 2, 2])))  # fmt: skip
    assert found.value.value == 0
    assert math.isnan(found.value.low)
    assert math.isnan(found.p)
    assert math.isnan(found.d.low)
    assert found.d.value == 0


def test_humans_and_doubles_are_held_together_person_by_person():
    """So it is the difference between groups of what doubles say above their humans."""
    rng = np.random.default_rng(3)
    one, other = rng.integers(1, 6, (2, 30)).astype(float), rng.integers(1, 6, (2, 25))
    humans, doubles = (groups(one[i], other[i]) for i in (0, 1))
    found, p = apart(doubles, humans)
    plain = difference(groups(one[1] - one[0], other[1] - other[0]))
    assert found.value == pytest.approx(plain.value.value)
    reach = stats.t.ppf(0.975, 54) * plain.value.value / plain.t  # of 55 people at most
    assert found.high - found.value >= abs(reach) - 1e-9
    assert p == pytest.approx(plain.p, abs=0.01)
    assert apart(humans, humans)[0].value == 0


def study(rng, people, stories, crossing):
    """Humans in two groups and their doubles, with few stories that groups share or not."""
    group, latent = np.arange(people) % 2, rng.normal(size=people)
    said = np.digitize(0.6 * group + 0.7 * latent + 0.7 * rng.normal(size=people), CUTS) + 1.0
    story = np.arange(people)
    if stories:
        drawn = rng.integers(stories, size=people)
        story = drawn if crossing else drawn // 2 * 2 + group
    told = 0.3 * group + 0.5 * rng.normal(size=people)[story] + 0.3 * latent
    simulated = np.digitize(told + 0.7 * rng.normal(size=people), CUTS) + 1.0
    weights, clusters = rng.lognormal(0, 0.6, people), np.unique(story, return_inverse=True)[1]

    def sides(scores, clustered):
        return Sides(np.where(group == 1, scores, np.nan), np.where(group == 0, scores, np.nan),
                     weights, clustered)  # fmt: skip

    return sides(simulated, clusters), sides(said, np.arange(people))


# Of four million people.
TRUTH = (0.3065, 0.3083, 0.5667, 0.5650, -0.2602)


@pytest.mark.parametrize(
    ("stories", "crossing"), [(0, False), (60, False), (8, False), (8, True)],
    ids=["all different", "sixty stories", "four a group", "eight in both"],
)  # fmt: skip
def test_intervals_hold_the_truth_in_about_ninety_five_of_a_hundred_studies(stories, crossing):
    """A thousand studies of each size are told of in ops/DESIGN.md."""
    rng = np.random.default_rng(4)
    held = np.zeros(5)
    for _ in range(200):
        simulated, humans = study(rng, 200, stories, crossing)
        ours, theirs = difference(simulated), difference(humans)
        found = (ours.value, ours.d, theirs.value, theirs.d, apart(simulated, humans)[0])
        held += [one.low <= truth <= one.high for one, truth in zip(found, TRUTH, strict=True)]
    assert (held >= 180).all()
    assert (held <= 199).all()

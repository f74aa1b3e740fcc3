"""Figures of individual agreement: means over items, paired intervals, shares of the retest."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people import certain, correlated_people, some_weights

from anthology.models.statistics.comparison import Simulated
from anthology.models.statistics.individual import estimates as formulas
from anthology.models.statistics.individual.estimates import of_retest

ORDERED = [True, False]


def simulated(answers, options=5, weights=None, personas=None):
    weights = np.ones(len(answers)) if weights is None else weights
    return Simulated(answers, weights, certain(answers, options), personas)


def rng(seed=0):
    return np.random.default_rng(seed)


def estimates(own, double, ordered, generator, replicates):
    drawn = formulas.resampled(own, double, ordered, generator, replicates)
    return formulas.estimates(drawn, double.independent)


def answers(people):
    return st.lists(
        st.lists(st.integers(-1, 2), min_size=2, max_size=2), min_size=people, max_size=people
    )


def same(mine, theirs, weights, others):
    """By item the share of people who gave one answer twice, of those with all three answers."""
    found = []
    for item in range(2):
        here = [
            (w, a[item] == b[item])
            for a, b, c, w in zip(mine, theirs, others, weights, strict=True)
            if min(a[item], b[item], c[item]) >= 0 and w
        ]
        total = sum(w for w, _ in here)
        found.append(sum(w for w, alike in here if alike) / total if total else None)
    return [share for share in found if share is not None]


@given(answers(6), answers(6), answers(6), st.lists(st.integers(0, 3), min_size=6, max_size=6))
@settings(max_examples=40)
def test_what_is_reached_of_the_retest_is_counted_person_by_person(first, again, other, weights):
    found = of_retest(
        np.array(first), np.array(again), simulated(np.array(other), 3, np.array(weights, float)),
        ORDERED, rng(), replicates=2,
    )["agreement_of_retest"].value  # fmt: skip
    ours, theirs = same(first, other, weights, again), same(first, again, weights, other)
    if not sum(theirs):
        assert math.isnan(found)
    else:
        assert found == pytest.approx(sum(ours) / sum(theirs))


def test_people_who_answer_as_they_did_when_asked_again_reach_all_of_the_retest():
    own, others = correlated_people(80, items=2), correlated_people(80, items=2, seed=1)
    again = np.where(rng().random(own.shape) < 0.7, own, others)
    found = of_retest(own, again, simulated(again), ORDERED, rng(), 20)
    for one in found.values():
        assert one.value == pytest.approx(1)
        assert math.isnan(one.low)  # in every resample, too


@given(st.lists(st.floats(0.1, 9), min_size=6, max_size=6))
@settings(max_examples=30)
def test_people_who_agree_with_themselves_no_more_than_by_chance_have_no_share_to_reach(weights):
    """Whoever answered so came to every answer alike, whose weights are products: kappa and
    correlation are 0, but for rounding, by which nothing is divided."""
    first, second = np.array(weights[:3]), np.array(weights[3:])
    own, again = (one.reshape(-1, 1) for one in np.indices((3, 3)))
    double = simulated(own, 3, np.outer(first, second).ravel())
    found = of_retest(own, again, double, [True], rng(), replicates=2)
    assert math.isnan(found["kappa_of_retest"].value)
    assert math.isnan(found["pair_correlation_of_retest"].value)
    assert found["agreement_of_retest"].value > 1


def test_figures_are_means_over_the_items_on_which_they_are_defined():
    own = np.array([[0, 1, -1], [1, 1, -1]])
    other = np.array([[0, 1, 0], [0, 1, 0]])
    found = estimates(own, simulated(other, 2), [True] * 3, rng(), 20)
    assert found["agreement"].value == pytest.approx((0.5 + 1) / 2)
    assert found["kappa"].value == pytest.approx(0)  # nothing can disagree on the second
    nobody = estimates(np.full((2, 3), -1), simulated(other, 2), [True] * 3, rng(), 20)
    assert math.isnan(nobody["agreement"].value)


def test_whom_a_stranger_stands_for_has_no_more_agreement_than_chance():
    people = correlated_people(3000, items=2, missing=0)
    mine = estimates(people, simulated(people), ORDERED, rng(), 20)
    strangers = estimates(people, simulated(np.roll(people, 1, axis=0)), ORDERED, rng(), 20)
    assert (mine["agreement"].value, mine["kappa"].value) == pytest.approx((1, 1))
    assert strangers["kappa"].value == pytest.approx(0, abs=0.05)
    assert strangers["agreement"].value > 0.15


def test_intervals_are_those_of_a_share_and_resample_a_person_with_their_double():
    people, share = 1000, 0.8
    own = np.arange(people)[:, None] % 2
    other = np.where(np.arange(people)[:, None] < share * people, own, 1 - own)
    found = estimates(own, simulated(other, 2), [True], rng(), 1000)["agreement"]
    reach = 1.96 * math.sqrt(share * (1 - share) / people)
    assert found.value == pytest.approx(share)
    assert (found.low, found.high) == pytest.approx((share - reach, share + reach), rel=0.01)


def test_doubles_who_share_a_persona_come_and_go_together():
    """20 personas, 10 of which always answer as their 30 humans did, are 20 people, not 600."""
    whose = np.repeat(np.arange(20), 30)
    own, other = np.zeros((600, 1), dtype=np.int64), (whose % 2)[:, None]

    def half(personas):
        found = estimates(own, simulated(other, 2, personas=personas), [True], rng(), 500)
        return found["agreement"].high - 0.5

    assert half(whose) == pytest.approx(2.1 * math.sqrt(0.25 / 19), rel=0.15)  # t of 18.3
    assert half(None) == pytest.approx(1.96 * math.sqrt(0.25 / 600), rel=0.15)
    assert math.isnan(half(np.zeros(600, dtype=np.int64)))


def test_one_seed_gives_one_interval_however_many_resamples_fit_in_a_block():
    own, other = correlated_people(50, items=2), correlated_people(50, items=2, seed=1)
    double = simulated(other, weights=some_weights(50))
    one, same_again = (estimates(own, double, ORDERED, rng(3), 130) for _ in range(2))
    assert one == same_again
    assert one != estimates(own, double, ORDERED, rng(4), 130)

"""Prediction-powered differences against PPI++ written plainly, and where the truth is known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.models.statistics.inference import powered as of_means
from anthology.models.statistics.inference.differences import Group, everybody, powered, worth
from anthology.models.statistics.inference.tuning import Predicted

LABELLED, PEOPLE = 80, 400


def study(rng, people=PEOPLE, lean=(0.6, 0.6), noise=0.4, weighted=False):
    """Who is in the first group, answers on five positions, predictions of them, weights."""
    first = rng.random(people) < 0.4
    latent = rng.normal(size=people)
    answers = np.clip(np.round(3 + latent + 0.5 * first + 0.8 * rng.normal(size=people)), 1, 5)
    predictions = np.where(first, *lean) * latent + noise * rng.normal(size=people)
    weights = np.exp(0.2 * latent + 0.4 * rng.normal(size=people)) if weighted else np.ones(people)
    return first, answers, predictions, weights


def groups(first, answers, predictions, weights, n=LABELLED):
    found = []
    for member in (True, False):
        known = np.flatnonzero(first == member)
        labelled, others = known[known < n], known[known >= n]
        told = [Predicted(predictions[rows, None], weights[rows])
                for rows in (labelled, others, known)]  # fmt: skip
        found.append(
            Group(answers[labelled, None], told[0], told[1], answers[known, None], told[2])
        )
    return found


@given(seed=st.integers(0, 10_000), noise=st.sampled_from([0.1, 0.5, 2.0]))
@settings(max_examples=20)
def test_without_weights_it_is_the_slope_of_least_squares_helped_by_the_same_of_predictions(
    seed, noise
):
    """Which is PPI++'s estimate of a coefficient at the same λ; so is the λ, of group by group."""
    first, answers, predictions, weights = study(np.random.default_rng(seed), 200, noise=noise)
    said = powered(groups(first, answers, predictions, weights))

    def slope(values, rows):
        x = np.column_stack([np.ones(len(values[rows])), first[rows]])
        return np.linalg.lstsq(x, values[rows], rcond=None)[0][1]

    here, there = slice(LABELLED), slice(LABELLED, None)
    above = below = 0.0
    for group in (True, False):
        rows = first[:LABELLED] == group
        y, f = answers[:LABELLED][rows], predictions[:LABELLED][rows]
        others = predictions[LABELLED:][first[LABELLED:] == group]
        n, more = len(y), len(others)
        above += np.cov(y, f)[0, 1] / n
        spread = (n - 1) * np.var(f, ddof=1) + (more - 1) * np.var(others, ddof=1)
        below += spread / (n + more - 2) * (1 / n + 1 / more)
    tuning = max(above / below, 0)
    helped = slope(answers, here) + tuning * (slope(predictions, there) - slope(predictions, here))
    assert said.tuning == pytest.approx(tuning)
    assert said.powered.value == pytest.approx(helped)
    assert said.classical.value == pytest.approx(slope(answers, here))


@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_a_mean_of_one_group_is_that_of_means(weighted):
    _, answers, predictions, weights = study(np.random.default_rng(1), weighted=weighted)
    [group] = groups(np.ones(PEOPLE, dtype=bool), answers, predictions, weights)[:1]
    said, mean = (
        powered([group]),
        of_means.powered(group.own, group.labelled, group.others, 5),
    )
    for one, other in ((said.powered, mean.powered[0]), (said.classical, mean.classical[0])):
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))
    assert said.tuning == pytest.approx(mean.tuning[0])


@given(
    seed=st.integers(0, 10_000), times=st.floats(0.01, 50), shift=st.floats(-100, 100),
    weight=st.floats(0.1, 10),
)  # fmt: skip
@settings(max_examples=15)
def test_how_far_predictions_are_off_and_what_unit_they_have_changes_nothing(
    seed, times, shift, weight
):
    """In each group by as much as it likes: so is the difference that they have themselves."""
    first, answers, predictions, weights = study(np.random.default_rng(seed), weighted=True)
    one = groups(first, answers, predictions, weights)
    other = groups(first, answers, predictions * times + shift * first, weights * weight)
    for end in ("value", "low", "high"):
        same = [getattr(powered(made).powered, end) for made in (one, other)]
        assert same[0] == pytest.approx(same[1], abs=1e-6)
        same = [getattr(worth(made)[0].times, end) for made in (one, other)]
        assert same[0] == pytest.approx(same[1], abs=1e-6)


@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_intervals_hold_the_populations_difference_and_worth_is_what_is_gained(weighted):
    rng = np.random.default_rng(5)
    truth = everybody(groups(*study(rng, 400_000, weighted=weighted)))
    said, times = [], []
    for _ in range(400):
        made = groups(*study(rng, weighted=weighted))
        found = powered(made)
        said.append([(e.value, e.low, e.high) for e in (found.powered, found.classical)])
        times.append(worth(made)[0].times.value)
    ends = np.array(said)
    held = ((ends[:, :, 1] <= truth) & (truth <= ends[:, :, 2])).mean(axis=0)
    assert held == pytest.approx([0.95, 0.95], abs=0.03)
    gained = np.square(ends[:, :, 0] - truth).mean(axis=0)
    assert gained[1] / gained[0] == pytest.approx(np.mean(times), rel=0.25)
    assert np.mean(times) > 1.2


def test_noise_is_worth_nothing_and_is_said_to_be_in_about_five_of_a_hundred():
    rng = np.random.default_rng(6)
    chances = np.array([worth(groups(*study(rng, lean=(0, 0))))[1] for _ in range(300)])
    assert (chances < 0.05).mean() == pytest.approx(0.05, abs=0.035)


@pytest.mark.parametrize("times", [0.0, -1.0], ids=["the same of all", "the contrary"])
def test_what_tells_nothing_or_the_contrary_leaves_the_classical_difference(times):
    first, answers, predictions, weights = study(np.random.default_rng(7), weighted=True)
    made = groups(first, answers, 3 + times * predictions, weights)
    said = powered(made)
    assert (said.tuning, said.powered) == (0, said.classical)
    assert worth(made)[0].times.low == worth(made)[0].times.value == 1


def test_predictions_that_are_the_answers_surely_follow_them():
    first, answers, _, weights = study(np.random.default_rng(7), weighted=True)
    of_it, p = worth(groups(first, answers, 3 * answers, weights))
    assert (p, of_it.correlation.low, of_it.correlation.value) == (
        0,
        pytest.approx(1),
        pytest.approx(1),
    )
    assert of_it.times.low == of_it.times.value > 2


def test_there_is_no_interval_where_nearly_all_of_a_group_say_the_same():
    first, answers, predictions, weights = study(np.random.default_rng(8))
    answers[first] = 3
    answers[np.flatnonzero(first)[:9]] = 1
    made = groups(first, answers, predictions, weights)
    assert math.isnan(powered(made).powered.low)
    assert math.isnan(worth(made)[0].times.value)

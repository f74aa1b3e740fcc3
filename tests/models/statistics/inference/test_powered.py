"""Prediction-powered means against PPI++ written plainly, and in made studies of known truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.models.statistics.inference.powered import powered
from anthology.models.statistics.inference.tuning import Predicted

LABELLED, PEOPLE = 100, 800
OPTIONS = np.arange(1, 6)


def study(rng, people=PEOPLE, noise=0.5, weighted=False):
    """Answers on five positions, predictions of them, weights that go with the answers."""
    latent = rng.normal(size=people)
    answers = np.clip(np.round(3 + latent + 0.8 * rng.normal(size=people)), 1, 5)
    predictions = 2.5 + 0.4 * latent * (noise < 1) + noise * rng.normal(size=people)
    weights = np.exp(0.2 * latent + 0.4 * rng.normal(size=people)) if weighted else np.ones(people)
    return answers[:, None], predictions[:, None], weights


def found(answers, predictions, weights, n=LABELLED):
    labelled, others = (
        Predicted(predictions[rows], weights[rows]) for rows in (slice(n), slice(n, None))
    )
    return powered(answers[:n], labelled, others, 5)


def plainly(y, f, others):
    """The mean of PPI++ and λ, without weights."""
    n, more = len(y), len(others)
    spread = ((n - 1) * np.var(f, ddof=1) + (more - 1) * np.var(others, ddof=1)) / (n + more - 2)
    tuning = max(np.cov(y, f)[0, 1] / ((1 + n / more) * spread), 0)
    return np.mean(y) + tuning * (np.mean(others) - np.mean(f)), tuning


@given(seed=st.integers(0, 10_000), noise=st.sampled_from([0.1, 0.5, 2.0]))
@settings(max_examples=25)
def test_the_mean_and_the_tuning_are_those_of_ppi_plus_plus(seed, noise):
    answers, predictions, weights = study(np.random.default_rng(seed), 150, noise)
    said = found(answers, predictions, weights, 60)
    mean, tuning = plainly(answers[:60, 0], predictions[:60, 0], predictions[60:, 0])
    assert said.powered[0].value == pytest.approx(mean)
    assert said.tuning[0] == pytest.approx(tuning)
    assert said.classical[0].value == pytest.approx(answers[:60].mean())


@given(
    seed=st.integers(0, 10_000), times=st.floats(0.01, 50), shift=st.floats(-100, 100),
    weight=st.floats(0.1, 10),
)  # fmt: skip
@settings(max_examples=25)
def test_how_a_prediction_is_scaled_and_how_far_off_it_is_changes_nothing(
    seed, times, shift, weight
):
    answers, predictions, weights = study(np.random.default_rng(seed), 120, weighted=True)
    one = found(answers, predictions, weights, 60).powered[0]
    other = found(answers, predictions * times + shift, weights * weight, 60).powered[0]
    for end in ("value", "low", "high"):
        assert getattr(one, end) == pytest.approx(getattr(other, end), abs=1e-6)


@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_intervals_hold_the_populations_mean_in_about_95_of_100_studies(weighted):
    rng = np.random.default_rng(5)
    answers, _, weights = study(rng, 400_000, weighted=weighted)
    truth = np.average(answers[:, 0], weights=weights)
    said = [found(*study(rng, 500, weighted=weighted)) for _ in range(400)]
    ends = np.array([
        [(one.value, one.low, one.high) for one in (both.powered[0], both.classical[0])]
        for both in said
    ])  # fmt: skip
    held = ((ends[:, :, 1] <= truth) & (truth <= ends[:, :, 2])).mean(axis=0)
    assert held == pytest.approx([0.95, 0.95], abs=0.03)
    wide = ends[:, :, 2] - ends[:, :, 1]
    assert wide[:, 0].mean() < 0.95 * wide[:, 1].mean()


def test_noise_makes_intervals_hardly_wider_than_without_a_simulation():
    rng = np.random.default_rng(6)
    said = [found(*study(rng, 500, noise=1)) for _ in range(200)]
    wide = np.array([[one[0].high - one[0].low for one in (both.powered, both.classical)]
                     for both in said])  # fmt: skip
    assert 0.99 < (wide[:, 0] / wide[:, 1]).mean() < 1.02
    assert np.mean([both.tuning[0] == 0 for both in said]) == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("times", [0.0, -1.0], ids=["the same of all", "the contrary"])
def test_what_tells_nothing_or_the_contrary_leaves_the_classical_mean(times):
    answers, predictions, weights = study(np.random.default_rng(7), weighted=True)
    said = found(answers, 3 + times * predictions, weights)
    assert said.tuning[0] == 0
    assert said.powered[0] == said.classical[0]


def test_rounding_takes_no_help_from_what_says_the_same_of_all_who_were_asked():
    answers, predictions, weights = study(np.random.default_rng(7), weighted=True)
    predictions[:LABELLED] = 2.1
    for factor in (1, 3.7, 9.1, 91, 0.3):
        said = found(answers, predictions, weights * factor)
        assert said.tuning[0] == 0
        assert said.powered[0] == said.classical[0]


def test_there_is_no_interval_where_nearly_all_who_were_asked_say_the_same():
    answers, predictions, weights = study(np.random.default_rng(8))
    answers[:91] = 3
    answers[91:LABELLED] = 1
    said = found(answers, predictions, weights)
    assert math.isnan(said.powered[0].low)
    assert math.isnan(said.classical[0].high)
    assert said.classical[0].value == pytest.approx(answers[:LABELLED].mean())


def test_several_quantities_at_once_are_each_by_itself():
    answers, predictions, weights = study(np.random.default_rng(9), weighted=True)
    own = (answers == OPTIONS).astype(float)
    near = np.exp(-np.square(predictions - OPTIONS))
    together = found(np.hstack([answers, own]), np.hstack([predictions, near]), weights)
    mean = found(answers, predictions, weights)
    labelled, others = (
        Predicted(near[rows], weights[rows]) for rows in (slice(LABELLED), slice(LABELLED, None))
    )
    alone = powered(own[:LABELLED], labelled, others)
    expected = [*mean.powered, *alone.powered]
    for one, other in zip(together.powered, expected, strict=True):
        assert one.value == pytest.approx(other.value)
        assert (one.low, one.high) == pytest.approx((other.low, other.high))


def test_shares_of_rare_answers_have_intervals_that_hold_them():
    """One in twenty gives the answer, and a simulation has a hint of who."""
    rng = np.random.default_rng(10)
    held, empty = [], 0
    for _ in range(400):
        hint = rng.normal(size=(500, 1))
        own = (rng.random((500, 1)) < 0.05 * np.exp(0.8 * hint - 0.32)).astype(float)
        labelled, others = (
            Predicted(hint[rows], np.ones(len(hint[rows]))) for rows in (slice(60), slice(60, None))
        )
        said = powered(own[:60], labelled, others)
        ends = [(one.low, one.high) for one in (said.powered[0], said.classical[0])]
        held.append([low <= 0.05 <= high for low, high in ends])
        empty += not own[:60].any()
    assert empty > 5
    assert np.mean(held, axis=0) == pytest.approx([0.95, 0.95], abs=0.035)

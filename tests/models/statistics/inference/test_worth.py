"""What a simulation is worth: against correlations of numpy, and variances in made studies."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from anthology.models.statistics.inference.powered import powered
from anthology.models.statistics.inference.tuning import Predicted
from anthology.models.statistics.inference.worth import average, relations, worth


def normal(rng, people, r):
    """Answers and predictions (n, 1) that correlate so much in their population."""
    answers = rng.normal(size=(people, 1))
    return answers, r * answers + math.sqrt(1 - r * r) * rng.normal(size=(people, 1))


def told(answers, predictions, unlabelled, weights=None):
    simulated = Predicted(predictions, np.ones(len(answers)) if weights is None else weights)
    return worth(relations(answers, simulated), [unlabelled] * answers.shape[1])


@given(seed=st.integers(0, 10_000), r=st.floats(-0.9, 0.9), unlabelled=st.floats(0.05, 0.95))
@settings(max_examples=25)
def test_it_rests_on_the_correlation(seed, r, unlabelled):
    answers, predictions = normal(np.random.default_rng(seed), 40, r)
    [found] = told(answers, predictions, unlabelled)
    expected = stats.pearsonr(answers[:, 0], predictions[:, 0]).statistic
    assert found.correlation.value == pytest.approx(expected)
    times = 1 / (1 - max(expected, 0) ** 2 * unlabelled)
    assert found.times.value == pytest.approx(times)
    assert 1 <= found.times.low <= found.times.value <= found.times.high


def test_so_many_times_as_many_humans_alone_would_be_as_sure():
    """Variances over made studies, within what 4,000 of them tell."""
    rng = np.random.default_rng(1)
    n, people, r = 50, 200, 0.7
    values = []
    for _ in range(40):
        answers, predictions = (
            values.reshape(100, people).T for values in normal(rng, people * 100, r)
        )
        labelled, others = (
            Predicted(predictions[rows], np.ones(len(predictions[rows])))
            for rows in (slice(n), slice(n, None))
        )
        said = powered(answers[:n], labelled, others)
        values += [(a.value, b.value) for a, b in zip(said.powered, said.classical, strict=True)]
    helped, alone = np.var(values, axis=0)
    assert alone / helped == pytest.approx(1 / (1 - r * r * (people - n) / people), rel=0.1)


def test_the_interval_holds_the_populations_correlation_in_about_95_of_100_studies():
    rng = np.random.default_rng(2)
    quantities = 400
    answers, predictions = (
        values.reshape(quantities, 120).T for values in normal(rng, 120 * quantities, 0.5)
    )
    coarse = np.clip(np.round(answers * 1.2), -2, 2)
    many = normal(rng, 400_000, 0.5)
    truth = np.corrcoef(np.clip(np.round(many[0][:, 0] * 1.2), -2, 2), many[1][:, 0])[0, 1]
    ends = [one.correlation for one in told(coarse, predictions, 0.5)]
    assert np.mean([e.low <= truth <= e.high for e in ends]) == pytest.approx(0.95, abs=0.03)


def test_a_copy_of_the_humans_is_worth_all_of_them():
    answers = np.arange(100.0)[:, None]
    [found] = told(answers, answers / 7, 0.75)
    assert found.times.value == pytest.approx(4)
    assert found.times.low == pytest.approx(4)


def test_what_says_the_same_of_everybody_is_worth_nothing_for_sure():
    [found] = told(np.arange(100.0)[:, None], np.full((100, 1), 2.5), 0.75)
    assert (found.times.value, found.times.low, found.times.high) == (1, 1, 1)


def test_where_people_say_the_same_nothing_is_known_and_an_average_does_without():
    rng = np.random.default_rng(3)
    answers, predictions = normal(rng, 60, 0.6)
    dull = np.where(np.arange(60) < 5, 1.0, 2.0)[:, None]
    weights = rng.random(60) + 0.5
    known, unknown = (
        relations(own, Predicted(predictions, weights))[:, 0] for own in (answers, dull)
    )
    assert np.isnan(unknown).all()
    assert math.isnan(worth(average([unknown]), [0.5])[0].times.value)
    np.testing.assert_allclose(average([known, unknown])[:, 0], known)
    other = relations(answers[::-1], Predicted(predictions, weights))[:, 0]
    middle = worth(average([known, other]), [0.5])[0].correlation.value
    assert math.atanh(middle) == pytest.approx((known[0] + other[0]) / 2)

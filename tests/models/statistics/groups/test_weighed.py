"""Many resamples at once, against each with its people repeated and the plain formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people import correlated_people, some_weights

from anthology.models.statistics import figures
from anthology.models.statistics.groups import weighed
from anthology.models.statistics.groups.profiles import Profile
from anthology.models.statistics.groups.weighed import Weighed
from anthology.models.statistics.metrics import mean_distribution

OPTIONS = [3, 5, 2, 4]


@st.composite
def groups(draw):
    """Answers to four items, some missing or alike, probabilities, weights some of which are 0, the
    columns that have an order, and how often everybody is in each of some resamples."""
    n = draw(st.integers(1, 12))
    items = [
        draw(st.lists(st.integers(-1, k - 1), min_size=n, max_size=n) | st.just([k - 1] * n))
        for k in OPTIONS
    ]
    weights = draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))
    columns = draw(st.sampled_from([[0, 1, 2, 3], [1, 3], [0, 1, 3], [2], []]))
    resamples = st.lists(st.integers(0, 3), min_size=n, max_size=n)
    times = draw(st.lists(resamples, min_size=1, max_size=4))
    answers = np.array(items).T
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    probabilities = [rng.dirichlet(np.ones(k), n) for k in OPTIONS]
    for j, item in enumerate(probabilities):
        item[answers[:, j] < 0] = np.nan
    return answers, probabilities, np.array(weights, float), columns, np.array(times, float)


@given(groups(), st.sampled_from([1, 5, 2048]))
@settings(max_examples=150, deadline=None)
def test_profiles_of_resamples_are_those_of_their_people_repeated(group, at_a_time):
    answers, probabilities, weights, columns, times = group
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weighed, "PEOPLE", at_a_time)
        drawn = Weighed(answers, OPTIONS, weights, columns).profiles(times, covariances=True)
        means = Weighed(answers, OPTIONS, weights, columns, probabilities).profiles(
            times, covariances=False
        )
    for r, counts in enumerate(times.astype(int)):
        rows = np.repeat(np.arange(len(answers)), counts)
        one = Profile.of_answers(answers[rows], OPTIONS, weights[rows], columns)
        for j, item in enumerate(probabilities):
            same(drawn.distributions[j][r], one.distributions[j])
            same(means.distributions[j][r], mean_distribution(item[rows], weights[rows]))
        same(drawn.correlation[r], one.correlation)
        same(means.correlation[r], one.correlation)
        same(drawn.covariance[r], one.covariance)
        assert np.isnan(means.covariance[r]).all()


@given(groups(), groups())
@settings(max_examples=60, deadline=None)
def test_figures_of_resamples_are_those_of_their_people_repeated(humans, simulated):
    answers, _, weights, columns, times = humans
    others, _, other_weights, _, other_times = simulated
    count = min(len(times), len(other_times))
    times, other_times = times[:count], other_times[:count]
    one = Weighed(answers, OPTIONS, weights, columns).profiles(times, covariances=False)
    other = Weighed(others, OPTIONS, other_weights, columns).profiles(other_times, covariances=True)
    found = {figure.name: figure.value(one, other) for figure in figures.COMPARED}

    def repeated(people, weighing, counts):
        rows = np.repeat(np.arange(len(people)), counts.astype(int))
        return Profile.of_answers(people[rows], OPTIONS, weighing[rows], columns)

    for r in range(count):
        plain = (
            repeated(answers, weights, times[r]),
            repeated(others, other_weights, other_times[r]),
        )
        for figure in figures.COMPARED:
            # A factor is found by search, and its ends are as far apart as that is left.
            exactly = 1e-10 if figure.name != "omega" else 1e-6
            if figure.name not in ("js", "homogenised"):  # a root and a step
                same(found[figure.name][r], figure.value(*plain), exactly)


def same(found, expected, exactly=1e-10):
    np.testing.assert_allclose(found, expected, rtol=0, atol=exactly)


def test_resamples_of_many_people_and_uneven_weights_are_as_exact():
    answers, weights = correlated_people(5000, items=6), some_weights(5000)
    rng = np.random.default_rng(0)
    times = rng.multinomial(5000, np.full(5000, 1 / 5000), size=3).astype(float)
    found = Weighed(answers, [5] * 6, weights, list(range(6))).profiles(times, covariances=True)
    for r in range(3):
        rows = np.repeat(np.arange(5000), times[r].astype(int))
        one = Profile.of_answers(answers[rows], [5] * 6, weights[rows], list(range(6)))
        same(found.correlation[r], one.correlation, 1e-12)
        same(found.covariance[r], one.covariance, 1e-12)
        for j in range(6):
            same(found.distributions[j][r], one.distributions[j], 1e-12)


def test_a_scale_of_many_steps_to_which_all_gave_one_answer_is_constant():
    """What is left of a variance by rounding is none, whatever the size of the numbers."""
    answers = np.column_stack([np.full(300, 100), np.arange(300) % 101, np.arange(300) % 7])
    options = [101, 101, 7]
    times = np.random.default_rng(0).integers(0, 3, (20, 300)).astype(float)
    found = Weighed(answers, options, some_weights(300), [0, 1, 2]).profiles(
        times, covariances=False
    )
    assert (found.correlation[:, 0, 1:] == 0).all()
    assert (np.abs(found.correlation[:, 1, 2]) > 0).all()

"""Resamples at once against a plain loop that picks people, over the same random numbers."""

import numpy as np
import pytest
from people import correlated_people, some_weights

from anthology.models.statistics import comparison, floors
from anthology.models.statistics.comparison import Humans, Simulated
from anthology.models.statistics.groups import weighed
from anthology.models.statistics.groups.profiles import Profile
from anthology.models.statistics.groups.weighed import Weighed
from anthology.models.statistics.individual import estimates, joint_tables
from anthology.models.statistics.metrics import mean_distribution, shares, total_variation
from anthology.models.statistics.reliability import pairwise_covariance

OPTIONS, COLUMNS, REPLICATES = [5] * 4, [0, 1, 2, 3], 6
ORDERED = [True, True, True, False]


def humans(n, seed, missing=0.03):
    return Humans(correlated_people(n, seed=seed, missing=missing), some_weights(n, seed))


def simulated(n, seed):
    answers = correlated_people(n, seed=seed, missing=0.0)
    probabilities = [np.random.default_rng(j).dirichlet(np.ones(5), n) for j in COLUMNS]
    return Simulated(answers, some_weights(n, seed), probabilities)


def profile(people, columns=COLUMNS):
    return Profile.of_answers(people.answers, OPTIONS, people.weights, columns)


def drawn(rng, n):
    return [rng.integers(n, size=n) for _ in range(REPLICATES)]


def close(found, expected, figure=""):
    # A factor is found by search, and its ends are as far apart as that is left.
    exactly = 1e-6 if figure == "omega" else 1e-9
    np.testing.assert_allclose(found, expected, rtol=0, atol=exactly, err_msg=figure)


def test_figures_of_bootstraps_are_those_of_a_loop_over_people_drawn():
    theirs, ours = humans(70, 1), simulated(50, 2)
    found = comparison.resampled(theirs, ours, np.random.default_rng(3), REPLICATES, ORDERED)
    rng = np.random.default_rng(3)
    for r, (one, other) in enumerate(zip(drawn(rng, 70), drawn(rng, 50), strict=True)):
        plain = comparison.compare(theirs.take(one), ours.take(other), ORDERED)
        for name, values in found.figures.items():
            close(values[r], plain[name], name)
        doubles, people = ours.take(other), theirs.take(one)
        for j, item in enumerate(doubles.probabilities):
            means = mean_distribution(item, doubles.weights)
            given = shares(people.answers[:, j], item.shape[1], people.weights)
            close(found.items["tv"][j, r], total_variation(given, means))


def test_figures_of_pairs_of_bootstraps_are_those_of_a_loop_over_people_drawn(monkeypatch):
    own, ours = humans(50, 1).answers, simulated(50, 2)
    monkeypatch.setattr(joint_tables, "PEOPLE", 16)
    found = estimates.resampled(own, ours, ORDERED, np.random.default_rng(3), REPLICATES)
    monkeypatch.undo()
    for r, rows in enumerate(drawn(np.random.default_rng(3), 50)):
        doubles = ours.take(rows)
        plain = estimates.of_pairs(own[rows], doubles, ORDERED, doubles.weights[None])
        close(np.nanmean(found.drawn[r], axis=0), plain[0])


def test_floors_are_those_of_a_loop_over_halves():
    people, splits = humans(61, 1), 8
    found = floors.floor(
        people.answers, OPTIONS, people.weights, splits, rng=np.random.default_rng(3)
    )
    rng = np.random.default_rng(3)
    orders = [rng.permutation(61) for _ in range(splits)]
    halves = [
        (profile(people.take(order[:30])), profile(people.take(order[30:]))) for order in orders
    ]
    for figure in floors.TWO_SIDED:
        values = np.array([figure.value(*pair) for pair in halves])
        close(found[figure.name], np.nanmean(values), figure.name)
        close(found[f"{figure.name}_sd"], np.nanstd(values, ddof=1), figure.name)


@pytest.mark.parametrize("options", [5, 101])
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_sums_of_whole_numbers_are_exact_whatever_the_scale(options, missing):
    """Those of long scales of many people pass what single precision holds."""
    n, often = 1500, 60
    rng = np.random.default_rng(0)
    answers = np.minimum(rng.integers(0, options, (n, 3)), options - 1 - rng.integers(0, 3, (n, 1)))
    answers = np.maximum(answers, 0)
    answers[rng.random((n, 3)) < missing] = -1
    one = Weighed(answers, [options] * 3, some_weights(n), [0, 1, 2])
    found = one.profiles(np.full((1, n), float(often)), covariances=True).covariance
    np.testing.assert_allclose(
        found[0], pairwise_covariance(np.repeat(answers, often, axis=0)), rtol=1e-13
    )


def test_terms_that_are_kept_and_those_made_anew_give_the_same(monkeypatch):
    answers, weights = correlated_people(300), some_weights(300)
    times = np.random.default_rng(0).integers(0, 3, (5, 300)).astype(float)
    monkeypatch.setattr(weighed, "PEOPLE", 128)
    kept, anew = (
        Weighed(answers, OPTIONS, weights, COLUMNS, keeps=keeps) for keeps in (True, False)
    )
    for covariances in (False, True, True):
        one, other = (each.profiles(times, covariances=covariances) for each in (kept, anew))
        np.testing.assert_array_equal(one.correlation, other.correlation)
        np.testing.assert_array_equal(one.covariance, other.covariance)

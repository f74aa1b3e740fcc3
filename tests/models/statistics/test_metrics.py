"""Metrics against independent computations (scipy, pandas, numpy, sampling theory)."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from people import some_weights
from scipy import stats
from scipy.spatial.distance import jensenshannon

from anthology.models.statistics import metrics

counts = st.integers(2, 7).flatmap(
    lambda k: st.tuples(*[hnp.arrays(np.int64, k, elements=st.integers(0, 50))] * 3)
)
answers_of_people = hnp.arrays(
    np.int64, st.tuples(st.integers(3, 30), st.integers(2, 5)), elements=st.integers(-1, 4)
)
varied_answers = hnp.arrays(
    np.int64, st.tuples(st.integers(8, 40), st.integers(2, 5)), elements=st.integers(0, 4)
)


def distributions(drawn):
    assume(all(c.sum() > 0 for c in drawn))
    return [c / c.sum() for c in drawn]


# --- one item ------------------------------------------------------------------------------------


@given(hnp.arrays(np.int64, st.integers(1, 40), elements=st.integers(-1, 4)))
def test_shares_are_the_weighted_counts_of_valid_answers(answers):
    assume((answers >= 0).any())
    weights = some_weights(len(answers))
    table = pd.Series(weights).groupby(answers).sum().reindex(range(5), fill_value=0.0)
    np.testing.assert_allclose(metrics.shares(answers, 5, weights), table / table.sum())


def test_without_weights_everybody_counts_once():
    assert metrics.shares(np.array([0, 2, 2, -1, 2]), 4).tolist() == [0.25, 0, 0.75, 0]


@pytest.mark.parametrize("weights", [None, np.zeros(2)])
def test_shares_are_nan_if_nobody_answered_or_counts(weights):
    answers = np.array([-1, -1]) if weights is None else np.array([0, 1])
    assert np.isnan(metrics.shares(answers, 3, weights)).all()


@pytest.mark.parametrize("wrong", [3, -2])
def test_an_answer_that_is_no_option_is_refused(wrong):
    with pytest.raises(ValueError, match=r"-1\.\.2"):
        metrics.shares(np.array([0, wrong]), 3)


def test_mean_distribution_weights_people_and_leaves_out_those_without_an_answer():
    probabilities = np.array([[0.2, 0.8], [np.nan, np.nan], [1.0, 0.0]])
    mean = metrics.mean_distribution(probabilities, np.array([1.0, 50.0, 3.0]))
    np.testing.assert_allclose(mean, [0.8, 0.2])


@given(counts)
def test_wasserstein_is_scipys_on_positions(drawn):
    p, q, _ = distributions(drawn)
    positions = np.arange(1, len(p) + 1)
    expected = stats.wasserstein_distance(positions, positions, p, q)
    assert metrics.wasserstein(p, q) == pytest.approx(expected, abs=1e-12)


@given(counts)
def test_wasserstein_and_total_variation_are_metrics(drawn):
    p, q, r = distributions(drawn)
    for distance in (metrics.wasserstein, metrics.total_variation):
        assert distance(p, p) == 0
        assert distance(p, q) == pytest.approx(distance(q, p))
        assert distance(p, r) <= distance(p, q) + distance(q, r) + 1e-12


@given(counts)
def test_turning_the_scale_round_keeps_wasserstein(drawn):
    p, q, _ = distributions(drawn)
    turned = metrics.wasserstein(p[::-1], q[::-1])
    assert turned == pytest.approx(metrics.wasserstein(p, q), abs=1e-12)


@given(counts)
def test_mass_that_moves_goes_one_position_at_least_and_the_whole_scale_at_most(drawn):
    p, q, _ = distributions(drawn)
    moved, travelled = metrics.total_variation(p, q), metrics.wasserstein(p, q)
    assert moved - 1e-12 <= travelled <= (len(p) - 1) * moved + 1e-12
    assert 0 <= moved <= 1


def test_opposite_ends_of_a_scale_of_five_are_four_positions_apart():
    ends = np.eye(5)
    assert metrics.wasserstein(ends[0], ends[4]) == 4
    assert metrics.total_variation(ends[0], ends[4]) == 1


# --- how far two distributions are apart, and how far one is spread -------------------------------


@given(counts)
def test_other_distances_of_distributions_are_those_of_scipy(drawn):
    p, q, _ = distributions(drawn)
    options = len(p)
    positions = np.arange(options)
    expected = stats.wasserstein_distance(positions, positions, p, q) / (options - 1)
    assert metrics.wasserstein_normalised(p, q) == pytest.approx(expected, abs=1e-12)
    # The roots of what is lost by rounding.
    assert metrics.jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2), abs=2e-7)
    samples = [np.repeat(positions, drawn[i]) for i in (0, 1)]
    assert metrics.kolmogorov_smirnov(p, q) == pytest.approx(stats.ks_2samp(*samples).statistic)
    assert metrics.overlap(p, q) == pytest.approx(1 - metrics.total_variation(p, q))


@given(counts)
def test_spread_is_the_ratio_of_variances_and_of_entropies_of_single_answers(drawn):
    p, q, _ = distributions(drawn)
    here, there = (np.repeat(np.arange(len(p)), drawn[i]) for i in (0, 1))
    found = metrics.variance_ratio(p, q), metrics.homogenised(p, q), metrics.entropy_ratio(p, q)
    if here.var() == 0:
        assert np.isnan(found).all()
        return
    ratio = there.var() / here.var()
    assert found[0] == pytest.approx(ratio)
    assert found[1] == (ratio < 0.8) or ratio == pytest.approx(0.8)
    assert found[2] == pytest.approx(stats.entropy(q) / stats.entropy(p))


def test_the_variance_of_mean_probabilities_is_that_between_people_and_that_within_them():
    """The law of total variance, so that both sides of a ratio are of answers."""
    people = np.random.default_rng(0).dirichlet(np.ones(5), 200)
    positions = np.arange(5)
    means = people @ positions
    within = (people @ positions**2 - means**2).mean()
    one = np.array([0.5, 0, 0, 0, 0.5])  # variance 4
    found = metrics.variance_ratio(one, metrics.mean_distribution(people))
    assert found == pytest.approx((within + means.var()) / 4)


@pytest.mark.parametrize(
    "figure",
    [metrics.wasserstein, metrics.wasserstein_normalised, metrics.total_variation, metrics.overlap,
     metrics.kolmogorov_smirnov, metrics.jensen_shannon, metrics.variance_ratio,
     metrics.homogenised, metrics.entropy_ratio],
    ids=lambda figure: figure.__name__,
)  # fmt: skip
def test_figures_of_distributions_take_many_at_once_and_know_nothing_of_those_unknown(figure):
    p, q = np.random.default_rng(1).dirichlet(np.ones(4), (2, 6))
    p[2], q[3] = np.nan, np.nan
    found = figure(p, q)
    for i in range(6):
        assert found[i] == pytest.approx(float(figure(p[i], q[i])), nan_ok=True)
    assert np.isnan(found).tolist() == [False, False, True, True, False, False]


# --- items together ------------------------------------------------------------------------------


@given(varied_answers)
def test_correlation_is_numpys_on_complete_cases_with_weights(answers):
    assume((answers.std(axis=0) > 0).all())
    weights = some_weights(len(answers))
    covariance = np.cov(answers.T, aweights=weights)
    sd = np.sqrt(np.diag(covariance))
    incomplete = np.full((2, answers.shape[1]), 3)
    incomplete[:, 0] = -1
    found = metrics.correlation(np.vstack([answers, incomplete]), np.append(weights, [9.0, 9.0]))
    np.testing.assert_allclose(found, covariance / np.outer(sd, sd), atol=1e-9)


@given(varied_answers)
def test_correlation_without_weights_is_corrcoef(answers):
    assume((answers.std(axis=0) > 0).all())
    np.testing.assert_allclose(metrics.correlation(answers), np.corrcoef(answers.T), atol=1e-9)


@given(varied_answers, st.integers(0, 99))
def test_a_weight_of_three_is_the_same_as_three_such_people(answers, seed):
    times = np.random.default_rng(seed).integers(0, 4, len(answers))
    repeated = metrics.correlation(np.repeat(answers, times, axis=0))
    weighted = metrics.correlation(answers, times.astype(float))
    np.testing.assert_allclose(weighted, repeated, atol=1e-9)


@given(answers_of_people)
def test_correlations_lie_within_one_and_are_symmetric_whatever_the_answers(answers):
    weights = some_weights(len(answers))
    found = metrics.correlation(answers, weights)
    if metrics.complete_cases(answers, weights) < 2:
        assert np.isnan(found).all()
        return
    assert (np.abs(found) <= 1).all()
    assert (np.diag(found) == 1).all()
    np.testing.assert_allclose(found, found.T)


def test_an_item_that_is_constant_among_complete_cases_correlates_zero_and_is_named():
    answers = np.array([[0, 1, 0], [1, 1, 1], [2, 1, 2], [2, 0, -1]])
    found = metrics.correlation(answers)
    assert metrics.constant_items(answers) == [1]
    np.testing.assert_allclose(found, [[1, 0, 1], [0, 1, 0], [1, 0, 1]])


def test_an_item_that_varies_only_among_people_of_no_weight_is_constant():
    answers = np.array([[0, 1], [1, 1], [1, 0]])
    assert metrics.constant_items(answers) == []
    assert metrics.constant_items(answers, np.array([1.0, 1.0, 0.0])) == [1]


@pytest.mark.parametrize("one", [[0, -1], [0, 1]], ids=["no complete case", "one"])
def test_without_two_complete_cases_nothing_is_known_of_correlations(one):
    """They were the identity once: a copy of the humans scored worse than noise."""
    answers = np.array([one, [-1, 1], [1, -1]])
    found = metrics.correlation(answers)
    assert np.isnan(found).all()
    assert metrics.constant_items(answers) == []
    other = np.eye(2)
    for distance in (metrics.frobenius, metrics.correlation_matrix_distance, metrics.l1):
        assert math.isnan(distance(found, other))


def test_complete_cases_are_people_of_some_weight_who_answered_everything():
    answers = np.array([[0, 1], [1, -1], [2, 2], [2, 0]])
    assert metrics.complete_cases(answers) == 3
    assert metrics.complete_cases(answers, np.array([1.0, 1.0, 0.0, 2.0])) == 2


@given(varied_answers, varied_answers)
def test_matrix_distances_are_their_definitions(one, other):
    items = min(one.shape[1], other.shape[1])
    a, b = metrics.correlation(one[:, :items]), metrics.correlation(other[:, :items])
    norm_a, norm_b = np.linalg.norm(a, "fro"), np.linalg.norm(b, "fro")
    assert metrics.frobenius(a, b) == pytest.approx(np.linalg.norm(a - b, "fro"))
    assert metrics.l1(a, b) == pytest.approx(np.linalg.norm((a - b).ravel(), 1))
    expected = 1 - np.trace(a @ b) / (norm_a * norm_b)
    assert metrics.correlation_matrix_distance(a, b) == pytest.approx(expected, abs=1e-12)
    assert 0 <= metrics.correlation_matrix_distance(a, b) <= 1


def test_the_correlation_matrix_distance_is_blind_to_scale_and_one_for_orthogonal_matrices():
    a, b = np.diag([1.0, 0.0]), np.diag([0.0, 1.0])
    assert metrics.correlation_matrix_distance(a, 3 * a) == pytest.approx(0)
    assert metrics.correlation_matrix_distance(a, b) == pytest.approx(1)


@given(varied_answers, varied_answers)
def test_coherence_is_the_difference_of_mean_absolute_correlations(one, other):
    items = min(one.shape[1], other.shape[1])
    a, b = metrics.correlation(one[:, :items]), metrics.correlation(other[:, :items])
    pairs = np.triu_indices(items, 1)
    expected = np.abs(b[pairs]).mean() - np.abs(a[pairs]).mean()
    assert metrics.coherence(a, b) == pytest.approx(expected, abs=1e-12)

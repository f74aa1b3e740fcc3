"""Alpha and omega, against pandas, a general minimiser and covariances whose factor is known."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from people import alpha, correlated_people
from scipy import optimize

from anthology.models.statistics import reliability

answers_of_people = hnp.arrays(
    np.int64, st.tuples(st.integers(3, 30), st.integers(2, 5)), elements=st.integers(-1, 4)
)


def omega(answers):
    return reliability.mcdonald_omega(reliability.pairwise_covariance(np.array(answers)))


@given(answers_of_people)
def test_alpha_is_its_formula_on_pandas_pairwise_covariances(answers):
    covariance = pd.DataFrame(answers).replace(-1, np.nan).astype(float).cov().to_numpy()
    k, total = len(covariance), covariance.sum()
    found = alpha(answers)
    if np.isnan(covariance).any() or total < 1e-9:
        assert math.isnan(found)
    else:
        expected = k / (k - 1) * (1 - np.trace(covariance) / total)
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_alpha_of_the_same_item_twice_is_one():
    assert alpha(np.array([[0, 0], [1, 1], [4, 4]])) == pytest.approx(1)


@pytest.mark.parametrize(
    "answers",
    [[[0], [1], [2]], [[1, 2], [1, 2], [1, 2]], [[0, 2], [1, 1], [2, 0]], [[0, -1], [-1, 1]]],
    ids=["one item", "no variance", "items that cancel out", "nobody answered both"],
)
def test_alpha_is_nan_where_undefined(answers):
    assert math.isnan(alpha(np.array(answers)))


# --- omega ----------------------------------------------------------------------------------------


def fitted(correlations):
    """Loadings and what they leave, by a minimiser that knows nothing of factors."""
    pairs = np.triu_indices(len(correlations), 1)

    def left(loadings):
        return np.square(correlations[pairs] - np.outer(loadings, loadings)[pairs]).sum()

    tries = [
        optimize.minimize(
            left, start, method="L-BFGS-B", bounds=[(-1, 1)] * len(correlations),
            options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5000},
        )
        for start in np.random.default_rng(0).uniform(-0.9, 0.9, (6, len(correlations)))
    ]  # fmt: skip
    best = min(tries, key=lambda found: found.fun)
    return best.x, best.fun


@given(st.integers(0, 10_000), st.integers(3, 8), st.booleans())
@settings(max_examples=30, deadline=None)
def test_omega_is_that_of_the_factor_that_a_general_minimiser_finds(seed, items, turned):
    answers = correlated_people(60, items=items, seed=seed)
    if turned:
        answers[:, 0] = np.where(answers[:, 0] < 0, -1, 4 - answers[:, 0])
    covariance = reliability.pairwise_covariance(answers)
    deviations = np.sqrt(np.diag(covariance))
    loadings, least = fitted(covariance / np.outer(deviations, deviations))
    common = (deviations * loadings).sum() ** 2
    unique = (deviations**2 * (1 - loadings**2)).sum()
    found = omega(answers)
    assert found == pytest.approx(common / (common + unique), abs=1e-4)
    mine = reliability.one_factor((covariance / np.outer(deviations, deviations))[None])[0]
    pairs = np.triu_indices(items, 1)
    left = covariance / np.outer(deviations, deviations) - np.outer(mine, mine)
    assert np.square(left[pairs]).sum() <= least + 1e-9


@pytest.mark.parametrize("shared", [0.0, 0.3])
@pytest.mark.parametrize("items", [3, 4, 6])
def test_of_items_with_little_in_common_the_factor_is_the_nearest_of_several(shared, items):
    """Of these the sum of squares that is made least has several ends; sweeps from the first
    component alone stop at another than the least in 3 to 8 of each 40."""
    rng = np.random.default_rng(4)
    people = rng.normal(size=(40, 60, 1)) * shared + rng.normal(size=(40, 60, items))
    correlations = np.array([np.corrcoef(np.round(one).T) for one in people])
    found = reliability.one_factor(correlations)
    for matrix, loadings in zip(correlations, found, strict=True):
        assert missed(loadings, matrix)[0] <= least_missed(matrix) + 1e-7


def missed(loadings, correlations):
    """What is left of the correlations, squared, and how that changes with each loading."""
    left = np.outer(loadings, loadings) - correlations
    np.fill_diagonal(left, 0)
    return np.square(left).sum() / 2, 2 * left @ loadings


def least_missed(correlations):
    starts = np.random.default_rng(0).uniform(-0.9, 0.9, (5, len(correlations)))
    bounds = [(-1, 1)] * len(correlations)
    return min(
        optimize.minimize(
            missed, start, args=(correlations,), jac=True, method="L-BFGS-B", bounds=bounds
        ).fun
        for start in starts
    )


@given(hnp.arrays(np.float64, st.integers(3, 9), elements=st.floats(0.3, 2.0)))
@settings(deadline=None)
def test_omega_of_covariances_of_one_factor_is_known_and_no_less_than_alpha(loadings):
    unique = np.linspace(0.2, 1.5, len(loadings))
    covariance = np.outer(loadings, loadings) + np.diag(unique)
    expected = loadings.sum() ** 2 / covariance.sum()
    found = reliability.mcdonald_omega(covariance)
    assert found == pytest.approx(expected, abs=1e-6)
    assert reliability.cronbach_alpha(covariance) <= found + 1e-6


def test_of_items_that_share_alike_omega_is_alpha():
    covariance = np.full((4, 4), 0.5) + np.diag([0.5, 1.0, 1.5, 2.0])
    found = reliability.mcdonald_omega(covariance)
    assert found == pytest.approx(float(reliability.cronbach_alpha(covariance)), abs=1e-8)


def test_an_item_without_variance_adds_nothing_to_omega():
    answers = correlated_people(80, items=4, missing=0)
    constant = np.column_stack([answers, np.full(80, 2)])
    assert omega(constant) == pytest.approx(float(omega(answers)), abs=1e-8)


@pytest.mark.parametrize(
    "answers",
    [[[0, 1], [1, 1], [2, 2]], [[1, 2, 3], [1, 2, 3]], [[0, 1, 2], [1, 1, 2], [2, 2, 2]],
     [[0, 1, -1], [1, -1, 1], [-1, 2, 2]]],
    ids=["two items", "no variance", "two with variance", "nobody answered both"],
)  # fmt: skip
def test_omega_is_nan_where_one_factor_says_nothing(answers):
    assert math.isnan(omega(answers))


def test_omega_of_items_that_all_exclude_each_other_is_found_within_its_bounds():
    """No factor fits three items of which every two are opposite."""
    found = reliability.mcdonald_omega(np.full((3, 3), -0.4) + 1.4 * np.eye(3))
    assert 0 <= found < 1


def test_where_no_solution_is_found_omega_is_nan(monkeypatch):
    monkeypatch.setattr(reliability, "SWEEPS", 1)
    assert math.isnan(omega(correlated_people(60, items=6)))


def test_many_matrices_at_once_have_each_their_own_figures():
    many = np.array(
        [reliability.pairwise_covariance(correlated_people(40, seed=seed)) for seed in range(8)]
    )
    many[3] = np.nan
    for figure in (reliability.cronbach_alpha, reliability.mcdonald_omega):
        each = [float(figure(one)) for one in many]
        np.testing.assert_allclose(figure(many), each, atol=1e-12)
        assert np.isnan(each).sum() == 1

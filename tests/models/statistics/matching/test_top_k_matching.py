"""Personas drawn among the k that fit best, by their weights: against all ways to choose the k."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from anthology.models.statistics.matching import methods as matching
from anthology.models.statistics.matching.edge_weights import Floats

WEIGHTS = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5]), min_size=1, max_size=7)


def one_trait(weights: list[float]) -> list[Floats]:
    """A poll whose edge weights for bin 0 are these."""
    return [np.array([[weight, 1 - weight] for weight in weights])]


def chances(weights: list[float], k: int) -> Floats:
    """Every choice of k that no other weighs more than is as likely; in it each as it weighs."""
    sums = [sum(weights[i] for i in chosen) for chosen in combinations(range(len(weights)), k)]
    sets = [
        chosen for chosen, total in zip(combinations(range(len(weights)), k), sums, strict=True)
        if total >= max(sums) - 1e-9
    ]  # fmt: skip
    found = np.zeros(len(weights))
    for chosen in sets:
        total = sum(weights[i] for i in chosen)
        for i in chosen:
            found[i] += (weights[i] / total if total else 1 / k) / len(sets)
    return found


@given(WEIGHTS, st.integers(1, 7))
def test_a_persona_is_as_likely_as_over_all_choices_of_the_k_best(
    weights: list[float], k: int
) -> None:
    k = min(k, len(weights))
    best, found = matching._the_k_best(np.array(weights), k)
    expected = chances(weights, k)
    if max(weights) > 0:  # where nobody fits, whoever ties is as likely
        assert found / found.sum() == pytest.approx(expected[best])
        assert expected.sum() == pytest.approx(expected[best].sum())


def test_each_respondent_is_drawn_its_own_among_the_k() -> None:
    weights = [0.5, 0.1, 0.3, 0.2, 0.2]
    bins = np.zeros((4000, 1), dtype=int)
    found = matching.top_k(np.random.default_rng(7), one_trait(weights), bins, 3)
    counts = np.bincount(found.personas, minlength=5)
    assert counts[1] == 0
    expected = np.array([0.5, 0.3, 0.1, 0.1])
    assert chisquare(counts[[0, 2, 3, 4]], 4000 * expected).pvalue > 0.001
    assert set(found.weights) == {0.5, 0.3, 0.2}


def test_of_fewer_than_k_polled_personas_all_are_drawn_from() -> None:
    poll = [np.array([[0.5, 0.5], [np.nan, np.nan], [0.5, 0.5]])]
    found = matching.top_k(np.random.default_rng(0), poll, np.zeros((50, 1), dtype=int), 10)
    assert set(found.personas.tolist()) == {0, 2}

"""Matching against brute force over every pairing."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.errors import InputError
from anthology.models.statistics.matching import edge_weights
from anthology.models.statistics.matching import methods as matching

OPTIONS = (3, 2, 4)


def polls_and_bins(respondents, personas, seed, lacking=()):
    rng = np.random.default_rng(seed)
    poll = [rng.dirichlet(np.ones(k), personas) for k in OPTIONS]
    for persona in lacking:
        poll[persona % len(OPTIONS)][persona] = np.nan
    bins = np.column_stack([rng.integers(-1, k, respondents) for k in OPTIONS])
    return poll, bins


def weight_by_hand(poll, bins, respondent, persona):
    weight = 1.0
    for trait, chosen in zip(poll, bins[respondent], strict=True):
        weight *= 1 / trait.shape[1] if chosen < 0 else trait[persona, chosen]
    return weight


sizes = st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(0, 10_000))


@given(sizes)
def test_a_weight_is_the_product_of_probabilities_and_uniform_where_a_trait_is_missing(size):
    poll, bins = polls_and_bins(*size)
    found = edge_weights.persona_weights(poll, bins)
    expected = [[weight_by_hand(poll, bins, r, p) for p in range(size[1])] for r in range(size[0])]
    np.testing.assert_allclose(found, expected)


@given(sizes)
def test_greedy_takes_the_best_persona_of_each(size):
    poll, bins = polls_and_bins(*size)
    weights = edge_weights.persona_weights(poll, bins)
    found = matching.greedy(poll, bins)
    np.testing.assert_array_equal(found.personas, weights.argmax(axis=1))
    np.testing.assert_allclose(found.weights, weights.max(axis=1))


def test_greedy_is_the_same_in_many_blocks(monkeypatch):
    poll, bins = polls_and_bins(200, 50, seed=1)
    whole = matching.greedy(poll, bins)
    monkeypatch.setattr(edge_weights, "BLOCK_CELLS", 120)
    parts = matching.greedy(poll, bins)
    np.testing.assert_array_equal(parts.personas, whole.personas)
    np.testing.assert_array_equal(parts.weights, whole.weights)


def test_ties_go_to_the_lowest_persona_even_at_weight_zero():
    poll = [np.array([[0.0, 1.0], [0.5, 0.5], [0.5, 0.5], [0.0, 1.0]])]
    assert matching.greedy(poll, np.array([[0], [1], [-1]])).personas.tolist() == [1, 0, 0]
    nobody = [np.array([[0.0, 1.0], [0.0, 1.0]])]
    impossible = matching.greedy(nobody, np.array([[0]]))
    assert (impossible.personas.tolist(), impossible.weights.tolist()) == ([0], [0.0])


@given(st.tuples(st.integers(1, 4), st.integers(4, 6), st.integers(0, 10_000)))
def test_max_weight_finds_the_best_of_all_one_to_one_pairings(size):
    poll, bins = polls_and_bins(*size)
    weights = edge_weights.persona_weights(poll, bins)
    found = matching.max_weight(poll, bins)
    respondents = range(size[0])
    best = max(
        weights[respondents, list(chosen)].sum() for chosen in permutations(range(size[1]), size[0])
    )
    assert found.weights.sum() == pytest.approx(best)
    assert len(set(found.personas.tolist())) == size[0]
    np.testing.assert_allclose(found.weights, weights[respondents, found.personas])


def test_max_weight_can_do_better_than_everybody_choosing_in_turn():
    poll = [np.array([[0.9, 0.8], [0.1, 0.2]])]
    found = matching.max_weight(poll, np.array([[0], [1]]))
    assert found.personas.tolist() == [0, 1]
    assert found.weights.sum() == pytest.approx(1.1)


def every_matching(poll, bins):
    return [
        matching.greedy(poll, bins),
        matching.max_weight(poll, bins),
        matching.random(np.random.default_rng(0), poll, bins),
        matching.greedy(poll, bins, np.random.default_rng(0)),
        matching.balanced(np.random.default_rng(0), poll, bins, reuse=2),
        matching.top_k(np.random.default_rng(0), poll, bins, k=3),
    ]


@given(st.integers(0, 500), st.sets(st.integers(0, 7), min_size=1, max_size=4))
def test_a_persona_without_all_polls_is_never_matched(seed, lacking):
    poll, bins = polls_and_bins(4, 8, seed, lacking)
    bins[0] = -1
    weights = edge_weights.persona_weights(poll, bins)
    assert np.isnan(weights[:, sorted(lacking)]).all()
    for found in every_matching(poll, bins):
        assert lacking.isdisjoint(found.personas.tolist())
        np.testing.assert_allclose(found.weights, weights[range(4), found.personas])


def test_matching_without_a_single_polled_persona_is_refused():
    poll, bins = polls_and_bins(2, 3, seed=0, lacking=(0, 1, 2))
    rng = np.random.default_rng(0)
    for attempt in (
        lambda: matching.greedy(poll, bins),
        lambda: matching.max_weight(poll, bins),
        lambda: matching.random(rng, poll, bins),
        lambda: matching.balanced(rng, poll, bins, reuse=5),
        lambda: matching.top_k(rng, poll, bins, k=3),
    ):
        with pytest.raises(InputError, match="0 personas"):
            attempt()


def test_one_to_one_with_too_few_polled_personas_is_refused_with_both_numbers():
    poll, bins = polls_and_bins(3, 3, seed=0, lacking=(2,))
    with pytest.raises(InputError, match=r"2 personas .* needs 3"):
        matching.max_weight(poll, bins)


@pytest.mark.parametrize("respondents", [3, 4, 9])
def test_random_uses_nobody_again_before_everybody_was_used(respondents):
    poll, bins = polls_and_bins(respondents, 4, seed=0)
    found = matching.random(np.random.default_rng(0), poll, bins)
    times = np.bincount(found.personas, minlength=4)
    assert times.sum() == respondents
    assert times.max() - times.min() <= 1


def test_random_matching_gives_every_pair_the_same_chance_and_derives_from_its_generator():
    poll, bins = polls_and_bins(2, 4, seed=0)
    rng = np.random.default_rng(0)
    runs = np.array([matching.random(rng, poll, bins).personas for _ in range(2000)])
    pairs = np.bincount(runs[:, 0] * 4 + runs[:, 1], minlength=16).reshape(4, 4)
    assert (np.diag(pairs) == 0).all()
    assert pairs[~np.eye(4, dtype=bool)] == pytest.approx(2000 / 12, abs=60)
    again = [matching.random(np.random.default_rng(7), poll, bins).personas for _ in range(2)]
    np.testing.assert_array_equal(*again)


@pytest.mark.parametrize("wrong", [3, -2])
def test_a_bin_that_the_trait_does_not_have_is_refused(wrong):
    poll, bins = polls_and_bins(3, 3, seed=0)
    bins[1, 0] = wrong
    for matcher in (edge_weights.persona_weights, matching.greedy, matching.max_weight):
        with pytest.raises(ValueError, match="bins of trait 0"):
            matcher(poll, bins)

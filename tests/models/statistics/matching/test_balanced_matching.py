"""Matching with a limit on reuse against brute force, and the draw among equally good personas."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.stats import chisquare

from anthology.models.errors import InputError
from anthology.models.statistics.matching import methods as matching
from anthology.models.statistics.matching import transport
from anthology.models.statistics.matching.edge_weights import Bins, Floats, persona_weights

sizes = st.tuples(
    st.integers(1, 12), st.integers(1, 8), st.integers(1, 14), st.integers(0, 10_000)
).filter(lambda size: size[0] <= size[1] * size[2])


def people(respondents: int, personas: int, seed: int) -> tuple[list[Floats], Bins]:
    """Some polls are alike, or say that a bin is impossible: equal weights, and weights of 0."""
    rng = np.random.default_rng(seed)
    shares = rng.choice([0.0, 0.1, 0.25, 0.5, 1.0], size=(3, personas, 3)) + 1e-9 * (seed % 2)
    shares[..., 0] += 1e-3
    poll = list(shares / shares.sum(axis=2, keepdims=True))
    return poll, rng.integers(-1, 3, (respondents, 3))


def greatest_sum(poll: list[Floats], bins: Bins, reuse: int) -> float:
    columns = np.repeat(persona_weights(poll, bins), reuse, axis=1)
    return float(columns[linear_sum_assignment(columns, maximize=True)].sum())


def balanced(poll: list[Floats], bins: Bins, reuse: int, seed: int = 0) -> matching.Matching:
    return matching.balanced(np.random.default_rng(seed), poll, bins, reuse)


@given(sizes)
def test_a_balanced_matching_is_the_best_that_keeps_to_the_limit(size: Any) -> None:
    respondents, personas, reuse, seed = size
    poll, bins = people(respondents, personas, seed)
    found = balanced(poll, bins, reuse)
    assert np.bincount(found.personas).max() <= reuse
    weights = persona_weights(poll, bins)[np.arange(respondents), found.personas]
    np.testing.assert_array_equal(found.weights, weights)
    assert found.weights.sum() == pytest.approx(greatest_sum(poll, bins, reuse), abs=1e-9)


@given(sizes, st.integers(1, 3))
def test_so_is_one_found_on_few_pairs_by_their_prices(size: Any, candidates: int) -> None:
    respondents, personas, reuse, seed = size
    poll, bins = people(respondents, personas, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport, "CANDIDATES", candidates)
        found = transport.transport(poll, bins, reuse)
    assert np.bincount(found).max() <= reuse
    total = persona_weights(poll, bins)[np.arange(respondents), found].sum()
    assert total == pytest.approx(greatest_sum(poll, bins, reuse), abs=1e-9)


def test_both_ways_find_the_same_sum_where_a_few_personas_fit_nearly_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    poll = [rng.dirichlet(np.full(k, 0.3), 150) for k in (4, 5, 6, 4)]
    bins = np.column_stack([rng.binomial(k - 1, 0.2, 400) for k in (4, 5, 6, 4)])
    whole = balanced(poll, bins, 3)
    monkeypatch.setattr(matching, "MOST_CELLS", 0)
    by_prices = balanced(poll, bins, 3)
    assert by_prices.weights.sum() == pytest.approx(whole.weights.sum(), rel=1e-9)
    assert np.bincount(by_prices.personas).max() == 3


def test_with_one_use_it_is_one_to_one_and_with_enough_uses_everybody_takes_the_best() -> None:
    rng = np.random.default_rng(5)
    poll = [rng.dirichlet(np.ones(k), 30) for k in (3, 4)]
    bins = np.column_stack([rng.integers(-1, k, 25) for k in (3, 4)])
    one_to_one = matching.max_weight(poll, bins).weights.sum()
    assert balanced(poll, bins, 1).weights.sum() == pytest.approx(one_to_one)
    freely = matching.greedy(poll, bins).weights.sum()
    for enough in (25, 1_000_000):
        assert balanced(poll, bins, enough).weights.sum() == pytest.approx(freely)


def test_too_few_polled_personas_for_the_limit_are_refused_with_both_numbers() -> None:
    poll, bins = people(9, 4, seed=0)
    poll[0][[1, 2]] = np.nan
    with pytest.raises(InputError, match=r"2 personas .* needs 3"):
        balanced(poll, bins, 4)
    assert set(balanced(poll, bins, 5).personas.tolist()) <= {0, 3}


# --- equally good personas -----------------------------------------------------------------------


def drawn(poll: list[Floats], bins: Bins, seeds: int) -> Bins:
    rngs = map(np.random.default_rng, range(seeds))
    return np.array([matching.greedy(poll, bins, rng).personas for rng in rngs])


ALIKE = [np.array([[0.9, 0.1], [0.2, 0.8], [0.2, 0.8], [0.4, 0.6], [0.2, 0.8]])]


def test_each_of_equally_good_personas_is_as_likely() -> None:
    found = drawn(ALIKE, np.array([[1], [1], [0]]), 3000)
    assert set(found[:, 2].tolist()) == {0}
    pairs = np.bincount(found[:, 0] * 5 + found[:, 1], minlength=25).reshape(5, 5)
    best = [1, 2, 4]
    assert pairs.sum() == pairs[np.ix_(best, best)].sum()
    assert chisquare(pairs[np.ix_(best, best)].ravel()).pvalue > 0.001


def test_in_what_order_personas_stand_does_not_matter_to_the_draw() -> None:
    order = np.array([4, 2, 0, 3, 1])
    bins = np.array([[1], [-1]])
    before = drawn(ALIKE, bins, 2000)
    after = order[drawn([ALIKE[0][order]], bins, 2000)]
    for respondent in range(2):
        was, now = (np.bincount(one[:, respondent], minlength=5) for one in (before, after))
        assert np.abs(was - now).max() < 150  # 4.6 standard deviations of a difference


def test_weights_that_differ_by_rounding_alone_are_equal() -> None:
    factors = [(0.1, 0.3, 0.2), (0.2, 0.2, 0.3), (0.3, 0.1, 0.1)]
    poll = [np.array([[share, 1 - share] for share in trait]) for trait in factors]
    bins = np.zeros((1, 3), dtype=int)
    assert len(set(persona_weights(poll, bins)[0].tolist())) > 1
    assert set(drawn(poll, bins, 200)[:, 0].tolist()) == {0, 1, 2}


@given(sizes)
def test_the_draw_takes_a_persona_of_the_greatest_weight_in_one_block_or_many(size: Any) -> None:
    respondents, personas, _, seed = size
    poll, bins = people(respondents, personas, seed)
    found = matching.greedy(poll, bins, np.random.default_rng(seed))
    np.testing.assert_allclose(found.weights, matching.greedy(poll, bins).weights, rtol=1e-11)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("anthology.models.statistics.matching.edge_weights.BLOCK_CELLS", 1)
        again = matching.greedy(poll, bins, np.random.default_rng(seed))
    np.testing.assert_array_equal(again.personas, found.personas)

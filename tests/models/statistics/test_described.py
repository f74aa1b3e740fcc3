"""Answers by themselves: shares, means and deviations by hand, and how far intervals reach."""

import numpy as np
import pytest

from anthology.models.statistics import described
from anthology.models.statistics.comparison import Simulated


def people(*items: np.ndarray, weights: object = None, personas: object = None) -> Simulated:  # type: ignore[type-arg]
    n = len(items[0])
    answers = np.array([np.nan_to_num(item).argmax(axis=1) for item in items]).T
    counted = np.ones(n) if weights is None else np.array(weights, dtype=np.float64)
    shared = None if personas is None else np.array(personas)
    return Simulated(answers, counted, list(items), shared)


def of(simulated: Simulated, *ordered: bool, replicates: int = 200) -> list[list[float]]:
    rng = np.random.default_rng(0)
    found = described.described(simulated, list(ordered), rng, replicates)
    return [[estimate.value for estimate in item] for item in found]


THREE = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.2, 0.2, 0.6]])
TWO = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])


def test_shares_mean_and_deviation_by_hand() -> None:
    [three, two] = of(people(THREE, TWO), True, False)
    assert three[:3] == pytest.approx([1.2 / 3, 0.7 / 3, 1.1 / 3])
    mean = (1.2 + 2 * 0.7 + 3 * 1.1) / 3
    assert three[3] == pytest.approx(mean)
    squares = (1.2 + 4 * 0.7 + 9 * 1.1) / 3 - mean**2
    assert three[4] == pytest.approx(np.sqrt(squares))
    assert two == pytest.approx([0.5, 0.5])


def test_weights_and_missing_answers_count_as_in_a_weighted_mean() -> None:
    missing = THREE.copy()
    missing[1] = np.nan
    [three] = of(people(missing, weights=[3, 5, 1]), False)
    assert three == pytest.approx([3.2 / 4, 0.2 / 4, 0.6 / 4])


def test_who_may_refuse_counts_for_as_much_less() -> None:
    """A row sums to 1 less the refusal."""
    [two] = of(people(np.array([[0.5, 0.0], [0.0, 1.0]])), False)
    assert two == pytest.approx([1 / 3, 2 / 3])


def test_nobody_who_answered_leaves_it_undefined() -> None:
    [three] = of(people(np.full((3, 3), np.nan)), True)
    assert np.isnan(three).all()


def reach(simulated: Simulated, replicates: int = 2000) -> float:
    rng = np.random.default_rng(0)
    [[first, *_]] = described.described(simulated, [False], rng, replicates)
    assert first.high - first.value == pytest.approx(first.value - first.low)
    return first.high - first.value


def test_an_interval_is_that_of_a_mean_of_independent_people() -> None:
    rng = np.random.default_rng(1)
    share = rng.random(400)
    item = np.stack([share, 1 - share], axis=1)
    assert reach(people(item)) == pytest.approx(1.96 * share.std() / 20, rel=0.08)


def test_people_who_share_a_persona_are_as_few_as_the_personas() -> None:
    rng = np.random.default_rng(1)
    share = np.repeat(rng.random(100), 4)
    item = np.stack([share, 1 - share], axis=1)
    shared = people(item, personas=np.repeat(np.arange(100), 4))
    assert reach(shared) == pytest.approx(2 * reach(people(item)), rel=0.15)


def test_one_persona_alone_has_no_interval() -> None:
    [[first, *_]] = described.described(
        people(TWO, personas=[0, 0, 0]), [False], np.random.default_rng(0), 20
    )
    assert first.value == pytest.approx(0.5)
    assert np.isnan([first.low, first.high]).all()


def test_the_names_are_those_of_the_estimates() -> None:
    assert described.names("q", 2, True) == ["share/q/1", "share/q/2", "mean/q", "sd/q"]
    assert described.names("q", 2, False) == ["share/q/1", "share/q/2"]


def test_alpha_looks_at_ordered_items_alone() -> None:
    rng = np.random.default_rng(0)
    answers = rng.integers(0, 3, size=(50, 1)) + np.zeros((50, 3), dtype=np.int64)
    answers[:, 2] = rng.integers(0, 3, size=50)
    simulated = Simulated(answers, np.ones(50), [np.eye(3)[answers[:, j]] for j in range(3)])
    found = described.consistency(simulated, [True, True, False], rng, 50)
    assert found["alpha"].value == pytest.approx(1.0)
    assert found["complete_cases"].value == 50
    assert found["constant_items"].value == 0

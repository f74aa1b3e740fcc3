"""Samples that have given shares of each trait, as nearly as there are people."""

import numpy as np
import pytest

from anthology.models.statistics import quotas

SEX, AGE = np.array([0.5, 0.5]), np.array([0.2, 0.5, 0.3])


def people(n: int, seed: int = 0) -> np.ndarray:  # type: ignore[type-arg]
    """Mostly women, and the older the more: traits that hang together."""
    rng = np.random.default_rng(seed)
    sex = (rng.random(n) < 0.7).astype(np.int64)
    age = np.minimum(2, (rng.random(n) * 2 + sex * rng.random(n)).astype(np.int64))
    return np.stack([sex, age], axis=1)


def drawn(bins: np.ndarray, size: int, seed: int = 1) -> np.ndarray:  # type: ignore[type-arg]
    return quotas.sample(bins, [SEX, AGE], size, np.random.default_rng(seed))


@pytest.mark.parametrize("size", [10, 97, 300])
def test_every_share_is_met_to_a_person(size: int) -> None:
    bins = people(2000)
    rows = drawn(bins, size)
    assert len(set(rows.tolist())) == len(rows) == size
    for place, shares in enumerate((SEX, AGE)):
        counts = np.bincount(bins[rows, place], minlength=len(shares))
        assert np.abs(counts - size * shares).max() < 1


def test_the_same_generator_draws_the_same_and_another_others() -> None:
    bins = people(500)
    assert drawn(bins, 50).tolist() == drawn(bins, 50).tolist() != drawn(bins, 50, 2).tolist()


def test_everybody_alike_is_as_likely_to_be_drawn() -> None:
    bins = people(60)
    times = np.zeros(60)
    for seed in range(400):
        times[drawn(bins, 20, seed)] += 1
    for cell in np.unique(bins, axis=0):
        alike = times[(bins == cell).all(axis=1)]
        spread = np.sqrt(alike.mean() * (1 - alike.mean() / 400))
        assert np.abs(alike - alike.mean()).max() < 4 * spread + 1


def test_traits_hang_together_as_among_the_people() -> None:
    """The odds ratio of a table is what raking leaves alone; here it is 6."""
    cells = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [3000, 1000, 1000, 2000], axis=0)
    even = np.array([0.5, 0.5])
    found = []
    for seed in range(20):
        rows = quotas.sample(cells, [even, even], 400, np.random.default_rng(seed))
        a, b, c, d = np.bincount(cells[rows] @ [2, 1], minlength=4)
        found.append(a * d / (b * c))
    assert np.exp(np.log(found).mean()) == pytest.approx(6, rel=0.15)


def test_who_is_unknown_in_a_trait_or_has_a_share_of_0_is_never_drawn() -> None:
    bins = people(300)
    bins[::3, 1] = -1
    rows = quotas.sample(bins, [np.array([0.0, 1.0]), AGE], 50, np.random.default_rng(0))
    assert bins[rows, 1].min() >= 0
    assert set(bins[rows, 0]) == {1}


def test_too_few_people_give_all_that_there_are_and_the_others_fill_up() -> None:
    bins = np.array([[0, 0]] * 4 + [[1, 1]] * 200)
    rows = quotas.sample(bins, [SEX, np.array([0.5, 0.5])], 100, np.random.default_rng(0))
    assert np.bincount(bins[rows, 0]).tolist() == [4, 96]


def test_an_option_that_nobody_has_leaves_the_others_in_proportion() -> None:
    bins = people(2000)
    bins = bins[bins[:, 1] > 0]
    rows = quotas.sample(bins, [SEX, AGE], 100, np.random.default_rng(0))
    assert np.bincount(bins[rows, 0]).tolist() == [50, 50]
    assert np.bincount(bins[rows, 1], minlength=3).tolist() == [0, 60, 40]


def test_more_than_can_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="20 people can be drawn, not 21"):
        drawn(people(20), 21)

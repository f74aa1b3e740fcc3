"""Which distances are larger than real people's from each other, among samples of known truth."""

import numpy as np
import pytest
from people import some_weights

from anthology.models.statistics import floors
from anthology.models.statistics.by_item.beyond import chances
from anthology.models.statistics.by_item.estimates import of_floor
from anthology.models.statistics.metrics import shares, total_variation, wasserstein
from anthology.models.statistics.paired.holm import holm

ITEMS, SPLITS = 20, 100


def adjusted(people, ordered, weights, seed, share_off=0.0, law=2.0):
    """P values (m,) of as many others of the same law; some of them differ on the first item."""
    rng = np.random.default_rng(seed)
    laws = rng.dirichlet(np.full(5, law), size=ITEMS)
    humans, others = (
        np.stack([rng.choice(5, people, p=laws[j]) for j in range(ITEMS)], axis=1) for _ in range(2)
    )
    others[rng.random(people) < share_off, 0] = 4 if laws[0, 4] < laws[0, 0] else 0
    drawn = floors.sampled(people, people, rng)
    splits = floors.splits_of(humans, [5] * ITEMS, weights, [ordered] * ITEMS, SPLITS, drawn)
    name, figure = ("wd", wasserstein) if ordered else ("tv", total_variation)
    floor = of_floor(splits, [ordered] * ITEMS)
    sides = [[shares(one[:, j], 5, weights) for j in range(ITEMS)] for one in (humans, others)]
    return holm(
        chances(
            np.array([float(figure(*pair)) for pair in zip(*sides, strict=True)]),
            np.array([item[name] for item in floor]),
            np.array([item[f"{name}_sd"] for item in floor]),
            people=people,
            splits=SPLITS,
        )
    )


@pytest.mark.parametrize("people", [2, 6, 60])
@pytest.mark.parametrize("law", [0.2, 2.0])  # one answer of nearly all, and evenly
def test_few_people_are_no_reason_to_be_said_to_be_farther(people, law):
    found = [adjusted(people, True, np.ones(people), seed, law=law) < 0.05 for seed in range(100)]
    assert np.any(found, axis=1).mean() < 0.15


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_sixty_people_of_the_same_law_are_rarely_said_to_be_farther_on_any_of_twenty_questions(
    ordered, weighted
):
    """About one question of twenty lies 1.96 deviations off, so nearly every column would."""
    weights = some_weights(60) if weighted else np.ones(60)
    any_of_them = [(adjusted(60, ordered, weights, seed) < 0.05).any() for seed in range(120)]
    assert np.mean(any_of_them) < 0.15


def test_people_who_differ_on_one_question_are_said_to_be_farther_on_that_alone():
    found = np.array([adjusted(600, True, np.ones(600), seed, 0.4) < 0.05 for seed in range(20)])
    assert found[:, 0].all()
    assert found[:, 1:].mean() < 0.02


def test_chances_are_those_of_a_gamma_distribution_where_splits_and_people_are_many():
    from scipy.stats import gamma

    mean, deviation = 0.2, 0.08
    at = np.linspace(0.05, 0.6, 12)
    each = np.ones(12)
    found = chances(at, mean * each, deviation * each, people=10**6, splits=10**6)
    shape = (mean / deviation) ** 2
    assert found == pytest.approx(gamma.sf(at, shape, scale=mean / shape), rel=0.15, abs=0.003)
    few = chances(at, mean * each, deviation * each, people=20, splits=20)
    assert (few[at > mean] > found[at > mean]).all()  # less is known


def test_what_is_unknown_stays_so_and_people_who_all_agree_tell_of_no_noise():
    distances = np.array([0.0, 1e-15, 0.3, np.nan, 0.3, 0.3])
    means = np.array([0.0, 0.0, 0.0, 0.1, np.nan, 0.1])
    deviations = np.array([0.0, 0.0, 0.0, 0.1, 0.1, np.nan])
    found = chances(distances, means, deviations, people=60, splits=100)
    assert found[:2].tolist() == [1.0, 1.0]
    assert np.isnan(found[2:]).all()

"""Figures of single items, against the same written plainly and against the means of them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people import certain, correlated_people, some_weights

from anthology.models.statistics import comparison, floors
from anthology.models.statistics.by_item.estimates import of_distributions, of_floor, of_pairs
from anthology.models.statistics.by_item.names import of_conditions, of_floors
from anthology.models.statistics.figures import OF_DISTRIBUTIONS, OF_PAIRS, WITH_FLOOR
from anthology.models.statistics.individual import estimates as pairs
from anthology.models.statistics.kinds import OfDistributions

ORDERED = [True, False, True]


def made(answers, others, weights=None, personas=None, replicates=20, ordered=None):
    """Items of both kinds, and the means over them."""
    weights = np.ones(len(others)) if weights is None else weights
    humans = comparison.Humans(answers, np.ones(len(answers)))
    simulated = comparison.Simulated(others, weights, certain(others, 5), personas)
    ordered = ordered or ORDERED[: answers.shape[1]]
    drawn = comparison.resampled(humans, simulated, np.random.default_rng(1), replicates, ordered)
    own = answers[: len(others)]
    rng = np.random.default_rng(2)
    paired = pairs.resampled(own, simulated, ordered, rng, replicates)
    means = comparison.compare(humans, simulated, ordered)
    means |= {k: v.value for k, v in pairs.estimates(paired, simulated.independent).items()}
    reach = comparison.intervals(means, simulated.independent, drawn)
    reach |= {
        name: (one.low, one.high)
        for name, one in pairs.estimates(paired, simulated.independent).items()
    }
    return (
        of_distributions(humans, simulated, drawn, ordered),
        of_pairs(own, simulated, paired, ordered),
        means,
        reach,
    )


def plain_share(column, weights, options=5):
    known = column >= 0
    return np.array([weights[known & (column == k)].sum() for k in range(options)]) / (
        weights[known].sum()
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(8, 40))
def test_an_items_figures_are_those_of_its_people_counted_plainly(seed, people):
    answers = correlated_people(people, items=2, seed=seed, missing=0.1)
    others = correlated_people(people, items=2, seed=seed + 1, missing=0.1)
    weights = some_weights(people, seed)
    items, of_two, _, _ = made(answers, others, weights)
    for j, ordered in enumerate(ORDERED[:2]):
        p, q = plain_share(answers[:, j], np.ones(people)), plain_share(others[:, j], weights)
        found = items[j].figures
        assert items[j].n == (others[:, j] >= 0).sum()
        assert found["tv"].value == pytest.approx(sum(abs(p - q)) / 2)
        both = (answers[:, j] >= 0) & (others[:, j] >= 0)
        alike = both & (answers[:, j] == others[:, j])
        agreement = weights[alike].sum() / weights[both].sum()
        assert of_two[j].n == both.sum()
        assert of_two[j].figures["agreement"].value == pytest.approx(agreement)
        if ordered:
            above = [abs(sum(p[: k + 1]) - sum(q[: k + 1])) for k in range(4)]
            assert found["wd"].value == pytest.approx(sum(above))
            assert found["wd_drawn"].value == pytest.approx(sum(above))
            spreads = [
                sum(s * k**2 for k, s in enumerate(x)) - sum(s * k for k, s in enumerate(x)) ** 2
                for x in (p, q)
            ]
            if spreads[0] > 1e-9:
                ratio = spreads[1] / spreads[0]
                assert found["variance_ratio"].value == pytest.approx(ratio)
                assert abs(ratio - 0.8) < 1e-9 or found["homogenised"].value == (ratio < 0.8)
            apart = abs(answers[both, j] - others[both, j]) @ weights[both] / weights[both].sum()
            assert of_two[j].figures["mae"].value == pytest.approx(apart)
        else:
            assert "wd" not in found
            assert "mae" not in of_two[j].figures


def test_means_over_items_are_the_figures_of_all_and_names_are_what_is_stored():
    answers, others = (correlated_people(60, items=3, seed=s) for s in (0, 1))
    items, of_two, means, _ = made(answers, others)
    for figure in (*OF_DISTRIBUTIONS, *OF_PAIRS):
        source = items if isinstance(figure, OfDistributions) else of_two
        values = [one.figures[figure.name].value for one in source if figure.name in one.figures]
        assert np.mean(values) == pytest.approx(means[figure.name])
    for one, two, ordered in zip(items, of_two, ORDERED, strict=True):
        assert {*one.figures, *two.figures} == set(of_conditions(ordered))


def test_the_only_item_has_the_interval_of_the_mean():
    answers, others = (correlated_people(50, items=1, seed=s, missing=0) for s in (0, 1))
    [item], [two], _, reach = made(answers, others, personas=np.arange(50) // 2)
    for name, ends in reach.items():
        one = item.figures.get(name) or two.figures.get(name)
        if one is not None and not math.isnan(ends[0]):
            assert (one.low, one.high) == pytest.approx(ends)


def test_an_items_interval_is_that_of_normal_theory_for_those_who_answered_it():
    """Of 4,000 people 400 were asked; with two options TV is |p − q|."""
    people, asked, p, q = 4000, 400, 0.3, 0.7
    here = np.arange(people)
    answers = np.where(here < asked, here < asked * p, -1).astype(np.int64)[:, None]
    others = np.where(here < asked, here < asked * q, -1).astype(np.int64)[:, None]
    answers, others = (np.hstack([column, np.zeros_like(column)]) for column in (answers, others))
    [first, _], _, _, _ = made(answers, others, replicates=1500)
    error = math.sqrt((p * (1 - p) + q * (1 - q)) / asked)
    assert first.n == asked
    assert first.figures["tv"].low == pytest.approx(q - p - 1.966 * error, abs=0.2 * error)
    assert first.figures["tv"].high == pytest.approx(q - p + 1.966 * error, abs=0.2 * error)


def test_an_item_that_one_persona_answered_has_no_interval_and_one_nobody_answered_no_value():
    answers = correlated_people(40, items=3, missing=0)
    others = answers.copy()
    others[::5, 0] = (others[::5, 0] + 1) % 5
    others[6:, 1], others[:, 2] = -1, -1
    items, of_two, _, _ = made(answers, others, personas=np.arange(40) // 6)
    for source, name in ((items, "tv"), (of_two, "agreement")):
        full, one, nobody = (item.figures[name] for item in source)
        assert not math.isnan(full.low)
        assert not math.isnan(one.value)
        assert math.isnan(one.low)
        assert math.isnan(nobody.value)
        assert [item.n for item in source] == [40, 6, 0]


def test_an_items_floor_is_that_of_its_people_alone_and_its_mean_that_of_all():
    answers, weights = correlated_people(90, items=3, missing=0), some_weights(90)
    splits = floors.splits_of(
        answers, [5] * 3, weights, ORDERED, 40, floors.halved(90, np.random.default_rng(3))
    )
    found = of_floor(splits, ORDERED)
    rng = np.random.default_rng(3)
    tv = []
    for _ in range(40):
        half = np.zeros(90, dtype=bool)
        half[rng.permutation(90)[:45]] = True
        sides = [plain_share(answers[side, 1], weights[side]) for side in (half, ~half)]
        tv.append(np.abs(sides[0] - sides[1]).sum() / 2)
    assert found[1]["tv"] == pytest.approx(np.mean(tv))
    assert found[1]["tv_sd"] == pytest.approx(np.std(tv, ddof=1))
    told = splits.told()
    for figure in WITH_FLOOR:
        if isinstance(figure, OfDistributions):
            values = [item[figure.name] for item in found if figure.name in item]
            assert np.mean(values) == pytest.approx(told[figure.name])
    assert [set(item) for item in found] == [set(of_floors(ordered)) for ordered in ORDERED]

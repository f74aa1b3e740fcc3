"""Spread within groups and the gap between them, against the same said plainly, by group."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from anthology.models.statistics import across_groups, floors
from anthology.models.statistics.across_groups import GAP, WITHIN
from anthology.models.statistics.comparison import Humans, Simulated, compare

OPTIONS = [3, 5, 2]
ORDERED = [True, True, False]


def made(rng: np.random.Generator, n: int, groups: int, missing: float) -> Any:
    answers = np.column_stack([rng.integers(0, k, n) for k in OPTIONS])
    answers[rng.random(answers.shape) < missing] = -1
    members = np.concatenate([np.arange(groups), rng.integers(-1, groups, n - groups)])
    return answers, rng.uniform(0.2, 3, n), members


def simulated(rng: np.random.Generator, n: int, groups: int, missing: float) -> Any:
    answers, weights, members = made(rng, n, groups, missing)
    shares = [rng.dirichlet(np.ones(k), n) for k in OPTIONS]
    for j, item in enumerate(shares):
        item[answers[:, j] < 0] = np.nan
    return Simulated(answers, weights, shares, rng.integers(0, n, n)), members


def spread_of(answers: Any, weights: Any) -> float:
    known = answers >= 0
    mean = np.average(answers[known], weights=weights[known])
    return float(np.average((answers[known] - mean) ** 2, weights=weights[known]))


def sure_of(answers: Any, options: int) -> Any:
    return np.where(answers[:, None] < 0, np.nan, np.eye(options)[answers])


@settings(deadline=None)
@given(seed=some.integers(0, 10_000), groups=some.integers(2, 4))
def test_both_are_those_of_the_groups_taken_one_by_one(seed: int, groups: int) -> None:
    rng = np.random.default_rng(seed)
    answers, weights, members = made(rng, 60, groups, 0.05)
    humans = Humans(answers, weights)
    ours, doubles = simulated(rng, 40, groups, 0.05)
    found = across_groups.estimates(humans, ours, (members, doubles), ORDERED, rng, 20)
    distances, drawn, inside = [], [], []
    for group in range(groups):
        theirs = humans.take(np.flatnonzero(members == group))
        mine = ours.take(np.flatnonzero(doubles == group))
        figures = compare(theirs, mine, ORDERED)
        distances.append(figures["wd"])
        drawn.append(figures["wd_drawn"])
        size = weights[members == group].sum()
        if all((side.answers[:, j] >= 0).any() for side in (theirs, mine) for j in (0, 1)):
            inside.append([
                [size * spread_of(side.answers[:, j], side.weights) for side in (theirs, mine)]
                for j in (0, 1)
            ])  # fmt: skip
    if not np.isnan(distances).any():
        assert found[GAP].value == pytest.approx(max(distances) - min(distances))
        assert found["parity_gap_drawn"].value == pytest.approx(max(drawn) - min(drawn))
    sums = np.array(inside).sum(axis=0)
    if len(inside) == groups and (sums[:, 0] > 0).all():
        ratio = (sums[:, 1] / sums[:, 0]).mean()
        assert found["within_spread_drawn"].value == pytest.approx(ratio)


def test_a_copy_has_all_of_the_spread_and_no_gap_and_a_stereotype_has_none() -> None:
    rng = np.random.default_rng(1)
    answers, weights, members = made(rng, 200, 3, 0.0)
    humans = Humans(answers, weights)

    def of(said: Any) -> Any:
        shares = [sure_of(said[:, j], k) for j, k in enumerate(OPTIONS)]
        ours = Simulated(said, weights, shares)
        return across_groups.estimates(humans, ours, (members, members), ORDERED, rng, 50)

    copy = of(answers)
    assert copy[WITHIN].value == pytest.approx(1)
    assert copy[WITHIN].low < 1 < copy[WITHIN].high
    assert copy[GAP].value == copy[GAP].low == pytest.approx(0)
    # Each group has one answer of its own: all together they vary more than people do.
    one_each = np.column_stack([np.array([0, 1, 2])[members], np.array([0, 2, 4])[members],
                                np.array([0, 1, 1])[members]])  # fmt: skip
    same = of(one_each)
    assert same[WITHIN].value == 0
    shares = [sure_of(one_each[:, j], k) for j, k in enumerate(OPTIONS)]
    together = compare(humans, Simulated(one_each, weights, shares), ORDERED)
    assert together["variance_ratio"] > 1


def test_humans_among_themselves_have_all_of_the_spread_and_more_of_a_gap_the_fewer() -> None:
    rng = np.random.default_rng(2)
    answers, weights, members = made(rng, 900, 3, 0.02)
    humans, counts = Humans(answers, weights), np.bincount(members + 1)[1:]

    def of(size: int) -> dict[str, float]:
        split = [floors.sampled(size, int(count), rng) for count in counts]
        return across_groups.floor(
            Humans(humans.answers[members >= 0], humans.weights[members >= 0]),
            members[members >= 0], OPTIONS, ORDERED, 200, split,
        )  # fmt: skip

    few, many = of(20), of(200)
    assert many[WITHIN] == pytest.approx(1, abs=0.03)
    assert few[GAP] > 2 * many[GAP] > 0
    assert few["parity_gap_sd"] > many["parity_gap_sd"] > 0
    halves = across_groups.floor(
        Humans(answers[members >= 0], weights[members >= 0]), members[members >= 0], OPTIONS,
        ORDERED, 100, [floors.halved(int(count), rng) for count in counts],
    )  # fmt: skip
    assert halves[WITHIN] == pytest.approx(1, abs=0.03)


def test_stored_names_lead_back() -> None:
    name = across_groups.stored_name("sex*party", GAP)
    assert across_groups.told(name) == ("sex*party", GAP)
    assert across_groups.told("item/spend/wd") == across_groups.told("wd") == ("", "")

"""Figures of scales against numpy and scipy, written plainly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people import correlated_people, some_weights
from scipy.stats import wasserstein_distance

from anthology.models.statistics import floors
from anthology.models.statistics.reliability import (
    cronbach_alpha,
    mcdonald_omega,
    pairwise_covariance,
)
from anthology.models.statistics.scale_scores import estimates, names
from anthology.models.statistics.scale_scores.estimates import Found
from anthology.models.statistics.scale_scores.keyed import Keyed
from anthology.models.statistics.scale_scores.scored import Scored

# Two scales that share an item, which is reverse-keyed in one of them; options of two lengths.
SCALES = [
    Keyed("up", ["a", "b", "c"], [0, 1, 2], [False, False, True], [5, 5, 4]),
    Keyed("down", ["c", "d"], [2, 3], [False, True], [4, 5]),
]
ITEMS = {scale.name: list(scale.items) for scale in SCALES}
LAST = [4, 4, 3, 4]


def people(n: int, seed: int, missing: float = 0.1) -> np.ndarray:
    answers = correlated_people(n, seed=seed, missing=missing)
    answers[:, 2] = np.where(answers[:, 2] < 0, -1, 3 - np.minimum(answers[:, 2], 3))
    return answers


def turned(answers: np.ndarray, scale: Keyed) -> np.ndarray:
    """Positions 1..K with NaN for what is missing, item by item."""
    found = np.full((len(answers), len(scale.items)), np.nan)
    for place, (column, reverse) in enumerate(zip(scale.columns, scale.reverse, strict=True)):
        for person, position in enumerate(answers[:, column]):
            if position >= 0:
                found[person, place] = (LAST[column] - position if reverse else position) + 1
    return found


def moments(scores: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    mean = np.average(scores, weights=weights)
    variance = np.average((scores - mean) ** 2, weights=weights)
    return mean, np.sqrt(variance * len(scores) / (len(scores) - 1))


def values(found: dict[str, Found]) -> dict[str, float]:
    return {name: one.estimate.value for name, one in found.items()}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(40, 90))
def test_every_figure_is_what_numpy_and_scipy_make_of_scores(seed: int, n: int) -> None:
    humans, simulated = people(n, seed), people(n - 9, seed + 1)
    weights = [some_weights(n, seed), some_weights(n - 9, seed + 1)]
    sides = [Scored(SCALES, a, w) for a, w in zip((humans, simulated), weights, strict=True)]
    found = estimates.compared(sides[0], sides[1], np.random.default_rng(0), 3)
    value = values(found)
    correlations = []
    for answers, weight in zip((humans, simulated), weights, strict=True):
        scores = np.column_stack([turned(answers, scale).mean(axis=1) for scale in SCALES])
        whole = ~np.isnan(scores).any(axis=1)
        covariance = np.cov(scores[whole].T, aweights=weight[whole])
        correlations.append(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))
    for scale in SCALES:
        items = [turned(humans, scale), turned(simulated, scale)]
        given_ = [~np.isnan(side).any(axis=1) for side in items]
        scores = [side[there].mean(axis=1) for side, there in zip(items, given_, strict=True)]
        used = [weight[there] for weight, there in zip(weights, given_, strict=True)]
        (mean, sd), (ours, our_sd) = map(moments, scores, used)
        positions = np.where(np.isnan(items[1]), -1, items[1]).astype(np.int64)
        covariance = pairwise_covariance(positions)
        rest = [
            covariance[i].sum() - covariance[i, i] for i in range(len(scale.items))
        ]  # with the sum of the others
        expected = {
            "mean": ours, "sd": our_sd, "difference": (ours - mean) / sd,
            "wd": wasserstein_distance(scores[0], scores[1], used[0], used[1]),
            "alpha": cronbach_alpha(covariance), "omega": mcdonald_omega(covariance),
        }  # fmt: skip
        for figure, one in expected.items():
            got = value[names.figure_name(scale.name, figure)]
            assert got == pytest.approx(one, nan_ok=True, abs=1e-9), (scale.name, figure)
        for item, shared in zip(scale.items, rest, strict=True):
            assert np.sign(value[names.item_name(scale.name, item)]) == np.sign(shared)
        assert found[names.figure_name(scale.name, "wd")].n == given_[1].sum()
    assert value["scale/up/r/down"] == pytest.approx(correlations[1])
    apart = np.sqrt(2) * abs(correlations[0] - correlations[1])
    assert value["scales/fro"] == pytest.approx(apart)


def test_an_item_against_the_rest_is_the_corrected_item_total_correlation() -> None:
    answers = people(200, 3, missing=0.0)
    found = values(
        estimates.of_people(Scored(SCALES, answers, np.ones(200)), np.random.default_rng(0), 20)
    )
    items = turned(answers, SCALES[0])
    for place, item in enumerate(SCALES[0].items):
        others = np.delete(items, place, axis=1).sum(axis=1)
        expected = np.corrcoef(items[:, place], others)[0, 1]
        assert found[f"scale/up/rest/{item}"] == pytest.approx(expected)


def test_a_scale_turned_round_as_a_whole_has_the_same_figures_and_a_mirrored_mean() -> None:
    answers, rng = people(80, 5), np.random.default_rng
    scale = SCALES[0]
    other = Keyed("up", scale.items, scale.columns, [not one for one in scale.reverse], [5, 5, 4])
    ways = [
        estimates.of_people(Scored([one], answers, np.ones(80)), rng(1), 20)
        for one in (scale, other)
    ]
    one, turned_round = map(values, ways)
    middle = (4 + 4 + 3) / 3 + 2
    assert turned_round["scale/up/mean"] == pytest.approx(middle - one["scale/up/mean"])
    for name in one.keys() - {"scale/up/mean"}:
        assert turned_round[name] == pytest.approx(one[name]), name


def test_names_say_all_that_is_computed() -> None:
    side = Scored(SCALES, people(40, 1), np.ones(40))
    rng = np.random.default_rng(0)
    assert sorted(estimates.of_people(side, rng, 20)) == sorted(names.of_people(ITEMS))
    both = [*names.of_people(ITEMS), *names.of_both(ITEMS)]
    assert sorted(estimates.compared(side, side, rng, 20)) == sorted(both)
    floor = estimates.floor(side, 5, floors.halved(40, rng))
    assert sorted(floor) == sorted(names.of_floors(ITEMS))


def test_an_interval_of_a_mean_is_students_and_of_few_personas_is_wider() -> None:
    answers = people(300, 2, missing=0.0)
    alone = Scored(SCALES, answers, np.ones(300))
    found = estimates.of_people(alone, np.random.default_rng(0), 2000)["scale/up/mean"]
    sd = turned(answers, SCALES[0]).mean(axis=1).std(ddof=1)
    reach = (found.estimate.high - found.estimate.low) / 2
    assert reach == pytest.approx(1.968 * sd / np.sqrt(300), rel=0.06)
    ten = np.arange(300) % 10
    shared = Scored(SCALES, answers[ten], np.ones(300), ten)
    few = estimates.of_people(shared, np.random.default_rng(0), 200)["scale/up/mean"]
    assert shared.independent(0) == 10
    assert few.estimate.high - few.estimate.low > 3 * 2 * reach


@given(st.integers(0, 10_000), st.integers(2, 6))
@settings(max_examples=25)
def test_no_interval_reaches_beyond_what_scores_can_be(seed: int, n: int) -> None:
    """Of few people Student's t reaches over a hundred steps, of scales that have four."""
    simulated = Scored(SCALES, people(n, seed), some_weights(n, seed))
    humans = Scored(SCALES, people(9, seed + 1), np.ones(9))
    found = estimates.compared(humans, simulated, np.random.default_rng(seed), 20)
    for scale, most in (("up", 14 / 3), ("down", 9 / 2)):
        for figure, least, reach in (("mean", 1, most), ("wd", 0, most - 1)):
            one = found[f"scale/{scale}/{figure}"].estimate
            if not np.isnan(one.low):
                assert least - 1e-12 <= one.low <= one.value <= one.high <= reach + 1e-12


def test_nobody_with_a_score_leaves_figures_undefined() -> None:
    answers = people(30, 1, missing=0.0)
    answers[:, 3] = -1
    found = estimates.of_people(Scored(SCALES, answers, np.ones(30)), np.random.default_rng(0), 20)
    assert found["scale/down/mean"].n == 0
    for name in ("scale/down/mean", "scale/down/sd", "scale/down/alpha", "scale/up/r/down"):
        assert np.isnan(found[name].estimate.value)
    assert not np.isnan(found["scale/up/mean"].estimate.value)


def test_a_scale_on_which_all_score_alike_has_no_correlation_with_another() -> None:
    answers = people(30, 1, missing=0.0)
    answers[:, 2:] = 1
    found = estimates.of_people(Scored(SCALES, answers, np.ones(30)), np.random.default_rng(0), 20)
    one = found["scale/up/r/down"].estimate
    assert np.isnan([one.value, one.low, one.high]).all()
    assert found["scale/down/sd"].estimate.value == 0


def test_halves_of_the_same_people_lie_around_no_difference() -> None:
    side = Scored(SCALES, people(400, 4), some_weights(400))
    floor = estimates.floor(side, 200, floors.halved(400, np.random.default_rng(0)))
    assert abs(floor["scale/up/difference"]) < 4 * floor["scale/up/difference_sd"] / np.sqrt(200)
    assert 0 < floor["scale/up/wd"] < 0.3
    assert 0 < floor["scales/fro"] < 0.3

"""Comparisons of simulated people with humans, against definitions and sampling theory."""

import math
import tracemalloc

import numpy as np
import pytest
from people import alpha, certain, correlated_people, some_weights

from anthology.models.statistics import across_groups, comparison, figures, metrics
from anthology.models.statistics.groups import draws
from anthology.models.statistics.paired import differences as paired
from anthology.models.statistics.paired.losses import Condition


def resampled(humans, simulated, rng, replicates):
    drawn = comparison.resampled(humans, simulated, rng, replicates)
    values = comparison.compare(humans, simulated)
    return comparison.intervals(values, simulated.independent, drawn)


def test_people_simulated_perfectly_are_at_no_distance():
    answers, weights = correlated_people(60), some_weights(60)
    found = comparison.compare(
        comparison.Humans(answers, weights),
        comparison.Simulated(answers, weights, certain(answers, 5)),
    )
    assert [found["wd"], found["tv"], found["fro"], found["cbs"], found["l1"]] == pytest.approx(
        [0] * 5, abs=1e-9
    )
    assert found["alpha"] == alpha(answers)


def test_distributions_come_from_probabilities_and_not_from_draws():
    humans = comparison.Humans(np.array([[0], [1]]), np.ones(2))
    uniform = [np.full((3, 2), 0.5)]
    simulated = comparison.Simulated(np.zeros((3, 1), dtype=np.int64), np.ones(3), uniform)
    assert comparison.compare(humans, simulated)["wd"] == 0


def test_wd_and_tv_are_means_over_items_with_both_sides_weighted():
    humans = comparison.Humans(np.array([[0, 0], [2, 0]]), np.array([3.0, 1.0]))
    first = np.array([[1.0, 0, 0], [0, 0, 1], [np.nan, np.nan, np.nan]])
    second = np.array([[0, 0, 1.0], [0, 0, 1], [0, 0, 1]])
    drawn = np.array([[0, 2], [2, 2], [-1, 2]])
    simulated = comparison.Simulated(drawn, np.array([1.0, 3.0, 5.0]), [first, second])
    found = comparison.compare(humans, simulated)
    assert found["wd"] == pytest.approx((0.5 * 2 + 2) / 2)
    assert found["tv"] == pytest.approx((0.5 + 1) / 2)


def test_correlations_of_simulated_people_come_from_their_weighted_draws():
    humans, drawn = correlated_people(80, seed=1), correlated_people(50, seed=2)
    human_weights, weights = some_weights(80, seed=3), some_weights(50, seed=4)
    found = comparison.compare(
        comparison.Humans(humans, human_weights),
        comparison.Simulated(drawn, weights, certain(drawn, 5)),
    )
    a, b = metrics.correlation(humans, human_weights), metrics.correlation(drawn, weights)
    assert found["fro"] == pytest.approx(np.linalg.norm(a - b))
    assert found["fro"] != pytest.approx(np.linalg.norm(a - metrics.correlation(drawn)))


def test_an_item_that_no_simulated_person_answered_makes_wd_undefined():
    humans = comparison.Humans(np.array([[0], [1]]), np.ones(2))
    silent = comparison.Simulated(np.array([[-1]]), np.ones(1), [np.full((1, 2), np.nan)])
    assert math.isnan(comparison.compare(humans, silent)["wd"])


@pytest.mark.parametrize(("people", "personas"), [(100, 5000), (5000, 100)])
def test_bootstrap_intervals_are_those_of_normal_theory_far_from_zero(people, personas):
    """With two options WD is |p - q|; whichever group is the smaller decides the width."""
    p, q = 0.2, 0.7

    def group(n, share):
        return (np.arange(n) < n * share).astype(np.int64)[:, None]

    drawn = group(personas, q)
    both = (
        comparison.Humans(group(people, p), np.ones(people)),
        comparison.Simulated(drawn, np.ones(personas), certain(drawn, 2)),
    )
    intervals = resampled(*both, np.random.default_rng(0), 2000)
    error = math.sqrt(p * (1 - p) / people + q * (1 - q) / personas)
    expected = (q - p - 1.96 * error, q - p + 1.96 * error)
    assert intervals["wd"] == pytest.approx(expected, abs=0.25 * error)
    assert all(math.isnan(end) for end in intervals["alpha"])


def test_people_who_share_a_persona_come_and_go_together():
    """20 personas of 30 people each who answer alike are 20 people, not 600."""
    rng = np.random.default_rng(0)
    humans = correlated_people(5000, items=2, missing=0)

    def study(personas):
        stories = correlated_people(personas, items=2, missing=0, seed=int(rng.integers(1 << 30)))
        whose = np.repeat(np.arange(personas), 600 // personas)
        return comparison.Simulated(stories[whose], np.ones(600), certain(stories[whose], 5), whose)

    def width(simulated):
        people = comparison.Humans(humans, np.ones(5000))
        low, high = resampled(people, simulated, rng, 200)["alpha"]
        return high - low

    scores = [alpha(study(20).answers) for _ in range(300)]
    error = np.std(scores)
    found = np.mean([width(study(20)) for _ in range(8)])
    assert found == pytest.approx(2 * 1.96 * error, rel=0.35)
    alone = study(20)
    apart = comparison.Simulated(alone.answers, alone.weights, alone.probabilities)
    assert width(apart) < width(alone) / 3
    own = study(600)
    assert width(own) == pytest.approx(
        width(comparison.Simulated(own.answers, own.weights, own.probabilities)), rel=0.25
    )


def test_with_one_persona_for_all_no_interval_is_known():
    drawn = np.repeat(correlated_people(1, missing=0), 30, axis=0)
    simulated = comparison.Simulated(
        drawn, np.ones(30), certain(drawn, 5), np.zeros(30, dtype=np.int64)
    )
    humans = comparison.Humans(correlated_people(50), np.ones(50))
    found = resampled(humans, simulated, np.random.default_rng(0), 20)
    assert all(math.isnan(end) for ends in found.values() for end in ends)


def test_a_perfect_copy_of_a_split_ballot_has_no_distance_of_correlations():
    """Nobody was asked all questions: that is no correlation, and not one of 0."""
    answers = correlated_people(200, items=4, missing=0)
    answers[:100, :2] = -1
    answers[100:, 2:] = -1
    found = comparison.compare(
        comparison.Humans(answers, np.ones(200)),
        comparison.Simulated(answers, np.ones(200), certain(answers, 5)),
    )
    assert (found["wd"], found["wd_drawn"], found["tv"]) == pytest.approx((0, 0, 0), abs=1e-9)
    assert all(math.isnan(x) for x in (found["fro"], found["cbs"], found["l1"]))


def test_drawn_answers_have_distances_of_their_own():
    humans = comparison.Humans(np.array([[0], [1]]), np.ones(2))
    uniform = [np.full((3, 2), 0.5)]
    simulated = comparison.Simulated(np.zeros((3, 1), dtype=np.int64), np.ones(3), uniform)
    found = comparison.compare(humans, simulated)
    assert (found["wd"], found["wd_drawn"], found["tv"], found["tv_drawn"]) == (0, 0.5, 0, 0.5)


def test_bootstrap_gives_every_figure_and_the_same_for_the_same_seed():
    humans = comparison.Humans(correlated_people(50), some_weights(50))
    drawn = correlated_people(40, seed=9)
    simulated = comparison.Simulated(drawn, some_weights(40, seed=1), certain(drawn, 5))

    def run(seed):
        return resampled(humans, simulated, np.random.default_rng(seed), 20)

    assert set(run(0)) == {figure.name for figure in figures.COMPARED if figure.interval}
    assert run(0) == run(0)
    assert run(0) != run(1)
    low, high = run(0)["alpha"]
    assert low < alpha(drawn) < high


def test_a_nominal_item_counts_in_total_variation_alone():
    people = correlated_people(400, items=4)
    swapped = people.copy()
    # The same shares in another order: no other distribution on a scale that has no order.
    swapped[:, 3] = np.where(people[:, 3] < 0, -1, 4 - people[:, 3])
    humans = comparison.Humans(people, np.ones(400))
    simulated = comparison.Simulated(swapped, np.ones(400), certain(swapped, 5))
    as_scale = comparison.compare(humans, simulated)
    nominal = comparison.compare(humans, simulated, [True, True, True, False])
    assert as_scale["wd"] > 0
    assert as_scale["fro"] > 0
    assert (nominal["wd"], nominal["fro"]) == pytest.approx((0, 0), abs=1e-9)
    assert nominal["tv"] == as_scale["tv"] > 0
    assert nominal["alpha"] == alpha(people[:, :3])


def test_without_two_ordered_items_there_is_no_correlation_to_compare():
    people = correlated_people(50, items=3)
    humans = comparison.Humans(people, np.ones(50))
    simulated = comparison.Simulated(people, np.ones(50), certain(people, 5))
    found = comparison.compare(humans, simulated, [False, True, False])
    assert found["wd"] == pytest.approx(0, abs=1e-9)
    assert all(math.isnan(x) for x in (found["fro"], found["cbs"], found["l1"], found["alpha"]))


@pytest.mark.parametrize("shift", [0, 1], ids=["perfect simulation", "biased simulation"])
def test_intervals_hold_the_score_that_other_people_would_get(shift):
    population = correlated_people(20_000, items=4, missing=0)
    biased = np.clip(population + shift, 0, 4)
    rng = np.random.default_rng(1)

    def study():
        humans = population[rng.integers(20_000, size=600)]
        drawn = biased[rng.integers(20_000, size=80)]
        return (
            comparison.Humans(humans, np.ones(600)),
            comparison.Simulated(drawn, np.ones(80), certain(drawn, 5)),
        )

    scores = [comparison.compare(*study()) for _ in range(200)]
    covered = dict.fromkeys(("wd", "fro", "alpha"), 0)
    for _ in range(60):
        people = study()
        value, reach = comparison.compare(*people), resampled(*people, rng, 60)
        for name in covered:
            low, high = reach[name]
            assert low <= value[name] <= high
            covered[name] += low <= np.mean([s[name] for s in scores]) <= high
    assert all(count >= 52 for count in covered.values()), covered


MANY, RESAMPLES = 40, 200  # items, so that a matrix has 13 kB


def of_many_items():
    answers = np.random.default_rng(0).integers(0, 3, (20, MANY))
    humans = comparison.Humans(answers, np.ones(20))
    simulated = comparison.Simulated(answers[::-1], np.ones(20), certain(answers[::-1], 3))
    return humans, simulated


def of_items(humans, simulated):
    return resampled(humans, simulated, np.random.default_rng(1), RESAMPLES)


def of_pairs(humans, simulated):
    conditions = [
        Condition(simulated.take(rows), np.arange(10))
        for rows in (np.arange(10), np.arange(10, 20))
    ]
    rng = np.random.default_rng(1)
    found = paired.differences(
        humans, conditions, [True] * MANY, rng, RESAMPLES, paired.IN_SUBGROUPS
    )
    return {name: (one.low, one.high) for name, one in found[0, 1].items()}


def between_groups(humans, simulated):
    groups = np.arange(20) % 5
    rng, ordered = np.random.default_rng(1), [True] * MANY
    found = across_groups.estimates(humans, simulated, (groups, groups), ordered, rng, RESAMPLES)
    return {name: (one.low, one.high) for name, one in found.items()}


@pytest.mark.parametrize("told", [of_items, of_pairs, between_groups])
def test_of_many_items_no_more_matrices_are_held_than_fit_and_intervals_are_the_same(
    monkeypatch, told
):
    humans, simulated = of_many_items()
    whole = told(humans, simulated)
    monkeypatch.setattr(draws, "MATRICES", 20 * MANY**2)
    tracemalloc.start()
    parted = told(humans, simulated)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (
        most < 3 * RESAMPLES * MANY**2 * 8
    )  # three matrices a resample; together they had 12 to 43
    for name, ends in whole.items():
        assert parted[name] == pytest.approx(ends, abs=1e-9, nan_ok=True), name

"""What humans score against themselves, against sampling theory."""

import math

import numpy as np
import pytest
from people import alpha, correlated_people, some_weights

from anthology.models.errors import InputError
from anthology.models.statistics import figures, floors


def expected_wd(variance):
    """Mean absolute value of a normal deviate: what WD of a two-option item is on average."""
    return math.sqrt(2 / math.pi * variance)


def yes_or_no(n, share):
    return (np.arange(n) < n * share).astype(np.int64)[:, None]


def test_the_floor_of_one_item_is_what_sampling_theory_gives():
    answers = yes_or_no(1000, 0.3)
    found = floors.floor(answers, [2], splits=1500, rng=np.random.default_rng(0))
    mean = expected_wd(0.3 * 0.7 * 4 / 999)
    assert found["wd"] == pytest.approx(mean, rel=0.07)
    assert found["wd_sd"] == pytest.approx(mean * math.sqrt(math.pi / 2 - 1), rel=0.07)
    assert found["tv"] == pytest.approx(found["wd"])


def test_uneven_survey_weights_raise_the_floor_by_their_design_effect():
    answers, weights = yes_or_no(1000, 0.3), some_weights(1000)
    share = weights[answers[:, 0] == 1].sum() / weights.sum()
    variance = 4 * (weights**2 * (answers[:, 0] - share) ** 2).sum() / weights.sum() ** 2
    found = floors.floor(answers, [2], weights, splits=1500, rng=np.random.default_rng(0))
    assert found["wd"] == pytest.approx(expected_wd(variance), rel=0.07)
    assert variance > 1.3 * 0.3 * 0.7 * 4 / 1000


@pytest.mark.parametrize(
    ("n", "variance"),
    [(50, 1 / 50 + 1 / 1000), (500, 3 / 1000), (700, 1 / 700 + 1 / 1000), (4000, 1.25 / 1000)],
)
def test_the_floor_at_n_is_that_of_n_people_whether_or_not_there_are_so_many(n, variance):
    answers = yes_or_no(1000, 0.3)
    found = floors.floor_at(n, answers, [2], splits=1500, rng=np.random.default_rng(0))
    assert found["wd"] == pytest.approx(expected_wd(0.21 * variance), rel=0.08)


def test_all_distances_of_the_floor_are_those_between_the_two_halves():
    answers = np.array([[0, 0], [2, 1]])
    found = floors.floor(answers, [3, 2], splits=3, rng=np.random.default_rng(0))
    assert (found["wd"], found["tv"]) == (1.5, 1)
    of_one_person_each = found["fro"], found["cbs"], found["l1"]
    assert all(math.isnan(x) for x in of_one_person_each)
    assert (found["wd_sd"], found["alpha"]) == (0, alpha(answers))


def test_the_spread_is_the_sample_standard_deviation_over_splits():
    answers = correlated_people(60)

    def floor_of(splits):
        return floors.floor(answers, [5] * 4, splits=splits, rng=np.random.default_rng(0))

    first, both = floor_of(1), floor_of(2)
    second = 2 * both["wd"] - first["wd"]
    assert both["wd_sd"] == pytest.approx(abs(first["wd"] - second) / math.sqrt(2))
    assert both["wd_sd"] > 0
    assert math.isnan(first["wd_sd"])


def test_the_floor_sinks_with_more_people():
    def floor_of(n):
        rng = np.random.default_rng(0)
        return floors.floor(correlated_people(n), [5] * 4, some_weights(n), 40, rng=rng)

    few, many = floor_of(200), floor_of(3200)
    for figure in figures.WITH_FLOOR:
        if figure.is_distance:
            assert few[figure.name] > 2 * many[figure.name]


def test_the_floor_depends_on_the_seed_alone_and_not_on_the_scale_of_the_weights():
    answers, weights = correlated_people(100), some_weights(100)

    def floor_of(weights, seed):
        return floors.floor(answers, [5] * 4, weights, 10, rng=np.random.default_rng(seed))

    assert floor_of(weights, 0) == floor_of(weights, 0)
    assert floor_of(weights, 0) != floor_of(weights, 1)
    assert floor_of(8 * weights, 0) == floor_of(weights, 0)


def test_the_floor_of_a_survey_like_pews_is_like_the_published_ones():
    """Moon et al. (2024): WD about 0.05-0.07 and Fro about 0.4 at some 2,500 respondents."""
    answers, weights = correlated_people(2500, items=9, seed=5), some_weights(2500)
    found = floors.floor(answers, [5] * 9, weights, 30, rng=np.random.default_rng(0))
    assert 0.04 < found["wd"] < 0.08
    assert 0.25 < found["fro"] < 0.55


def test_splits_in_which_a_half_skipped_an_item_are_left_out_of_wd():
    answers = np.array([[0, 0], [1, 0], [-1, 0], [-1, 0]])
    found = floors.floor(answers, [2, 2], splits=60, rng=np.random.default_rng(0))
    assert found["wd"] == 0.5


@pytest.mark.parametrize(("people", "n"), [(1, 1), (0, 1), (5, 0)])
def test_a_floor_of_too_few_people_is_refused(people, n):
    answers = np.zeros((people, 2), dtype=np.int64)
    with pytest.raises(InputError, match="at least two people"):
        floors.floor_at(n, answers, [2, 2], rng=np.random.default_rng(0))


def test_people_of_weight_0_are_in_no_half_and_in_no_alpha():
    answers, weights = correlated_people(200), some_weights(200)
    weights[::3] = 0
    counted = weights > 0
    for found, expected in (
        (
            floors.floor(answers, [5] * 4, weights, 9, rng=np.random.default_rng(1)),
            floors.floor(
                answers[counted], [5] * 4, weights[counted], 9, rng=np.random.default_rng(1)
            ),
        ),
        (
            floors.floor_at(50, answers, [5] * 4, weights, 9, rng=np.random.default_rng(1)),
            floors.floor_at(
                50, answers[counted], [5] * 4, weights[counted], 9, rng=np.random.default_rng(1)
            ),
        ),
    ):
        assert found == expected

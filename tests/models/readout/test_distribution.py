"""From label log-probabilities to an answer: the arithmetic, for any numbers and any order."""

import math
import random
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from anthology.models.errors import ItemError
from anthology.models.prompting.orders import option_orders
from anthology.models.readout.distribution import (
    Reading,
    averaged,
    draw,
    label_prior,
    read,
    unshuffled,
)

LOGPROBS = st.lists(st.floats(-60, 0), min_size=2, max_size=26)
UNIFORM = st.floats(0, 1, exclude_max=True)


@given(LOGPROBS)
def test_probabilities_sum_to_one(logprobs: list[float]) -> None:
    found = read(logprobs)
    assert sum(found.choices) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in found.choices)
    assert 0 <= found.label_mass <= 1


@given(LOGPROBS, st.floats(-30, 0))
def test_less_compliance_changes_the_label_mass_alone(logprobs: list[float], less: float) -> None:
    before = read(logprobs)
    after = read([logprob + less for logprob in logprobs])
    assert after.choices == pytest.approx(before.choices, abs=1e-9)
    if sum(map(math.exp, logprobs)) <= 1:
        assert after.label_mass == pytest.approx(before.label_mass * math.exp(less), rel=1e-9)


@pytest.mark.parametrize("options", [2, 3, 4, 5])
def test_every_order_shown_is_undone(options: int) -> None:
    weights = [2.0**-n / 2 for n in range(options)]  # of the options, in the questionnaire's order
    for shown in permutations(range(options)):
        found = unshuffled(read([math.log(weights[position]) for position in shown]), shown)
        assert found.choices == pytest.approx([w / sum(weights) for w in weights])
        assert found.label_mass == pytest.approx(sum(weights))


@given(st.permutations(range(26)))
def test_every_order_of_all_letters_is_undone(shown: list[int]) -> None:
    found = unshuffled(read([math.log((position + 1) / 1000) for position in shown]), shown)
    assert found.choices == pytest.approx([(n + 1) / 351 for n in range(26)])


def test_an_impossible_label_has_no_probability() -> None:
    assert read([-math.inf, math.log(0.5)]).choices == [0, 1]


def test_label_mass_is_never_above_one() -> None:
    assert read([math.log(0.6), math.log(0.6)]).label_mass == 1


def test_vanishing_probabilities_are_still_told_apart() -> None:
    found = read([-900.0, -900.0 + math.log(3)])
    assert found.choices == pytest.approx([0.25, 0.75])
    assert found.label_mass == 0


@pytest.mark.parametrize("logprobs", [[-math.inf, -math.inf], [math.nan, math.nan]])
def test_a_reading_without_any_finite_label_is_an_error(logprobs: list[float]) -> None:
    with pytest.raises(ItemError, match="no finite probability"):
        read(logprobs)


def test_one_log_probability_for_each_option_is_needed() -> None:
    with pytest.raises(ValueError, match="zip"):
        unshuffled(read([-1.0, -2.0, -3.0]), [0, 1])


@pytest.mark.parametrize("logprobs", [[-1.0, math.nan]])
def test_a_log_probability_that_is_no_number_is_an_error(logprobs: list[float]) -> None:
    """Else NaN reaches the database, where PostgreSQL refuses the whole chunk's transaction."""
    with pytest.raises(ItemError):
        read(logprobs)


# --- drawing -------------------------------------------------------------------------------------


@given(LOGPROBS, UNIFORM)
def test_what_is_drawn_is_possible(logprobs: list[float], uniform: float) -> None:
    shares = read(logprobs).choices
    drawn = draw(shares, uniform)
    assert shares[drawn] > 0
    below = sum(shares[:drawn])
    assert below - 1e-9 <= uniform <= below + shares[drawn] + 1e-9


def test_frequencies_are_the_probabilities() -> None:
    rng = random.Random(0)
    shares = [0.1, 0.0, 0.6, 0.3]
    counts = [0] * 4
    for _ in range(20_000):
        counts[draw(shares, rng.random())] += 1
    assert counts[1] == 0
    for count, share in zip(counts, shares, strict=True):
        assert abs(count / 20_000 - share) < 0.02


@pytest.mark.parametrize(
    ("shares", "uniform", "expected"),
    [
        ([0.5, 0.5], 0.0, 0),
        ([0.5, 0.5], 0.5, 1),
        ([0.5, 0.5], math.nextafter(0.5, 0), 0),
        ([0.0, 1.0], 0.0, 1),
        ([1.0, 0.0], math.nextafter(1, 0), 0),
        ([0.3, 0.3, 0.3, 0.0], 0.95, 2),  # a sum below 1: the last that is possible
        ([0.1] * 10, math.nextafter(1, 0), 9),
    ],
)
def test_the_edges_of_a_share_belong_to_one_option(
    shares: list[float], uniform: float, expected: int
) -> None:
    assert draw(shares, uniform) == expected


@given(LOGPROBS, UNIFORM, UNIFORM)
def test_a_greater_number_never_draws_an_earlier_option(
    logprobs: list[float], one: float, other: float
) -> None:
    assume(one <= other)
    shares = read(logprobs).choices
    assert draw(shares, one) <= draw(shares, other)


@given(
    st.lists(st.floats(-30, -0.01), min_size=2, max_size=8),
    st.floats(0.2, 5),
)
def test_a_temperature_is_applied_to_the_distribution_and_not_to_the_mass(
    logprobs: list[float], temperature: float
) -> None:
    plain, tempered = read(logprobs), read(logprobs, temperature)
    powers = np.array(plain.choices) ** (1 / temperature)
    assert tempered.choices == pytest.approx((powers / powers.sum()).tolist(), abs=1e-9)
    assert tempered.label_mass == plain.label_mass


# --- lengths, priors and several orders ----------------------------------------------------------

SHARES = st.lists(st.floats(0.01, 1), min_size=2, max_size=6)
APPEAL = st.lists(st.floats(-5, 5), min_size=6, max_size=6)


def as_displayed(weights: list[float], appeal: list[float], shown: list[int]) -> list[float]:
    """Log-probabilities of labels that multiply the share of whatever stands behind them."""
    scores = [math.log(weights[choice]) + appeal[place] for place, choice in enumerate(shown)]
    total = math.log(math.fsum(map(math.exp, scores)))
    return [score - total + math.log(0.8) for score in scores]


def orders(count: int, permutations: int | None) -> list[list[int]]:
    return option_orders("averaged", count, [], permutations, 3, "test")


def test_a_low_temperature_leaves_impossible_answers_impossible() -> None:
    found = read([-math.inf, -900.0, -901.0], 0.001)
    assert found.choices == [0, 1, 0]
    assert read([-math.inf, -3.0, -5.0], 10.0).choices[0] == 0


def test_lengths_divide_the_log_probabilities_and_leave_the_mass_alone() -> None:
    found = read([math.log(0.25), math.log(0.5)], lengths=[2, 1])
    assert found.choices == pytest.approx([0.5, 0.5])
    assert found.label_mass == pytest.approx(0.75)


@given(SHARES, APPEAL)
def test_a_prior_that_is_known_is_taken_out_again(
    weights: list[float], appeal: list[float]
) -> None:
    shown = list(range(len(weights)))
    found = read(as_displayed(weights, appeal, shown), prior=appeal[: len(weights)])
    assert found.choices == pytest.approx([w / sum(weights) for w in weights])
    assert found.label_mass == pytest.approx(0.8)


@given(SHARES, APPEAL, st.booleans())
def test_averaging_over_balanced_orders_takes_the_labels_appeal_out(
    weights: list[float], appeal: list[float], all_orders: bool
) -> None:
    count = len(weights)
    wanted = None if all_orders and count < 5 else count
    found = averaged(
        [
            unshuffled(read(as_displayed(weights, appeal, shown)), shown)
            for shown in orders(count, wanted)
        ]
    )
    assert found.choices == pytest.approx([w / sum(weights) for w in weights])
    assert found.label_mass == pytest.approx(0.8)


@given(LOGPROBS, st.floats(0.2, 5))
def test_an_average_of_one_order_is_that_order(logprobs: list[float], temperature: float) -> None:
    found, plain = averaged([read(logprobs)], temperature), read(logprobs, temperature)
    assert found.choices == pytest.approx(plain.choices, abs=1e-12)
    assert found.label_mass == plain.label_mass


def test_temperature_is_applied_to_the_average_and_not_to_each_order() -> None:
    """At 0.01 each of these orders alone would be certain, of the contrary."""
    orders_read = [read([math.log(0.99999), -11.6]), read([-11.5, math.log(0.99999)])]
    found = averaged(orders_read, 0.01)
    assert sum(found.choices) == pytest.approx(1)
    assert 0.99 < found.choices[0] < 1


def test_orders_that_exclude_everything_between_them_are_an_error() -> None:
    with pytest.raises(ItemError, match="no finite probability"):
        averaged([Reading([1.0, 0.0], 1.0), Reading([0.0, 1.0], 1.0)])


@given(SHARES, APPEAL)
def test_the_label_prior_is_found_whatever_is_answered(
    weights: list[float], appeal: list[float]
) -> None:
    count = len(weights)
    found = label_prior([as_displayed(weights, appeal, shown) for shown in orders(count, count)])
    total = math.fsum(map(math.exp, appeal[:count]))
    assert [math.exp(lp) for lp in found] == pytest.approx(
        [math.exp(one) / total for one in appeal[:count]]
    )


@given(st.permutations(range(6)))
def test_what_was_displayed_returns_to_its_own_place(shown: list[int]) -> None:
    found = unshuffled(Reading([float(choice) for choice in shown], 0.5), shown)
    assert found == Reading([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], 0.5)

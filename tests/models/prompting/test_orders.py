"""Orders are whole, balanced, drawn by the seed, and leave in place what is anchored."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from anthology.models import seeds
from anthology.models.prompting.orders import (
    OptionsOrder,
    QuestionsOrder,
    inverse,
    option_orders,
    question_order,
)

SEEDS = st.integers(0, 2**62)
PERSONS = st.integers(0, 9999)
# A question's options and which are anchored: few enough for all permutations; then up to 26.
FEW = st.integers(1, 6).flatmap(
    lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), max_size=n))
)
MANY = st.integers(1, 26).flatmap(
    lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), max_size=n))
)
BLOCKS = st.lists(st.sampled_from([None, "a", "b", "c"]), max_size=12)


def questions(blocks: Sequence[str | None]) -> list[tuple[str, str | None]]:
    return [(f"q{n}", block) for n, block in enumerate(blocks)]


def averaged(
    options: int, wanted: int | None, person: int = 0, anchored: Sequence[int] = ()
) -> list[tuple[int, ...]]:
    orders = option_orders("averaged", options, anchored, wanted, 1, "none", person, "q")
    return [tuple(shown) for shown in orders]


def rotations(order: Sequence[int]) -> set[tuple[int, ...]]:
    return {(*order[turn:], *order[:turn]) for turn in range(len(order))}


@given(st.sampled_from(["fixed", "reversed", "random", "averaged"]), MANY, SEEDS, PERSONS)
def test_every_order_has_each_option_once_and_the_anchored_in_place(
    order: OptionsOrder, options: tuple[int, set[int]], seed: int, person: int
) -> None:
    count, anchored = options
    orders = option_orders(order, count, anchored, 30, seed, "none", person, "q")
    assert len(orders) >= 1
    for shown in orders:
        assert sorted(shown) == list(range(count))
        assert all(shown[position] == position for position in anchored)


@given(MANY, SEEDS)
def test_only_averaged_shows_more_than_one_order(options: tuple[int, set[int]], seed: int) -> None:
    count, anchored = options
    single: list[OptionsOrder] = ["fixed", "reversed", "random"]
    assert [len(option_orders(order, count, anchored, 3, seed)) for order in single] == [1, 1, 1]
    movable = count - len(anchored)
    wanted = min(3, math.factorial(movable))
    assert len(option_orders("averaged", count, anchored, 3, seed)) == wanted


@pytest.mark.parametrize("order", ["fixed", "reversed", "random"])
@given(count=st.integers(1, 26), seed=SEEDS, person=PERSONS)
def test_without_anchors_a_stored_study_is_shown_what_it_was_shown(
    order: OptionsOrder, count: int, seed: int, person: int
) -> None:
    purpose = ("natural/greedy", person, "natspac")
    positions = list(range(count))
    turned = seeds.uniform(seed, "options", *purpose) < 0.5
    before = {
        "fixed": positions,
        "reversed": positions[::-1] if turned else positions,
        "random": seeds.shuffled(positions, seed, "options", *purpose),
    }
    assert option_orders(order, count, [], None, seed, *purpose) == [before[order]]


def test_the_draws_of_stored_studies() -> None:
    """Golden: whoever changes these changes what stored studies were asked."""
    purpose = ("none", 12, "natspac")
    assert option_orders("random", 6, [], None, 7, *purpose) == [[3, 1, 5, 0, 4, 2]]
    averaged_over_three = option_orders("averaged", 4, [3], 3, 7, *purpose)
    assert averaged_over_three == [[1, 0, 2, 3], [0, 2, 1, 3], [2, 1, 0, 3]]
    assert question_order(questions([None] * 6), "shuffled", 7, "none", 12) == [5, 1, 3, 4, 2, 0]


def test_a_scale_with_an_anchored_end_is_turned_round_without_it_for_half_of_the_people() -> None:
    found = Counter(
        tuple(option_orders("reversed", 5, [4], None, 1, "none", person, "q")[0])
        for person in range(4000)
    )
    assert set(found) == {(0, 1, 2, 3, 4), (3, 2, 1, 0, 4)}
    assert abs(found[3, 2, 1, 0, 4] - 2000) < 160  # five standard deviations


def test_an_option_anchored_in_the_middle_stays_there_as_the_others_turn() -> None:
    found = {tuple(option_orders("reversed", 4, [1], None, 1, person)[0]) for person in range(50)}
    assert found == {(0, 1, 2, 3), (3, 1, 2, 0)}


@given(FEW, SEEDS)
def test_averaging_over_all_shows_every_permutation_of_the_movable_once(
    options: tuple[int, set[int]], seed: int
) -> None:
    count, anchored = options
    orders = option_orders("averaged", count, anchored, None, seed, "q")
    expected = {
        each
        for each in itertools.permutations(range(count))
        if all(each[position] == position for position in anchored)
    }
    assert len(orders) == len(expected)
    assert {tuple(shown) for shown in orders} == expected


@given(FEW, st.integers(0, 50), SEEDS)
def test_more_permutations_than_there_are_give_just_all(
    options: tuple[int, set[int]], more: int, seed: int
) -> None:
    count, anchored = options
    everything = math.factorial(count - len(anchored))
    assert option_orders("averaged", count, anchored, everything + more, seed) == option_orders(
        "averaged", count, anchored, None, seed
    )


@given(MANY, st.integers(1, 80), SEEDS)
def test_every_option_stands_at_every_place_as_often_as_any_other(
    options: tuple[int, set[int]], wanted: int, seed: int
) -> None:
    count, anchored = options
    movable = [position for position in range(count) if position not in anchored]
    orders = option_orders("averaged", count, anchored, wanted, seed, "q")
    assert len(orders) == min(wanted, math.factorial(len(movable)))
    for place in movable:
        stood = Counter(shown[place] for shown in orders)
        often = [stood[position] for position in movable]
        assert max(often) - min(often) <= (len(orders) % len(movable) != 0)


@given(MANY, st.integers(1, 80), SEEDS)
def test_no_permutation_is_shown_twice(
    options: tuple[int, set[int]], wanted: int, seed: int
) -> None:
    count, anchored = options
    orders = option_orders("averaged", count, anchored, wanted, seed, "q")
    assert len({tuple(shown) for shown in orders}) == len(orders)


@pytest.mark.parametrize("wanted", range(1, 25))
def test_any_number_of_permutations_of_four_is_found(wanted: int) -> None:
    for person in range(20):
        assert len(set(averaged(4, wanted, person))) == wanted


@pytest.mark.parametrize("wanted", [None, 1, 3, 4, 5, 23])
def test_the_first_order_is_any_permutation_with_the_same_chance(wanted: int | None) -> None:
    first = Counter(averaged(5, wanted, person, [4])[0] for person in range(4800))
    assert len(first) == 24
    assert chisquare(list(first.values())).pvalue > 0.001  # always the same 4800 people


def test_the_first_order_is_any_of_those_shown_with_the_same_chance() -> None:
    """Of five orders of four options, four are one Latin square and one is left of another."""
    lone = 0
    for person in range(4000):
        first, *others = averaged(4, 5, person)
        lone += not rotations(first) & set(others)
    assert abs(lone - 800) < 127  # five standard deviations around a fifth


def test_averaged_orders_are_not_the_same_for_all_people() -> None:
    assert len({frozenset(averaged(4, 4, person)) for person in range(200)}) == 6


@given(FEW, st.none() | st.integers(1, 30), SEEDS, PERSONS)
def test_the_same_seed_and_purpose_give_the_same_orders(
    options: tuple[int, set[int]], wanted: int | None, seed: int, person: int
) -> None:
    count, anchored = options
    purpose = ("none", person, "q")
    first = option_orders("averaged", count, anchored, wanted, seed, *purpose)
    assert option_orders("averaged", count, sorted(anchored), wanted, seed, *purpose) == first


@pytest.mark.parametrize("order", ["random", "averaged"])
def test_another_seed_person_or_question_gives_another_order(order: OptionsOrder) -> None:
    found = {
        tuple(option_orders(order, 20, [], 2, seed, "none", person, question)[0])
        for seed, person, question in itertools.product([1, 2], range(100), ["q", "r"])
    }
    assert len(found) == 400


@pytest.mark.parametrize("anchored", [[4], [-1], [0, 9]])
def test_an_anchor_outside_the_options_is_refused(anchored: list[int]) -> None:
    with pytest.raises(ValueError, match=r"anchored positions must lie in 0\.\.3"):
        option_orders("fixed", 4, anchored, None, 1)


@pytest.mark.parametrize("wanted", [0, -1])
def test_fewer_than_one_permutation_is_refused(wanted: int) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        option_orders("averaged", 4, [], wanted, 1)


@pytest.mark.parametrize("count", range(7))
def test_the_inverse_gives_the_place_of_every_position_and_undoes_itself(count: int) -> None:
    for shown in itertools.permutations(range(count)):
        places = inverse(shown)
        assert [places[position] for position in shown] == list(range(count))
        assert [shown[place] for place in places] == list(range(count))
        assert inverse(places) == list(shown)


def test_the_inverse_of_a_rotation_is_the_other_rotation() -> None:
    assert inverse([1, 2, 0]) == [2, 0, 1]


@pytest.mark.parametrize("shown", [[0, 0], [1, 2], [-1, 0], [0, 2]])
def test_what_is_no_order_has_no_inverse(shown: list[int]) -> None:
    with pytest.raises(ValueError, match="not an order"):
        inverse(shown)


@given(st.sampled_from(["fixed", "shuffled", "shuffled_in_blocks"]), BLOCKS, SEEDS)
def test_every_question_is_asked_once(
    order: QuestionsOrder, blocks: list[str | None], seed: int
) -> None:
    found = question_order(questions(blocks), order, seed, "none", 3)
    assert sorted(found) == list(range(len(blocks)))
    assert found == question_order(questions(blocks), order, seed, "none", 3)
    if order == "fixed":
        assert found == sorted(found)


@given(BLOCKS, SEEDS, PERSONS)
def test_shuffled_questions_are_asked_as_stored_studies_asked_them(
    blocks: list[str | None], seed: int, person: int
) -> None:
    items = questions(blocks)
    found = question_order(items, "shuffled", seed, "bio", person)
    before = seeds.shuffled(items, seed, "questions", "bio", person)
    assert [items[index] for index in found] == before


@given(BLOCKS, SEEDS)
def test_blocks_stay_together_and_stand_where_they_first_appear(
    blocks: list[str | None], seed: int
) -> None:
    found = question_order(questions(blocks), "shuffled_in_blocks", seed, "none", 3)
    # A question without a block is one by itself, named by its index.
    named = [index if block is None else block for index, block in enumerate(blocks)]
    runs = [name for name, _ in itertools.groupby(named[index] for index in found)]
    assert runs == list(dict.fromkeys(named))


def test_every_order_within_a_block_is_about_as_likely() -> None:
    items = questions(["a", "a", "a", None, "b", "b"])
    found = Counter(
        tuple(question_order(items, "shuffled_in_blocks", 1, "none", n)) for n in range(6000)
    )
    assert len(found) == 12  # 6 orders of the first block, each with 2 of the second
    assert chisquare(list(found.values())).pvalue > 0.001  # always the same 6000 people

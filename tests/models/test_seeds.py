"""Draws by name: the same for the same purpose, unrelated for any other."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from anthology.models import seeds

SEEDS = st.integers(0, 2**63 - 1)
# Names and numbers, as purposes are: none holds the separator.
PARTS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x1f")) | st.integers())


def test_a_stored_study_draws_what_it_drew_before() -> None:
    """Golden: whoever changes these changes the answers of every stored study."""
    assert seeds.derive(0) == 6711488920161924273
    assert seeds.derive(7, "answer", "none", 12, "natspac") == 9075505788437076518
    assert seeds.uniform(0, "draw") == 0.04566279488956049
    assert seeds.shuffled(list(range(8)), 1, "questions") == [3, 6, 1, 0, 2, 7, 5, 4]
    assert seeds.chosen(100, 5, 1, "respondents") == [12, 31, 79, 91, 94]


def test_no_process_has_its_own_draws() -> None:
    code = "from anthology.models import seeds; print(seeds.derive(3, 'a', 1))"
    found = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            cwd=Path(__file__).parents[2], env={"PYTHONHASHSEED": str(n)},
        ).stdout.strip()
        for n in (1, 2)
    }  # fmt: skip
    assert found == {str(seeds.derive(3, "a", 1))}


@given(SEEDS, PARTS)
def test_a_seed_has_63_bits(seed: int, parts: list[str | int]) -> None:
    assert 0 <= seeds.derive(seed, *parts) < 2**63


@given(SEEDS, PARTS)
def test_a_uniform_number_is_at_least_0_and_below_1(seed: int, parts: list[str | int]) -> None:
    assert 0 <= seeds.uniform(seed, *parts) < 1


@given(SEEDS, PARTS, PARTS)
def test_different_purposes_have_different_seeds(
    seed: int, one: list[str | int], other: list[str | int]
) -> None:
    assert (seeds.derive(seed, *one) == seeds.derive(seed, *other)) == (one == other)


def test_parts_that_read_alike_together_are_not_confused() -> None:
    purposes = [("a", "bc"), ("ab", "c"), ("abc",), ("a", "b", "c"), ("abc", ""), ("", "abc"), ()]
    assert len({seeds.derive(0, *parts) for parts in purposes}) == len(purposes)
    assert seeds.derive(0, 1) != seeds.derive(0, "1")
    assert seeds.derive(0, 1, 12) != seeds.derive(0, 11, 2)
    assert seeds.derive(1, 2) != seeds.derive(12)


def test_draws_do_not_depend_on_what_was_drawn_before() -> None:
    forwards = [seeds.uniform(5, "draw", n) for n in range(50)]
    backwards = [seeds.uniform(5, "draw", n) for n in reversed(range(50))]
    assert forwards == backwards[::-1]


def test_draws_of_neighbouring_people_are_uniform() -> None:
    draws = [seeds.uniform(1, "draw", "none", n, "natspac") for n in range(5000)]
    assert len(set(draws)) == 5000
    assert kstest(draws, "uniform").pvalue > 0.001


@given(SEEDS, st.lists(st.integers()))
def test_shuffling_loses_and_doubles_nothing(seed: int, items: list[int]) -> None:
    before = list(items)
    assert Counter(seeds.shuffled(items, seed, "x")) == Counter(items)
    assert items == before


def test_every_order_of_three_is_about_as_likely() -> None:
    orders = Counter(tuple(seeds.shuffled([0, 1, 2], 0, n)) for n in range(6000))
    assert len(orders) == 6
    assert all(abs(count - 1000) < 150 for count in orders.values())


@given(SEEDS, st.integers(0, 50), st.data())
def test_the_chosen_are_distinct_and_ascending(seed: int, n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    found = seeds.chosen(n, k, seed, "respondents")
    assert len(found) == k
    assert found == sorted(set(found))
    assert set(found) <= set(range(n))

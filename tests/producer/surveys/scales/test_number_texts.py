"""Brackets are in the order of their numbers, in whatever units and languages these are said."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.producer.surveys.scales.number_texts import by_number

DAYS = {"days": 1, "weeks": 7, "months": 30, "years": 365}


def in_order(texts: list[str]) -> bool:
    places = by_number(texts)
    return places is not None and places == sorted(places)


@given(
    st.lists(st.tuples(st.integers(1, 40), st.sampled_from(sorted(DAYS))), min_size=2, max_size=7)
)
def test_times_in_different_units_are_in_the_order_of_their_length(
    lengths: list[tuple[int, str]],
) -> None:
    by_days = {n * DAYS[unit]: f"{n}-{n + 1} {unit}" for n, unit in lengths}
    days = sorted(by_days)
    if all(after >= 1.1 * before for before, after in pairwise(days)):
        texts = [by_days[length] for length in days]
        assert len(texts) < 2 or in_order(texts)


@pytest.mark.parametrize(
    "texts",
    [
        "Less than a week|1-3 weeks|1-6 months|More than 6 months",
        "Under $500K|$500K-$999K|$1M+",
        "Less than $250,000|$250,000 to $999,999|$1 million or more",
        "18 and under|18 to 29|30 and over",
        "20歳未満|20-29歳|30-39歳|40歳以上",
        "Bis unter 1.000 €|1.000 bis unter 2.000 €|2.000 € und mehr",
        "Do 2000 zł|2001-3000 zł|Powyżej 3000 zł",
        "до 20 000 руб.|20 001 - 40 000 руб.|более 40 000 руб.",
        "Minder dan 1.000|1.000 tot 2.000|Meer dan 2.000",
        "None|One|Two|Three or more",
        "Never|Once|Twice|Three times or more",
    ],
)
def test_what_people_write_of_numbers_is_in_their_order(texts: str) -> None:
    assert in_order(texts.split("|"))


@pytest.mark.parametrize(
    "texts",
    ["2-3 times a month|1-2 times a week|4 times a year", "6 months|1|2 years",
     "One-party|Two-party", "1st generation|2nd generation"],
)  # fmt: skip
def test_numbers_that_count_different_things_show_no_order(texts: str) -> None:
    assert by_number(texts.split("|")) is None

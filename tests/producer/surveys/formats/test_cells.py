"""Cells of text become numbers whatever their decimal mark, and marks of nothing become nothing."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from anthology.producer.surveys.formats.cells import (
    MISSING_NUMBERS,
    is_marked_number,
    is_nothing,
    read_columns,
)

ERRORS = ["#NULL!", "#N/A", "#NV", "#N/D", "#¡VALOR!", "#WERT!", "#DIV/0!", "#NAME?", "#BEZUG!"]
NOTHING = st.sampled_from(["", " ", "\u00a0", *ERRORS, *sorted(MISSING_NUMBERS)])
NUMBERS = st.one_of(
    st.integers(-9_999_999, 9_999_999).map(float),
    st.integers(-9_999_999, 9_999_999).map(lambda n: n / 1000),
)


def read(cells: list[str], semicolons: bool = False, points: bool = False) -> "pd.Series":
    found, _ = read_columns(pd.DataFrame({"q": cells}, dtype=object), semicolons, lambda: points)
    return found["q"]


def written(number: float, grouping: str, mark: str) -> str:
    text = f"{number:,.3f}" if number != int(number) else f"{int(number):,}"
    return text.replace(",", "\x00").replace(".", mark).replace("\x00", grouping)


@given(
    st.lists(NUMBERS, min_size=1, max_size=20), st.lists(NOTHING, max_size=5),
    st.sampled_from([("", "."), (",", "."), (" ", "."), ("", ","), (".", ","), ("\u202f", ",")]),
    st.randoms(),
)  # fmt: skip
def test_numbers_are_read_back_however_they_are_written_with_nothing_between(
    numbers, nothing, marks, random
):
    cells = [(written(number, *marks), number) for number in numbers]
    cells += [(mark, math.nan) for mark in nothing]
    random.shuffle(cells)
    texts = [text for text, _ in cells]
    if marks[1] == ",":  # a comma in one of them that parts no thousands
        texts.append("0,25")
    if marks[0] in (",", "."):
        assume(all(text.count(marks[0]) != 1 or marks[1] in text for text in texts))
    expected = [number for _, number in cells] + [0.25] * (marks[1] == ",")
    np.testing.assert_allclose(read(texts), expected)


@given(st.lists(NOTHING, max_size=4), st.lists(st.sampled_from(["US", "None", "NA", "-"])))
def test_words_stay_as_they_are_among_words(nothing, words):
    cells = ["a word", *words, *nothing]
    found = read(cells)
    assert found.tolist() == [None if is_nothing(cell) else cell for cell in cells]


@pytest.mark.parametrize("cell", ["#MeToo", "#1", "# none", "NA", "No!", "?", "#winning"])
def test_an_answer_is_something(cell):
    assert not is_nothing(cell)


@pytest.mark.parametrize(
    ("cells", "semicolons", "points", "numbers"),
    [
        (["1,465", "2,100"], False, False, [1465, 2100]),
        (["1,465", "2,100"], True, False, [1.465, 2.1]),
        (["1,465", "2,100"], True, True, [1465, 2100]),
        (["1,465", "0,872"], False, False, [1.465, 0.872]),
        (["1,465", "12345,678"], False, False, [1.465, 12345.678]),
        (["1,234,567", "900"], True, False, [1234567, 900]),
        ([",5", "-,25", "1,5E-02"], False, False, [0.5, -0.25, 0.015]),
    ],
)
def test_a_comma_parts_thousands_or_decimals_by_what_else_is_there(
    cells, semicolons, points, numbers
):
    assert read(cells, semicolons, points).tolist() == numbers


def test_one_columns_decimal_commas_are_another_columns_too_and_are_told_of():
    text = pd.DataFrame({"weight": ["1,465", "2,100"], "score": ["0,5", "1,5"], "w": ["a", "b"]})
    found, notes = read_columns(text)
    assert found["weight"].tolist() == [1.465, 2.1]
    assert notes == ["commas read as decimal marks in 'weight', 'score'"]


@pytest.mark.parametrize(
    ("cells", "listed"),
    [
        (["1,3", "2,3", "1", "2", "3", "1,2"], True),
        (["1,2,3", "4"], True),
        (["1,5", "2,5", "3,5", "1", "2", "5"], False),  # halves
        (["1,3", "2,0", "3,1"], False),
        (["0,8", "1,2", "1", "2"], False),
    ],
)
def test_a_list_of_codes_is_no_number(cells, listed):
    assert (read(cells).dtype == object) == listed


def test_digits_beyond_64_bits_stay_digits():
    assert read(["9" * 20, "1,5"]).tolist() == ["9" * 20, "1,5"]


@pytest.mark.parametrize(("cell", "marked"), [("1,5", True), ("1 234", True), ("1.5", False)])
def test_a_number_with_marks_of_its_own_is_known(cell, marked):
    assert is_marked_number(cell) == marked

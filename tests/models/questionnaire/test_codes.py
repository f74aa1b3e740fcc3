"""Survey codes: which values of a column an option claims."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from anthology.models.questionnaire.codes import BRANCH, CodeRange, Codes, covers

ADAPTER: TypeAdapter[Any] = TypeAdapter(Codes)
NUMBERS = st.integers(-1000, 1000) | st.floats(-1000, 1000)


def codes(value: Any) -> Any:
    return ADAPTER.validate_python(value)


def test_a_code_claims_itself_and_a_list_each_of_its_codes() -> None:
    assert covers(codes(1), 1)
    assert covers(codes(1), 1.0)  # a column with gaps is read as floating-point numbers
    assert not covers(codes(1), "1")
    assert [code for code in (1, 2, 3, "x", "y") if covers(codes([1, 3, "x"]), code)] == [1, 3, "x"]


def test_a_range_claims_its_ends_what_lies_between_and_no_text() -> None:
    found = codes({"from": 18, "to": 29})
    assert [n for n in (17, 18, 23.5, 29, 29.5, "20") if covers(found, n)] == [18, 23.5, 29]


@given(low=NUMBERS, code=NUMBERS)
def test_a_range_with_one_end_is_open_to_the_other(low: float, code: float) -> None:
    assert covers(codes({"from": low}), code) == (code >= low)
    assert covers(codes({"to": low}), code) == (code <= low)


@given(low=NUMBERS, high=NUMBERS, code=NUMBERS)
def test_a_range_is_what_both_its_ends_allow(low: float, high: float, code: float) -> None:
    low, high = sorted([low, high])
    both = covers(codes({"from": low}), code) and covers(codes({"to": high}), code)
    assert covers(codes({"from": low, "to": high}), code) == both


@pytest.mark.parametrize("value", [1, 2.5, "x", [1, "x", 2.5], {"from": 1}, {"from": 1, "to": 2}])
def test_codes_survive_the_way_through_json(value: Any) -> None:
    found = codes(value)
    assert codes(ADAPTER.dump_python(found, mode="json", by_alias=True)) == found


def test_an_infinite_end_is_an_open_one() -> None:
    assert codes({"from": 65, "to": math.inf}) == CodeRange.model_validate({"from": 65})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, "needs from, to, or both"),
        ({"from": -math.inf, "to": math.inf}, "needs from, to, or both"),
        ({"from": 2, "to": 1}, "from 2 is above to 1"),
        ({"from": 1, "until": 2}, "Extra inputs"),
        (True, "valid"),
        (None, "valid"),
        (math.nan, "finite"),
        (math.inf, "finite"),
        ([1, None], "valid"),
        ([[1]], "valid"),
    ],
)
def test_what_no_column_can_hold_is_refused(value: Any, expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        codes(value)


@pytest.mark.parametrize(
    ("value", "place"), [(True, ()), ([1, True], (1,)), ({"from": "x"}, ("from",))]
)
def test_a_refusals_place_has_nothing_but_what_the_file_has(
    value: Any, place: tuple[Any, ...]
) -> None:
    with pytest.raises(ValidationError) as raised:
        codes(value)
    for problem in raised.value.errors():
        assert tuple(p for p in problem["loc"] if not str(p).startswith(BRANCH)) == place

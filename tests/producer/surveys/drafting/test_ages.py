"""Ages become ranges that people say, and what is no age ends none of them."""

from hypothesis import given
from hypothesis import strategies as st

from anthology.models.questionnaire.codes import CodeRange
from anthology.producer.surveys.drafting.ages import age_ranges, not_ages


@given(st.sets(st.integers(15, 100), min_size=20))
def test_every_age_is_in_one_range_and_the_last_has_no_end(ages: set[int]) -> None:
    found = age_ranges(ages)
    if found is None:
        return
    ranges = [CodeRange.model_validate(ends) for ends in found.values()]
    assert all(sum(one.covers(age) for one in ranges) == 1 for age in ages)
    assert list(found)[-1] == f"{ranges[-1].low:g} or older"
    assert ranges[-1].high is None
    for text, ends in list(found.items())[:-1]:
        assert text == f"{ends['from']} to {ends['to']}"


def test_adults_begin_at_eighteen_though_nobody_is() -> None:
    assert list(age_ranges(range(19, 90)) or ()) == [
        "18 to 29", "30 to 49", "50 to 64", "65 or older",
    ]  # fmt: skip
    assert next(iter(age_ranges(range(15, 90)) or ())) == "15 to 29"
    assert list(age_ranges(range(50, 95)) or ())[-1] == "80 or older"


def test_what_gives_fewer_than_three_ranges_gives_none() -> None:
    assert age_ranges(range(18, 25)) is None
    assert age_ranges([18.5, 40, 70]) is None
    assert age_ranges([1, 2, 3, 4]) is None
    assert age_ranges([]) is None


@given(st.sets(st.integers(18, 90), min_size=10), st.sets(st.sampled_from([-9, -1, 888, 998, 999])))
def test_numbers_that_nobody_can_be_are_no_ages(ages: set[int], codes: set[int]) -> None:
    assert not_ages(dict.fromkeys(ages | codes, 1)) == sorted(codes)


def test_ninety_nine_is_no_age_where_nobody_is_near_it() -> None:
    assert not_ages(dict.fromkeys([*range(18, 85), 98, 99], 1)) == [98, 99]
    assert not_ages(dict.fromkeys(range(18, 100), 1)) == []
    assert not_ages(dict.fromkeys([0, *range(18, 85)], 1)) == [0]


def test_in_other_languages_ranges_are_signs_alone() -> None:
    assert list(age_ranges(range(18, 90), english=False) or ()) == [
        "18-29",
        "30-49",
        "50-64",
        "65+",
    ]

"""What a file holds is listed whole, and found by words of its names, wordings and options."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.listing import ListedColumn, listing

LABELS = {1.0: "Agree", 2.0: "Neither", 3.0: "Disagree", 9.0: "Refused"}


@pytest.fixture
def survey() -> SurveyFile:
    frame = pd.DataFrame({
        "Q1": [1, 2, 3, 9, None, 1], "w": [0.5, 1.25, 1, 1, 1, 1.5], "sex": [1, 2, 1, 2, 1, 2],
        "words": ["a", "b", "a", None, "b", "a"], "none": [None] * 6,
    })  # fmt: skip
    labels = {"Q1": "Q1. Die <b>Börse</b> ist wichtig", "sex": "Gender of respondent"}
    return SurveyFile(
        Path("s.sav"), frame, labels, {"Q1": LABELS, "sex": {1.0: "Male", 2.0: "Female"}}
    )


def by_name(survey: SurveyFile, find: str = "") -> dict[str, ListedColumn]:
    return {column.name: column for column in listing(survey, find).columns}


def test_a_column_is_listed_with_wording_scale_options_and_who_answered(
    survey: SurveyFile,
) -> None:
    found = by_name(survey)["Q1"]
    assert found.wording == "Die Börse ist wichtig"
    assert [(o.text, o.codes, o.people) for o in found.options] == [
        ("Agree", [1], 2), ("Neither", [2], 1), ("Disagree", [3], 1),
    ]  # fmt: skip
    assert (found.answered, found.missing, list(found.missing_codes)) == (4, 2, [9])


def test_known_traits_are_named_and_groups_are_nominal(survey: SurveyFile) -> None:
    found = by_name(survey)
    assert (found["sex"].trait, found["sex"].scale) == ("sex", "nominal")
    assert found["Q1"].trait is None
    assert found["none"].scale == "empty"


@pytest.mark.parametrize("find", ["borse", "BÖRSE", "q1", "disagree wichtig", "die börse q1"])
def test_words_are_found_whatever_their_case_and_accents(survey: SurveyFile, find: str) -> None:
    assert list(by_name(survey, find)) == ["Q1"]


def test_all_words_have_to_be_there(survey: SurveyFile) -> None:
    assert by_name(survey, "börse gender") == {}
    assert listing(survey, "nowhere").total == 5


def test_a_listing_is_json_that_a_program_can_read(survey: SurveyFile) -> None:
    found = json.loads(json.dumps(listing(survey).as_json()))
    assert (found["people"], found["columns_in_file"]) == (6, 5)
    assert found["columns"][0]["missing_share"] == pytest.approx(2 / 6, abs=1e-4)
    assert found["columns"][0]["missing_codes"][0]["code"] == 9


CELLS = st.one_of(st.none(), st.sampled_from([1.0, 2.0, 3.0, 9.0, 2.5, 1000.0]))


@given(st.lists(CELLS, min_size=1, max_size=40), st.booleans())
def test_everybody_answered_or_is_missing(cells: list[float | None], labelled: bool) -> None:
    frame = pd.DataFrame({"q": pd.Series(cells, dtype=float)})
    labels = {"q": LABELS} if labelled else {}
    [found] = listing(SurveyFile(Path("s.sav"), frame, {}, labels)).columns
    assert found.answered + found.missing == len(cells)
    coded = sum(cell in found.missing_codes for cell in cells if cell is not None)
    blank = sum(cell is None for cell in cells)
    if found.scale == "select-all":  # a cell left blank is a No
        blank = 0
    assert found.missing == blank + coded
    if found.options:
        assert sum(option.people for option in found.options) == found.answered


def test_many_different_texts_are_free_answers() -> None:
    frame = pd.DataFrame({"why": [f"because {n}" for n in range(200)]})
    [found] = listing(SurveyFile(Path("s.csv"), frame)).columns
    assert (found.scale, found.options) == ("text", [])

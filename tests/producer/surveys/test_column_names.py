"""Columns are named as people name them: between commas, in quotes, one by one, spaces or not."""

from pathlib import Path

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from anthology.producer.surveys.column_names import named_column, named_columns, separated
from anthology.producer.surveys.formats.survey_file import SurveyFile

NAMES = st.lists(
    st.text(alphabet="ab, '\"?", min_size=1, max_size=8).filter(str.strip),
    min_size=1, max_size=6, unique_by=lambda name: " ".join(name.split()),
)  # fmt: skip


def survey(*columns: str) -> SurveyFile:
    return SurveyFile(Path("s.csv"), pd.DataFrame(columns=list(columns)))


@given(NAMES)
def test_a_value_that_is_a_columns_whole_name_is_that_column(names: list[str]) -> None:
    assert named_columns(survey(*names), names) == names
    assert [named_column(survey(*names), f" {name} ") for name in names] == names


@given(st.lists(st.text(alphabet="ab, ?", min_size=1, max_size=8).filter(str.strip), min_size=1,
                max_size=5, unique_by=lambda name: " ".join(name.split())))  # fmt: skip
def test_names_in_quotes_may_hold_commas(names: list[str]) -> None:
    quoted = ",".join(f"'{name}'" for name in names)
    assert named_columns(survey(*names, "other"), [quoted]) == names
    assert [part.split() for part in separated([quoted])] == [name.split() for name in names]


def test_a_name_with_a_comma_is_found_among_others_without_quotes() -> None:
    file = survey("a", "Overall, how are you?", "b", "Which do you use?  ")
    assert named_columns(file, ["a,Overall, how are you?,b"]) == ["a", "Overall, how are you?", "b"]
    assert named_columns(file, ["Which do you use?", "a"]) == ["Which do you use?  ", "a"]


def test_what_is_no_column_stays_as_it_was_written() -> None:
    file = survey("a", "b")
    assert named_columns(file, ["nope, a", "'no, pe'"]) == ["nope", "a", "no, pe"]
    assert named_columns(file, [",", "", "a,,b,"]) == ["a", "b"]
    assert named_column(file, "c") == "c"

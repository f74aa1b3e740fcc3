"""Exports of survey platforms and spreadsheets: their header rows, marks of nothing and numbers."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.survey_file import SurveyFile


def read(folder: Path, text: str, name: str = "s.csv", **how) -> SurveyFile:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return read_survey(path, **how)


def rows_as_text(rows, separator=","):
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue()


QUALTRICS = [
    ["StartDate", "ResponseId", "Q1", "Q2_1"],
    ["Start Date", "Response ID", "How are you,\nreally?", "Pick - TV"],
    ['{"ImportId":"startDate"}', '{"ImportId":"_rec"}', '{"ImportId":"QID1"}', '{"ImportId":"Q"}'],
]  # fmt: skip


@pytest.mark.parametrize("rows", [3, 2])
def test_the_second_and_third_row_of_qualtrics_are_nobody(tmp_path, rows):
    people = [["2024-01-01", f"R_{n}", n % 5, ""] for n in range(9)]
    survey = read(tmp_path, rows_as_text(QUALTRICS[:rows] + people))
    assert survey.column("Q1").tolist() == [n % 5 for n in range(9)]
    assert survey.labels["Q1"] == "How are you, really?"


def test_surveymonkeys_second_row_names_the_answers_of_the_question_before(tmp_path):
    rows = [
        ["Respondent ID", "How often?", "Which, if any?", "", "", "Rate us"],
        ["", "Response", "Email", "Phone", "Other (please specify)", "Response"],
        [1, "Never", "Email", "Phone", "", 5],
        [2, "Often", "", "Phone", "a letter", 3],
    ]
    survey = read(tmp_path, rows_as_text(rows))
    assert survey.column("Rate us").tolist() == [5, 3]
    email, phone, other = survey.multiple["Which, if any?"]
    assert (email, phone) == ("Which, if any? [Email]", "Which, if any? [Phone]")
    assert survey.column(email).tolist() == [1, 0]
    assert survey.column(other).tolist()[1] == "a letter"
    assert survey.labels[other] == "Which, if any? Other (please specify)"


def test_several_answers_in_a_cell_are_a_column_each(tmp_path):
    cells = ["Email, Chat", "Chat", "Email", "Phone", "Email, Phone", "Phone, Chat", ""]
    rows = [["Channels? ", "Sure?"], *([cell, "Yes, definitely"] for cell in cells * 5)]
    survey = read(tmp_path, rows_as_text(rows))
    assert set(survey.multiple) == {"Channels?"}
    np.testing.assert_array_equal(
        survey.column("Channels? [Email]"), [1, 0, 1, 0, 1, 0, np.nan] * 5
    )


def test_answers_that_have_commas_in_them_are_one(tmp_path):
    cells = ["Yes, definitely", "Yes, probably", "No, not at all", "Maybe"] * 9
    survey = read(tmp_path, rows_as_text([["q"], *([cell] for cell in cells)]))
    assert survey.multiple == {}


def test_r_writes_row_names_with_and_without_a_header(tmp_path):
    assert read(tmp_path, '"","q"\n"1",5\n"2",4\n').column("q").tolist() == [5, 4]
    assert read(tmp_path, '"q","r"\n"1",5,1\n"2",4,0\n').column("r").tolist() == [1, 0]


def test_empty_rows_are_nobody_and_spellings_keep_their_rows(tmp_path):
    survey = read(tmp_path, "id,q\n007,1\n,\n\n008,2\n,,\n")
    assert survey.column("q").tolist() == [1, 2]
    assert survey.written(["id"])["id"].tolist() == ["007", "008"]


@pytest.mark.parametrize(
    "mark", ["", " ", ".", ".a", ".z", "NA", "N/A", "NaN", "NULL", "#NULL!", "#N/A", "None"]
)
def test_marks_of_nothing_are_missing_among_numbers(tmp_path, mark):
    survey = read(tmp_path, f"q,r\n1,x\n{mark},y\n2.5,z\n")
    np.testing.assert_array_equal(survey.column("q"), [1, np.nan, 2.5])


@pytest.mark.parametrize("word", ["NA", "None", "-", "DK", ".a"])
def test_a_word_among_words_stays_one(tmp_path, word):
    assert read(tmp_path, f"q\nUS\n{word}\nFR\n").column("q").tolist() == ["US", word, "FR"]


@pytest.mark.parametrize("nothing", [" ", "#NULL!", "#N/A"])
def test_what_is_no_word_is_missing_among_words_too(tmp_path, nothing):
    assert read(tmp_path, f"q,r\nUS,1\n{nothing},2\n").column("q").isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ('w\n"1,465"\n"0,65"\n', [1.465, 0.65]),
        ("w;v\n1,465;1\n2,100;1\n", [1.465, 2.1]),
        ('w\n"1,465"\n"2,100"\n', [1465, 2100]),
        ('w\n"1,465,000"\n"900"\n', [1465000, 900]),
        ("w;v\n1.5;1\n2;1\n", [1.5, 2]),
    ],
)
def test_decimal_commas_and_thousands_are_told_apart(tmp_path, text, numbers):
    assert read(tmp_path, text).column("w").tolist() == numbers


CELLS = st.one_of(
    st.integers(-9, 9).map(str), st.sampled_from(["Yes", "No, never", 'the "best"', "größer"])
)


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=2, max_size=12),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
)
def test_a_table_is_read_as_it_was_written_whatever_separates_and_encodes_it(
    tmp_path_factory, rows, separator, encoding, qualtrics
):
    names = [["a", "b b", "c"]]
    more = [["A?", "B?", "C?"], ['{"ImportId":"1"}', '{"ImportId":"2"}', '{"ImportId":"3"}']]
    text = rows_as_text(names + (more if qualtrics else []) + rows, separator)
    path = tmp_path_factory.mktemp("any") / "s.csv"
    path.write_bytes(text.encode(encoding))
    survey = read_survey(path)
    assert list(survey.frame.columns)[:3] == names[0]
    assert survey.written(["b b"])["b b"].tolist() == [row[1] for row in rows]
    assert survey.frame["a"].astype(str).tolist() == [row[0] for row in rows]


@pytest.mark.parametrize("at", [3, 250])
@pytest.mark.parametrize("mark", ["NA", ".", "None", "#NULL!"])
def test_numbers_are_the_same_to_the_last_bit_wherever_a_mark_of_nothing_stands(
    tmp_path: Path, at: int, mark: str
) -> None:
    weights = [f"0.{number:017d}" for number in np.random.default_rng(0).integers(1e17, size=300)]
    path = tmp_path / "s.csv"
    path.write_text("w,q\n" + "".join(f"{weight},1\n" for weight in weights))
    plain = read_survey(path).column("w").tolist()
    weights[at] = mark
    path.write_text("w,q\n" + "".join(f"{weight},1\n" for weight in weights))
    marked = read_survey(path).column("w")
    assert marked.isna().tolist() == [row == at for row in range(300)]
    if mark != "#NULL!":  # which is no mark of numbers alone: cells are read one by one
        assert [w for w in marked if w == w] == plain[:at] + plain[at + 1 :]


@pytest.mark.parametrize("kind", ["csv", "blank", "dta", "sav", "parquet", "semicolon"])
def test_two_unrelated_items_with_shared_skips_are_read_alike_in_every_format(tmp_path, kind):
    import pyreadstat

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.integers(1, 6, 300).astype(float) for name in "ab"})
    frame[rng.random(300) < 0.3] = np.nan
    frame["id"] = np.arange(300.0)
    path = tmp_path / f"s.{kind if kind in ('dta', 'sav', 'parquet') else 'csv'}"
    write = {
        "csv": lambda: frame.to_csv(path, index=False, na_rep=".a"),
        "semicolon": lambda: frame.to_csv(path, index=False, sep=";", na_rep="#NULL!"),
        "blank": lambda: frame.to_csv(path, index=False),
        "dta": lambda: pyreadstat.write_dta(frame, path),
        "sav": lambda: pyreadstat.write_sav(frame, path),
        "parquet": lambda: frame.to_parquet(path),
    }
    write[kind]()
    survey = read_survey(path)
    pd.testing.assert_frame_equal(survey.frame, frame, check_dtype=False)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('Age, in years;Sex\n44;"Yes, sure"\n55;No\n', ["Age, in years", "Sex"]),
        ('Frage, 0;b\nYes, sure;"none; really"\n', ["Frage, 0", "b"]),
        ("id;Weight, final\n1;1,5\n2;2,5\n", ["id", "Weight, final"]),
        ("id,Channels\n1,Email;Chat\n2,Chat;Phone\n", ["id", "Channels"]),
        ("sep=;\r\nid;w\r\n1;0,5\r\n", ["id", "w"]),
        ("id, name\n1, x\n2, y\n", ["id", "name"]),
    ],
)
def test_the_separator_is_the_one_that_tears_no_cell(tmp_path, text, names):
    assert list(read(tmp_path, text).frame.columns) == names


def test_utf_16_is_read_without_its_mark(tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes("id,q\n1,2\n2,3\n".encode("utf-16-le"))
    assert read_survey(path).column("q").tolist() == [2, 3]


def test_row_names_that_r_kept_of_a_part_of_the_people_are_known(tmp_path):
    survey = read(tmp_path, '"q","r"\n"3",5,1\n"17",4,0\n"20",4,0\n')
    assert survey.column("r").tolist() == [1, 0, 0]

"""Survey files as pollsters send them, and as they should not be."""

import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from anthology.models.errors import InputError
from anthology.producer.surveys.formats import readers
from anthology.producer.surveys.formats.labelled import read_labelled
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.survey_file import SurveyFile


@pytest.fixture
def csv_of(tmp_path):
    def write(text, name="survey.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


@pytest.fixture
def sav(tmp_path):
    path = tmp_path / "survey.sav"
    frame = pd.DataFrame(
        {"happy": [1.0, 2.0, 99.0, -1.0, None], "state": ["NY", "", "CA", "CA", "XX"]}
    )
    pyreadstat.write_sav(
        frame,
        path,
        column_labels={"happy": "How happy are you?"},
        variable_value_labels={"happy": {1: "Very", 2: "Not", 99: "Refused"}},
        missing_ranges={"happy": [99, {"lo": -5, "hi": -1}], "state": ["XX"]},
    )
    return path


def refusal(path):
    with pytest.raises(InputError) as raised:
        read_survey(path)
    message = str(raised.value)
    assert str(path) in message
    assert "\n" not in message
    return message


# --- .sav ----------------------------------------------------------------------------------------


def test_a_sav_keeps_its_codes_with_labels_and_declared_missing_codes(sav):
    survey = read_survey(sav)
    np.testing.assert_array_equal(survey.column("happy"), [1, 2, 99, -1, np.nan])
    assert survey.labels == {"happy": "How happy are you?"}
    assert survey.value_labels == {"happy": {1: "Very", 2: "Not", 99: "Refused"}}
    assert sorted(survey.user_missing["happy"]) == [(-5, -1), (99, 99)]
    assert survey.user_missing["state"] == [("XX", "XX")]


def test_empty_text_in_a_sav_is_missing(sav):
    assert read_survey(sav).column("state").isna().tolist() == [False, True, False, False, False]


@pytest.mark.parametrize("cut", [50, -30])
def test_a_truncated_sav_is_refused(sav, cut):
    sav.write_bytes(sav.read_bytes()[:cut])
    assert "cannot be read as an SPSS file" in refusal(sav)


def test_text_that_only_claims_to_be_a_sav_is_refused(csv_of):
    assert "cannot be read as an SPSS file" in refusal(csv_of("a,b\n1,2\n" * 50, "survey.sav"))


def test_a_sav_in_another_encoding_than_it_says_is_read_and_told_of(sav):
    frame = pd.DataFrame({"q": [1.0, 2.0], "word": ["grün", "plain"]})
    pyreadstat.write_sav(frame, sav, column_labels={"q": "Größe?"})
    sav.write_bytes(sav.read_bytes().replace("grün".encode(), "grün ".encode("cp1252")))
    survey = read_survey(sav)
    assert survey.column("word").tolist() == ["grün", "plain"]
    assert survey.labels == {"q": "Größe?"}
    assert "not in the encoding it declares" in survey.notes[0]


def test_text_of_an_sav_ends_without_the_blanks_that_fill_it_up(sav):
    pyreadstat.write_sav(pd.DataFrame({"q": [1.0, 2.0], "word": ["Male  ", "  "]}), sav)
    word = read_survey(sav).column("word")
    assert (word[0], word.isna().tolist()) == ("Male", [False, True])


def test_a_sav_without_respondents_is_refused(sav):
    pyreadstat.write_sav(pd.DataFrame({"q": pd.Series([], dtype=float)}), sav)
    assert "no respondents" in refusal(sav)


# --- .csv ----------------------------------------------------------------------------------------


def test_numbers_of_a_csv_are_numbers_and_words_stay_words(csv_of):
    survey = read_survey(csv_of("q,faith,flag\n1,None,TRUE\n-1.5,Catholic,FALSE\n"))
    assert survey.column("q").tolist() == [1, -1.5]
    assert survey.column("faith").tolist() == ["None", "Catholic"]
    assert survey.column("flag").tolist() == ["TRUE", "FALSE"]


def test_empty_fields_of_a_csv_are_missing(csv_of):
    survey = read_survey(csv_of('q,faith\n1,""\n,Jewish\n'))
    np.testing.assert_array_equal(survey.column("q"), [1, np.nan])
    assert survey.column("faith").isna().tolist() == [True, False]


@pytest.mark.parametrize("missing", ["NA", "."])
def test_what_r_sas_and_stata_write_for_missing_is_missing_among_numbers_and_a_word_among_words(
    csv_of, missing
):
    survey = read_survey(csv_of(f"q,region\n1,{missing}\n{missing},EU\n-0.5,US\n"))
    np.testing.assert_array_equal(survey.column("q"), [1, np.nan, -0.5])
    assert survey.column("region").tolist() == [missing, "EU", "US"]


def test_blank_lines_before_the_header_are_skipped(csv_of):
    assert read_survey(csv_of("\n\nq,r\n1,2\n")).column("r").tolist() == [2]


def test_a_csv_from_excel_has_no_mark_in_its_first_column_name(csv_of):
    assert read_survey(csv_of("q\n1\n", encoding="utf-8-sig")).column("q").tolist() == [1]


def test_two_columns_of_one_name_are_refused_only_when_it_is_asked_for(csv_of):
    survey = read_survey(csv_of("q,q,r\n1,2,3\n", encoding="utf-8-sig"))
    assert survey.column("r").tolist() == [3]
    with pytest.raises(InputError, match=r"2 columns named 'q'; say 'q \(column 1\)' or"):
        survey.column("q")
    assert survey.column("q (column 2)").tolist() == [2]


def test_a_column_without_a_name_is_called_by_its_place_unless_it_is_empty(csv_of):
    survey = read_survey(csv_of('"",q,,\n7,1,,x\n8,2,,\n'))
    assert list(survey.frame.columns) == ["column 1", "q", "column 4"]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_is_found_and_told_of(csv_of, separator):
    survey = read_survey(csv_of(f"q{separator}r\n1{separator}2\n", "survey.txt"))
    assert survey.column("r").tolist() == [2]
    assert "separated by" in survey.notes[0]


def test_quoted_commas_and_line_breaks_belong_to_their_field(csv_of):
    survey = read_survey(csv_of('q,why\n1,"because, well,\nso"\n'))
    assert survey.column("why").tolist() == ["because, well,\nso"]


def test_the_extension_counts_in_any_case(csv_of):
    assert len(read_survey(csv_of("q\n1\n", "SURVEY.CSV")).frame) == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["is empty"]),
        ("\n\r\n\n", ["is empty"]),
        ("q,r\n", ["no respondents"]),
        ("q,r,s\n1,2,3\n1,2\n", ["line 3", "2 fields", "header has 3", "'s'"]),
        ("q,r\n1,2\n3,4,5\n", ["line 3", "3 fields", "header has 2", "'3'"]),
        ("q,r\n1,2,3\n4,5,6\n", ["line 2", "3 fields", "header has 2"]),
        ('q,r\n1,2\n3,"4\n', ["line 3", "quotation marks"]),
    ],
)
def test_a_csv_that_is_no_table_is_refused_naming_the_place(csv_of, text, names):
    message = refusal(csv_of(text))
    assert all(name in message for name in names), message


def test_a_csv_that_is_not_utf8_is_read_as_windows_wrote_it_and_told_of(csv_of):
    many = "q,word\n" + "1,plain\n" * 5000 + "2,grün \u2013 so\n"
    survey = read_survey(csv_of(many, encoding="cp1252"))
    assert survey.column("word").tolist()[-1] == "grün \u2013 so"
    assert "read as Windows-1252" in survey.notes[0]


def test_one_bad_byte_in_utf8_is_left_out_and_told_of(csv_of):
    survey = read_survey(
        csv_of("q,word\n1,grün\n2,größer\n3,X\n".encode().replace(b"X", b"a\xffb"))
    )
    assert survey.column("word").tolist()[:2] == ["grün", "größer"]
    assert "but for 1 bytes" in survey.notes[0]


def test_encoding_and_separator_that_are_given_are_used_or_refused(csv_of):
    path = csv_of("q;wort\n1;Щ\n", encoding="cp1251")
    survey = read_survey(path, "cp1251", "semicolon")
    assert survey.column("wort").tolist() == ["Щ"]
    with pytest.raises(InputError, match="'klingon' is unknown"):
        read_survey(path, "klingon")
    with pytest.raises(InputError, match="is not utf-8"):
        read_survey(path, "utf-8")
    with pytest.raises(InputError, match="give one character"):
        read_survey(path, None, "::")


# --- any -----------------------------------------------------------------------------------------


def test_a_missing_file_a_folder_and_an_unknown_kind_are_refused(tmp_path):
    assert "does not exist" in refusal(tmp_path / "nowhere.sav")
    (tmp_path / "folder.csv").mkdir()
    assert "not a file" in refusal(tmp_path / "folder.csv")
    assert ".rda or .rdata" in refusal(tmp_path / "survey.sas7bdat")


def test_a_row_in_the_table_of_readers_is_all_that_a_format_needs(tmp_path, monkeypatch):
    path = tmp_path / "survey.NEW"
    path.write_bytes(b"1")
    frame = pd.DataFrame({"q": [1.0]})
    monkeypatch.setitem(readers.READERS, ".new", lambda path, *_: SurveyFile(path, frame))
    assert read_survey(path).column("q").tolist() == [1]


def test_a_file_over_a_gigabyte_is_refused_without_reading_it(tmp_path, monkeypatch):
    path = tmp_path / "huge.csv"
    with path.open("wb") as sparse:
        sparse.truncate(readers.MAX_BYTES + 200_000_000)
    monkeypatch.setitem(readers.READERS, ".csv", lambda path: pytest.fail("it was read"))
    assert "1.2 GB" in refusal(path)


def test_a_file_that_may_not_be_read_is_refused(csv_of, monkeypatch):
    path = csv_of("q\n1\n")

    def deny(path, *_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setitem(readers.READERS, ".csv", deny)
    assert "Permission denied" in refusal(path)


def test_an_unknown_column_is_refused_with_those_it_may_have_meant(csv_of):
    survey = read_survey(csv_of("natspac,natenvir,id\n1,2,3\n"))
    with pytest.raises(InputError, match="'natspc'; did you mean 'natspac'"):
        survey.column("natspc")
    with pytest.raises(InputError, match="did you mean 'natenvir'"):
        survey.column("NATENVIR")
    with pytest.raises(InputError, match="3 columns begin with"):
        survey.column("weight")


def test_a_million_columns_are_refused_before_they_are_parsed(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{n}" for n in range(1_000_000)) + "\n")
    with pytest.raises(InputError, match=r"has 1,000,000 columns, more than 20,000"):
        read_survey(path)


def test_a_huge_file_without_lines_is_refused_without_holding_it(tmp_path: Path) -> None:
    path = tmp_path / "sparse.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n1,2\n")
        file.truncate(900_000_000)
    tracemalloc.start()
    with pytest.raises(InputError, match="has a line of over"):
        read_survey(path)
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()


def test_an_sav_that_unfolds_to_more_than_memory_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.sav"
    pyreadstat.write_sav(pd.DataFrame({"a": [1.0] * 1001, "b": [2.0] * 1001}), path, compress=True)
    monkeypatch.setattr(read_labelled, "MAX_CELLS", 2000)
    with pytest.raises(InputError, match="unfolds to more than 2,000 cells"):
        read_survey(path)


@pytest.mark.parametrize("told", [2_000_000_000, -5])
def test_an_sav_that_tells_a_wrong_number_of_rows_has_those_it_has(
    told: int, tmp_path: Path
) -> None:
    path = tmp_path / "liar.sav"
    pyreadstat.write_sav(pd.DataFrame({"a": [1.0, 2.0, 3.0]}), path)
    content = bytearray(path.read_bytes())
    content[80:84] = told.to_bytes(4, "little", signed=True)  # ncases of the file's header
    path.write_bytes(content)
    assert list(read_survey(path).frame["a"]) == [1, 2, 3]

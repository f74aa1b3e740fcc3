"""SPSS and Stata files are read back with labels and missing codes, damaged text included."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.listing import listing
from anthology.producer.surveys.scales.readings import readings
from anthology.producer.surveys.scales.scale import scales_of

CODES = st.lists(st.sampled_from([1.0, 2.0, 3.0, -9.0, 99.0, np.nan]), min_size=2, max_size=9)
TEXT = st.text("aäßéŁЖ中 -", min_size=1, max_size=12).map(lambda t: f"x{t}".strip())
LABELS = st.dictionaries(st.sampled_from([1.0, 2.0, 3.0, 99.0]), TEXT, max_size=4)


def in_folder(factory, name: str) -> Path:
    return factory.mktemp("any") / name


def table(codes, texts) -> pd.DataFrame:
    return pd.DataFrame({"self": codes, "word": (texts * len(codes))[: len(codes)]})


def check(survey: SurveyFile, frame: pd.DataFrame, label: str) -> None:
    np.testing.assert_array_equal(survey.column("self"), frame["self"])
    assert survey.column("word").tolist() == frame["word"].tolist()
    assert survey.labels == {"self": label}


@settings(deadline=None, max_examples=40)
@given(CODES, st.lists(TEXT, min_size=1, max_size=4), LABELS, TEXT, st.booleans())
def test_an_spss_file_is_read_as_it_was_written(tmp_path_factory, codes, texts, labels, label, z):
    frame = table(codes, texts)
    path = in_folder(tmp_path_factory, "s.zsav" if z else "s.sav")
    pyreadstat.write_sav(
        frame, path, column_labels={"self": label}, variable_value_labels={"self": labels},
        missing_ranges={"self": [{"lo": -np.inf, "hi": -1}, 99]}, compress=z,
    )  # fmt: skip
    survey = read_survey(path)
    check(survey, frame, label)
    assert survey.value_labels.get("self", {}) == labels
    (low, high), alone = survey.user_missing["self"]
    assert low < -1e300
    assert (high, alone) == (-1, (99, 99))


@settings(deadline=None, max_examples=20)
@given(CODES, st.lists(TEXT, min_size=1, max_size=4), LABELS, TEXT)
def test_a_stata_file_is_read_as_it_was_written(tmp_path_factory, codes, texts, labels, label):
    frame = table(codes, texts)
    path = in_folder(tmp_path_factory, "s.dta")
    whole = {int(code): text for code, text in labels.items()}
    pyreadstat.write_dta(
        frame, path, column_labels={"self": label}, variable_value_labels={"self": whole}
    )
    survey = read_survey(path)
    check(survey, frame, label)
    assert survey.value_labels.get("self", {}) == labels


def test_statas_letters_are_missing(tmp_path):
    frame = pd.DataFrame({"q": pd.Series([1.0, 2.0, "a", "z"], dtype=object)})
    path = tmp_path / "s.dta"
    pyreadstat.write_dta(
        frame, path, missing_user_values={"q": ["a", "z"]}, variable_format={"q": "%9.0g"}
    )
    assert read_survey(path).column("q").isna().tolist() == [False, False, True, True]


def test_what_statas_letters_mean_is_told_beside_the_codes(tmp_path):
    frame = pd.DataFrame({"q": pd.Series([1.0, 2.0, "a"], dtype=object), "w": ["x", "y", "b"]})
    path = tmp_path / "s.dta"
    pyreadstat.write_dta(
        frame, path, missing_user_values={"q": ["a", "b"]},
        variable_value_labels={"q": {1: "Yes", 2: "No", "a": "Refused", "b": "Don't know"}},
    )  # fmt: skip
    survey = read_survey(path)
    assert survey.value_labels["q"] == {1: "Yes", 2: "No"}
    assert survey.missing_labels == {"q": {".a": "Refused", ".b": "Don't know"}}
    told = ".a (Refused), .b (Don't know) missing in the file"
    assert told in readings(scales_of(survey, ["q"])["q"])
    assert list(listing(survey).columns[0].missing_codes) == [".a", ".b"]


def test_an_spss_portable_file_is_read(tmp_path):
    frame = pd.DataFrame({"Q": [1.0, 2.0, np.nan], "WORD": ["a", "b", "a"]})
    path = tmp_path / "s.por"
    pyreadstat.write_por(frame, path, column_labels={"Q": "How?"})
    survey = read_survey(path, encoding="utf-8")
    np.testing.assert_array_equal(survey.column("Q"), frame["Q"])
    assert (survey.column("WORD").tolist(), survey.labels) == (["a", "b", "a"], {"Q": "How?"})


# As UTF-8 and as Windows write it, filled up to as many bytes.
BROKEN = "für".encode(), "für ".encode("cp1252")


@pytest.mark.parametrize("where", ["label", "value label", "word"])
def test_a_bad_byte_anywhere_leaves_all_else_as_it_is(tmp_path, where):
    said = {one: "für" if one == where else "grün" for one in ("label", "value label", "word")}
    frame = pd.DataFrame({"größe": [1.0, 2.0, -9.0], "word": [said["word"], "b", "b"]})
    path = tmp_path / "s.sav"
    pyreadstat.write_sav(
        frame, path, column_labels={"größe": said["label"]}, missing_ranges={"größe": [-9]},
        variable_value_labels={"größe": {1: said["value label"]}},
    )  # fmt: skip
    raw = path.read_bytes()
    assert BROKEN[0] in raw
    path.write_bytes(raw.replace(*BROKEN))
    survey = read_survey(path)
    assert survey.column("größe").tolist() == [1.0, 2.0, -9.0]
    assert survey.column("word").tolist() == [said["word"], "b", "b"]
    assert survey.labels == {"größe": said["label"]}
    assert survey.value_labels == {"größe": {1.0: said["value label"]}}
    assert survey.user_missing == {"größe": [(-9.0, -9.0)]}
    assert "not in the encoding it declares" in survey.notes[0]


def test_a_bad_byte_in_a_stata_file_refuses_nothing(tmp_path):
    path = tmp_path / "s.dta"
    pyreadstat.write_dta(pd.DataFrame({"q": [1.0, 2.0], "word": ["für", "b"]}), path)
    path.write_bytes(path.read_bytes().replace(BROKEN[0], b"f\xfcr\0"))
    survey = read_survey(path)
    assert (survey.column("word").tolist(), len(survey.notes)) == (["für", "b"], 1)


def test_values_of_words_keep_their_labels_when_blanks_fill_them_up(tmp_path):
    path = tmp_path / "s.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"sex": ["M  ", "F", ""]}), path,
        variable_value_labels={"sex": {"M": "Male", "F": "Female"}},
    )  # fmt: skip
    survey = read_survey(path)
    assert survey.column("sex").tolist()[:2] == list(survey.value_labels["sex"])

"""R files are read as R would show them: factors, labels of haven and others, missing codes, dates.

Some are R's own, which rdata brings; the others rdata writes, as R does byte for byte (its tests).
"""

import gzip
import itertools
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import rdata
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from rdata.conversion import ConverterFromPythonToR
from rdata.conversion.to_r import DEFAULT_CLASS_MAP, build_r_object
from rdata.unparser import unparse_file

from anthology.models.errors import InputError
from anthology.producer.surveys.drafting.study_drafts import draft
from anthology.producer.surveys.formats.labelled import r_objects
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.scales.scale import scales_of

OF_R = Path(str(rdata.TESTDATA_PATH)) / "generated"
WAYS = [f"{how}__version_{v}.{end}" for how, v, end in itertools.product(
    ("xdr", "ascii"), (2, 3), ("rds", "rda"))]  # fmt: skip
NA = np.uint64(0x7FF00000000007A2).view(np.float64)


@dataclass
class Vector:
    """A vector of R with its attributes."""

    values: Any
    attributes: dict[str, Any] = field(default_factory=dict)


def built(one: Vector, converter: ConverterFromPythonToR) -> Any:
    bare = converter.convert_to_r_object(one.values)
    attributes = converter.convert_to_r_attributes(one.attributes) if one.attributes else None
    return build_r_object(
        bare.info.type, value=bare.value, is_object="class" in one.attributes, attributes=attributes
    )


def texts(*found: str | None) -> np.ndarray:
    return np.array(found, dtype=object)


def named(**codes: Any) -> Vector:
    return Vector(np.array(list(codes.values())), {"names": texts(*codes)})


def factor(codes: list[int], *levels: str | None, classes: tuple[str, ...] = ("factor",)) -> Vector:
    whole = np.ma.masked_equal(np.array(codes, dtype=np.int32), 0).filled(-(2**31))
    return Vector(whole, {"levels": texts(*levels), "class": texts(*classes)})


def frame(columns: dict[str, Any], people: int = 3, **attributes: Any) -> Vector:
    rows = np.array([-(2**31), -people], dtype=np.int32)
    given = {"names": texts(*columns), "row.names": rows, "class": texts("data.frame")}
    return Vector(list(columns.values()), given | attributes)


def saved(path: Path, data: Any, compression: str | None = "gzip") -> Path:
    kind = "rds" if path.suffix == ".rds" else "rda"
    converter = ConverterFromPythonToR(constructor_dict={**DEFAULT_CLASS_MAP, Vector: built})
    made = converter.convert_to_r_data(data, file_type=kind)
    unparse_file(path, made, file_type=kind, compression=compression)
    return path


def read(folder: Path, columns: dict[str, Any], **attributes: Any) -> SurveyFile:
    return read_survey(saved(folder / "d.rds", frame(columns, **attributes)))


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_r_wrote_has_what_r_shows(way: str) -> None:
    survey = read_survey(OF_R / f"test_dataframe_dtypes_with_na__{way}")
    shown = {name: survey.column(name).replace({np.nan: None}).tolist() for name in survey.frame}
    assert shown == {
        "int": [10, 20, 30, None], "float": [1.1, 2.2, 3.3, None],
        "string": ["x", "y", "z", None], "bool": ["TRUE", "FALSE", "TRUE", None],
    }  # fmt: skip


def test_a_factor_has_the_codes_of_its_levels(tmp_path: Path) -> None:
    survey = read(tmp_path, {"q": factor([2, 1, 0], "Yes", "No", "Not sure")})
    np.testing.assert_array_equal(survey.column("q"), [2, 1, np.nan])
    assert survey.value_labels == {"q": {1: "Yes", 2: "No", 3: "Not sure"}}


def test_an_ordered_factor_is_in_order_whatever_its_levels_are(tmp_path: Path) -> None:
    levels = ("Bronze", "Silver", "Gold")
    survey = read(tmp_path, {
        "a": factor([1, 2, 3], *levels),
        "b": factor([1, 2, 3], *levels, classes=("ordered", "factor")),
    })  # fmt: skip
    scales = scales_of(survey, ["a", "b"])
    assert [scale.ordered for scale in scales.values()] == [False, True]
    assert [option.text for option in scales["b"].options] == list(levels)


def test_a_level_that_is_na_is_no_answer(tmp_path: Path) -> None:
    survey = read(tmp_path, {"q": factor([1, 2, 2], "Yes", None)})
    np.testing.assert_array_equal(survey.column("q"), [1, np.nan, np.nan])
    assert survey.value_labels == {"q": {1: "Yes"}}


def test_havens_labels_and_declared_missing_codes_are_read(tmp_path: Path) -> None:
    classes = texts("haven_labelled_spss", "haven_labelled", "vctrs_vctr", "double")
    survey = read(tmp_path, {"q": Vector(np.array([1.0, 9, NA]), {
        "label": "How satisfied are you?", "format.spss": "F1.0", "class": classes,
        "labels": named(Satisfied=1.0, Dissatisfied=2.0, Refused=9.0),
        "na_values": np.array([9.0]), "na_range": np.array([-np.inf, -1.0]),
    })})  # fmt: skip
    assert survey.labels == {"q": "How satisfied are you?"}
    assert survey.value_labels == {"q": {1: "Satisfied", 2: "Dissatisfied", 9: "Refused"}}
    assert survey.user_missing == {"q": [(9, 9), (-np.inf, -1)]}
    assert scales_of(survey, ["q"])["q"].nonresponse == {9: "declared missing in the file"}


@pytest.mark.parametrize("letter", ["a", "z"])
def test_a_tagged_missing_value_is_empty_and_told_of(tmp_path: Path, letter: str) -> None:
    tagged = np.uint64(0x7FF00000000007A2 | ord(letter) << 32).view(np.float64)
    labels = Vector(np.array([1.0, tagged]), {"names": texts("Yes", "Refused")})
    survey = read(tmp_path, {"q": Vector(np.array([1.0, tagged, 2]), {"labels": labels})})
    np.testing.assert_array_equal(survey.column("q"), [1, np.nan, 2])
    assert survey.value_labels == {"q": {1: "Yes"}}
    assert survey.missing_labels == {"q": {f".{letter}": "Refused"}}


def test_labels_of_texts_have_texts_as_codes(tmp_path: Path) -> None:
    labels = Vector(texts("f", "m"), {"names": texts("Female", "Male")})
    survey = read(tmp_path, {"sex": Vector(texts("f", "", None), {"labels": labels})})
    assert survey.column("sex").tolist() == ["f", None, None]
    assert survey.value_labels == {"sex": {"f": "Female", "m": "Male"}}


def test_wordings_that_foreign_keeps_at_the_table_are_the_columns(tmp_path: Path) -> None:
    wordings = Vector(texts("Worse?", "Better?"), {"names": texts("b", "a")})
    codes = Vector(np.array([1.0, 2, NA]), {"value.labels": named(Yes="1", No="2")})
    survey = read(tmp_path, {"a": codes, "b": codes}, **{"variable.labels": wordings})
    assert survey.labels == {"a": "Better?", "b": "Worse?"}
    assert survey.value_labels["a"] == {1: "Yes", 2: "No"}
    stata = read(tmp_path, {"a": codes, "b": codes}, **{"var.labels": texts("First", "")})
    assert stata.labels == {"a": "First"}


def test_dates_and_times_are_those_that_r_shows(tmp_path: Path) -> None:
    survey = read(tmp_path, {
        "day": Vector(np.array([19000.0, -1, 1e300]), {"class": texts("Date")}),
        "at": Vector(np.array([1.7e9, NA, 0]), {"class": texts("POSIXct", "POSIXt")}),
    })  # fmt: skip
    assert survey.column("day").tolist() == ["2022-01-08", "1969-12-31", None]
    assert survey.column("at").tolist() == ["2023-11-14 22:13:20", None, "1970-01-01 00:00:00"]


def test_whole_numbers_of_64_bits_are_numbers(tmp_path: Path) -> None:
    whole = np.array([7, -(2**63), 2**40], dtype=np.int64).view(np.float64)
    survey = read(tmp_path, {"n": Vector(whole, {"class": texts("integer64")})})
    np.testing.assert_array_equal(survey.column("n"), [7, np.nan, 2**40])


def test_names_of_rows_are_a_column_unless_they_count(tmp_path: Path) -> None:
    one = {"q": np.array([1.0, 2, 3])}
    counted = read(tmp_path, one, **{"row.names": texts("1", "2", "3")})
    people = read(tmp_path, one, **{"row.names": texts("ann", "bob", "cy")})
    assert list(counted.frame) == ["q"]
    assert people.column("row").tolist() == ["ann", "bob", "cy"]


def test_columns_of_lists_and_matrices_are_left_out_and_named(tmp_path: Path) -> None:
    survey = read(tmp_path, {
        "q": np.array([1.0, 2, 3]), "many": [np.array([1.0]), np.array([2.0]), np.array([3.0])],
        "wide": np.zeros((3, 2)), "wave": np.array([1j, 2j, 3j]),
    })  # fmt: skip
    assert list(survey.frame) == ["q"]
    assert survey.notes == [
        "d.rds: 'many', 'wide', 'wave' left out, since they hold no single answers"
    ]


@pytest.mark.parametrize("compression", [None, "gzip", "bzip2", "xz"])
def test_of_several_objects_the_one_data_frame_is_read(
    tmp_path: Path, compression: str | None
) -> None:
    data = {"seed": np.array([7.0]), "d": frame({"q": np.array([1.0, 2, 3])}), "note": "mine"}
    survey = read_survey(saved(tmp_path / "d.RData", data, compression))
    assert survey.column("q").tolist() == [1, 2, 3]


@pytest.mark.parametrize(("data", "held"), [
    ({"a": frame({"q": np.ones(3)}), "b": frame({"q": np.ones(3)})}, r"2 data frames \(a, b\)"),
    ({"model": [np.ones(3), "x"]}, "none"),
])  # fmt: skip
def test_a_file_without_one_data_frame_is_refused(tmp_path: Path, data: Any, held: str) -> None:
    with pytest.raises(InputError, match=rf"d\.RData holds {held}, and has to hold one; save .*R:"):
        read_survey(saved(tmp_path / "d.RData", data))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2000), st.integers(0, 255), st.booleans())
def test_a_damaged_file_is_read_or_refused(tmp_path_factory, at: int, byte: int, cut: bool) -> None:
    path = tmp_path_factory.mktemp("any") / "d.rds"
    columns = {"q": factor([1, 2, 0], "Yes", "No"), "w": texts("a", None, "ü")}
    raw = bytearray(gzip.decompress(saved(path, frame(columns)).read_bytes()))
    at %= len(raw)
    raw[at] = byte
    path.write_bytes(raw[:at] if cut else raw)
    with suppress(InputError):
        assert len(read_survey(path).frame) > 0


def test_a_file_that_unfolds_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(r_objects, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="unfolds to more than"):
        read(tmp_path, {"q": np.ones(3)})


def test_a_sequence_longer_than_any_survey_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "d.rds", frame({"id": pd.RangeIndex(1, 4)}))
    assert read_survey(path).column("id").tolist() == [1, 2, 3]
    with pytest.raises(InputError, match="a sequence is too long"):
        read_survey(saved(tmp_path / "d.rds", frame({"id": pd.RangeIndex(1, 10**12)})))


def test_a_study_is_drafted_from_an_r_file_as_from_the_sav_of_its_data(tmp_path: Path) -> None:
    codes = [1.0, 2, 3, 4, 2, 3, 9, 1]
    labels = {1: "Very good", 2: "Good", 3: "Bad", 4: "Very bad", 9: "Refused"}
    pyreadstat.write_sav(
        pd.DataFrame({"q": codes}), tmp_path / "d.sav", column_labels={"q": "How is it?"},
        variable_value_labels={"q": labels},
    )  # fmt: skip
    made = Vector(np.array(codes), {"label": "How is it?", "labels": Vector(
        np.array(list(labels), dtype=float), {"names": texts(*labels.values())})})  # fmt: skip
    saved(tmp_path / "d.rds", frame({"q": made}, len(codes)))
    drafts = []
    for name in ("d.sav", "d.rds"):
        draft(tmp_path / name, ["q"], [], None, "m", tmp_path / f"{name}.yaml")
        drafts.append(yaml.safe_load((tmp_path / f"{name}.yaml").read_text()))
    assert drafts[0]["questionnaire"] == drafts[1]["questionnaire"]

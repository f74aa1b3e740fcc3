"""Numbers of an .sav are those that pyreadstat reads, however the file is laid out."""

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.producer.surveys.formats.labelled import read_labelled
from anthology.producer.surveys.formats.labelled.sav_numbers import numbers
from anthology.producer.surveys.formats.labelled.sav_records import layout_of
from anthology.producer.surveys.formats.readers import read_survey

# In bytecode a code of its own, the ends of those, none of one; what files write for nothing.
CELLS = np.array([
    1.0, 0.0, -99.0, -100.0, 151.0, 152.0, 1.5, -0.0, 1e300, np.nan, np.inf, -np.inf,
    -np.finfo(float).max, np.finfo(float).max, struct.unpack("<d", b" " * 8)[0],
])  # fmt: skip
COLUMNS = st.lists(
    st.sampled_from(["number", "word", "text of more than eight letters", "long"]), min_size=1,
    max_size=12,
)  # fmt: skip
TEXTS = {"word": "yes", "text of more than eight letters": "x" * 17, "long": "y" * 400}


def table(columns: list[str], rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        f"c{at}": rng.choice(CELLS if kind == "number" else ["", TEXTS[kind]], rows)
        for at, kind in enumerate(columns)
    })  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(COLUMNS, st.integers(1, 300), st.booleans(), st.integers(0, 9999))
def test_numbers_are_those_that_the_library_reads(
    tmp_path_factory, columns: list[str], rows: int, packed: bool, seed: int
) -> None:
    path = tmp_path_factory.mktemp("any") / "s.sav"
    pyreadstat.write_sav(table(columns, rows, seed), path, row_compress=packed)
    right, _ = pyreadstat.read_sav(path, user_missing=True, disable_datetime_conversion=True)
    survey = read_survey(path)
    assert list(survey.frame) == list(right)
    for name, kind in zip(right, columns, strict=True):
        if kind == "number":
            np.testing.assert_array_equal(
                survey.frame[name].to_numpy().view("u8")[right[name].notna()],
                right[name].to_numpy().view("u8")[right[name].notna()],
            )
            assert survey.frame[name].isna().tolist() == right[name].isna().tolist()
        else:
            assert survey.frame[name].fillna("").tolist() == right[name].tolist()


@pytest.mark.parametrize("packed", [False, True])
def test_the_library_is_asked_for_texts_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    frame = pd.DataFrame({"a": [1.0, 2], "w": ["x", ""], "b": [3.0, np.nan], "day": [1e10, 1]})
    pyreadstat.write_sav(
        frame, tmp_path / "s.sav", row_compress=packed, variable_format={"day": "DATE11"}
    )
    by_library, asked = pyreadstat.read_sav, []

    def read(path: Path, **how):
        asked.append("labels" if how.get("metadataonly") else how.get("usecols"))
        return by_library(path, **how)

    monkeypatch.setattr(pyreadstat, "read_sav", read)
    survey = read_labelled.read_sav(tmp_path / "s.sav", needed=lambda _: ["b", "w"])
    assert asked == ["labels", ["w"]]
    cells = survey.frame.replace({np.nan: None})
    assert cells.to_dict("list") == {"b": [3, None], "w": ["x", None]}
    assert read_survey(tmp_path / "s.sav").column("day").tolist() == [1e10, 1]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("rows", [1, 2, 3, 5])
def test_a_file_that_tells_another_number_of_rows_is_the_librarys(
    tmp_path: Path, packed: bool, rows: int
) -> None:
    path = tmp_path / "s.sav"
    pyreadstat.write_sav(pd.DataFrame({"a": [1.5, 2, 3], "b": [4.0, 5, 1e9]}), path,
                         row_compress=packed)  # fmt: skip
    raw = bytearray(path.read_bytes())
    raw[80:84] = rows.to_bytes(4, "little")
    path.write_bytes(raw)
    found = numbers(path, layout_of(path), [0, 1])
    if rows > 3:
        assert found is None
    else:
        assert found is not None
        np.testing.assert_array_equal(found, [[1.5, 2, 3][:rows], [4, 5, 1e9][:rows]])


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_ends_within_its_data_is_the_librarys(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "s.sav"
    pyreadstat.write_sav(pd.DataFrame({"a": [1.5, 2.5], "b": [4.5, 5.5]}), path,
                         row_compress=packed)  # fmt: skip
    whole = path.read_bytes()
    layout = layout_of(path)
    for size in range(layout.start, len(whole)):
        path.write_bytes(whole[:size])
        assert numbers(path, layout_of(path), [0]) is None

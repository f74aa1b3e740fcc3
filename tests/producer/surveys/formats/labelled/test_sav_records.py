"""A damaged .sav is refused in a sentence, also where the library that reads it would crash."""

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.labelled import read_labelled
from anthology.producer.surveys.formats.labelled.sav_records import Layout, layout_of
from anthology.producer.surveys.formats.readers import read_survey


@pytest.fixture(params=["plain", "rows", "zsav"])
def sav(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file with all that may stand above the data: long names, long texts, labels, codes."""
    path = tmp_path / ("s.zsav" if request.param == "zsav" else "s.sav")
    frame = pd.DataFrame({
        "q": [1.0, 2, 9, np.nan], "a_longer_name": [1.5, 2, 3, 4], "w": ["x", "yy", "", "z" * 20],
        "long": ["a" * 600, "b", "", "c"],
    })  # fmt: skip
    pyreadstat.write_sav(
        frame, path, compress=request.param == "zsav", row_compress=request.param == "rows",
        note=["a note", "of two lines"], column_labels={"q": "How?", "w": "Größe?"},
        variable_value_labels={"q": {1: "Yes", 2: "No"}, "w": {"x": "An x"}},
        missing_ranges={"q": [9, {"lo": -9, "hi": -1}], "w": ["x"]},
    )  # fmt: skip
    return path


def fault_in(path: Path) -> str:
    layout = layout_of(path)
    return "" if layout is None else layout.fault


def test_a_sound_file_has_no_fault(sav: Path) -> None:
    assert fault_in(sav) == ""


def test_a_file_that_ends_above_its_data_has_one(sav: Path) -> None:
    raw = sav.read_bytes()
    end = raw.index(struct.pack("<2i", 999, 0))
    for size in range(200, end, 61):
        sav.write_bytes(raw[:size])
        assert fault_in(sav)


@pytest.mark.parametrize(("at", "number"), [(180, 35), (180, 285212672)])
def test_a_file_at_which_the_library_crashes_is_refused_in_a_sentence(
    sav: Path, at: int, number: int
) -> None:
    raw = bytearray(sav.read_bytes())
    raw[at : at + 4] = struct.pack("<i", number)
    sav.write_bytes(raw)
    with pytest.raises(InputError, match="SPSS file"):
        read_survey(sav)


def test_a_fault_that_the_library_reads_over_refuses_nothing(
    sav: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_labelled, "layout_of", lambda _: Layout("an odd record"))
    np.testing.assert_array_equal(read_survey(sav).column("q"), [1, 2, 9, np.nan])

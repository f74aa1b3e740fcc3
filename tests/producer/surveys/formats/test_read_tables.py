"""Workbooks and Parquet files are read as tables, empty rows and columns being nobody's."""

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.readers import read_survey

OFFICE = "http://schemas.openxmlformats.org"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{OFFICE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
    '+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName='
    '"/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml'
    '.sheet.main+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{OFFICE}/package/2006/relationships"><Relationship '
    f'Id="r" Type="{OFFICE}/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
}


def workbook(path: Path, *sheets: list[list[object]]) -> Path:
    """A file of these sheets, in the least that is one."""
    links, names = "", ""
    with zipfile.ZipFile(path, "w") as file:
        for name, text in PARTS.items():
            file.writestr(name, text)
        for n, rows in enumerate(sheets, start=1):
            body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            file.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f'<worksheet xmlns="{OFFICE}/spreadsheetml/2006/main"><sheetData>{body}</sheetData>'
                "</worksheet>",
            )
            names += f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>'
            links += (
                f'<Relationship Id="r{n}" Type="{OFFICE}/officeDocument/2006/relationships/'
                f'worksheet" Target="worksheets/sheet{n}.xml"/>'
            )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{OFFICE}/spreadsheetml/2006/main" xmlns:r="{OFFICE}/officeDocument/'
            f'2006/relationships"><sheets>{names}</sheets></workbook>',
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{links}</Relationships>',
        )
    return path


def cell(value: object) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, str) and value.startswith("#"):
        return f'<c t="e"><v>{value}</v></c>'
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def test_empty_rows_and_columns_are_nobodys(tmp_path):
    rows = [
        [None] * 5,
        [None, "id", "q ", None, "sex"],
        [None, "007", 5, None, "Male"],
        [None] * 5,
        [None, "008", "#N/A", None, "Female"],
        [None, "009", " ", None, None],
        ["   ", None, None, None, None],
    ]
    survey = read_survey(workbook(tmp_path / "s.xlsx", [], rows))
    assert list(survey.frame.columns) == ["id", "q", "sex"]
    np.testing.assert_array_equal(survey.column("q"), [5, np.nan, np.nan])
    assert survey.column("sex").tolist()[:2] == ["Male", "Female"]
    assert survey.written is not None
    assert survey.written(["id"])["id"].tolist() == ["007", "008", "009"]


CELLS = st.one_of(st.none(), st.integers(-99, 99), st.sampled_from([0.5, -1.25, "a", "b é"]))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=9), st.integers(0, 2))
def test_a_sheet_is_read_as_it_was_written_below_titles(tmp_path_factory, people, titles):
    rows: list[list[object]] = [["Survey of the year"]] * titles + [["n", "q", "r"]]
    rows += [[n, q, r] for n, (q, r) in enumerate(people)]
    survey = read_survey(workbook(tmp_path_factory.mktemp("any") / "s.xlsx", rows))
    for name, given_ in (("q", [q for q, _ in people]), ("r", [r for _, r in people])):
        words = any(isinstance(one, str) for one in given_)
        found = [None if pd.isna(one) else one for one in survey.column(name)]
        assert len(found) == len(given_)
        assert found == [str(one) if words and one is not None else one for one in given_]


def test_platforms_export_workbooks_too(tmp_path):
    rows = [["StartDate", "Q1"], ["Start Date", "How?"], ['{"ImportId":"s"}', '{"ImportId":"q"}'],
            ["2024-01-01", 3], ["2024-01-02", 4]]  # fmt: skip
    survey = read_survey(workbook(tmp_path / "s.xlsx", rows, [["notes"]]))
    assert survey.column("Q1").tolist() == [3, 4]
    assert (survey.labels["Q1"], survey.notes) == ("How?", ["s.xlsx: read its sheet 'S1'"])


def test_what_is_no_workbook_is_refused(tmp_path):
    (tmp_path / "s.xlsx").write_bytes(b"PK no")
    with pytest.raises(InputError, match="cannot be read as a workbook"):
        read_survey(tmp_path / "s.xlsx")
    with pytest.raises(InputError, match="is empty"):
        read_survey(workbook(tmp_path / "t.xlsx", [], [[None, " "]]))


def test_columns_of_any_type_are_read_from_parquet(tmp_path):
    frame = pd.DataFrame({
        "q": [1, None, 3], "whole": pd.array([1, None, 3], dtype="Int64"), "self": ["a", "", "c"],
        "kind": pd.Categorical(["x", "y", "x"]), "list": [[1], [2, 3], None],
        "day": pd.to_datetime(["2020-01-01"] * 3), "yes": [True, False, None],
    })  # fmt: skip
    frame.to_parquet(tmp_path / "s.parquet")
    survey = read_survey(tmp_path / "s.parquet")
    np.testing.assert_array_equal(survey.column("whole"), [1, np.nan, 3])
    np.testing.assert_array_equal(survey.column("q"), [1, np.nan, 3])
    assert survey.column("kind").tolist() == ["x", "y", "x"]
    assert survey.column("self").isna().tolist() == [False, True, False]
    assert survey.column("yes").tolist()[:2] == ["True", "False"]

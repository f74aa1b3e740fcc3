"""Rows of a text file are those that Python's csv finds, whether a line has quotes or not."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.text_files import text_file

LINES = st.lists(st.text('ab ,;"\r', max_size=8), max_size=8)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.sampled_from([",", ";"]))
def test_rows_are_those_that_a_csv_reader_finds(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, separator: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    text = end.join(["a,b;c", *lines])
    path.write_bytes(text.encode())
    source = io.StringIO(text, newline="")
    rows = csv.reader(source, delimiter=separator, strict=True)
    expected = []
    try:
        for number, cells in enumerate(rows, start=1):
            expected += [(number, rows.line_num, cells)] if has_something(cells) else []
    except csv.Error:
        with pytest.raises(InputError, match=f"line {rows.line_num}: not valid CSV"):
            list(text_file(path, "utf-8", separator).rows())
    else:
        rows = list(text_file(path, "utf-8", separator).rows())
        found = [(row.number, row.line, row.cells) for row in rows]
        assert [row for row in found if has_something(row[2])] == expected
        assert [row.width for row in rows] == [len(row.cells) for row in rows]
        assert [row.is_empty for row in rows] == [not any(map(str.strip, r.cells)) for r in rows]


def has_something(cells: list[str]) -> bool:
    return len(cells) > 1 or bool("".join(cells).strip())


def test_a_row_over_several_lines_says_the_one_it_ends_on(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text('a,b\n1,"two\nlines"\n3,4\n')
    rows = list(text_file(path, "utf-8", ",").rows())
    assert [(row.number, row.line) for row in rows] == [(1, 1), (2, 3), (3, 4)]
    assert rows[1].cells == ["1", "two\nlines"]


def test_a_cell_that_is_too_long_is_refused_with_and_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    csv.field_size_limit(1 << 26)  # as whoever read something else in this process
    for cell in ("x" * 200_000, f'"{"x" * 200_000}"'):
        path.write_text(f"a,b\n1,{cell}\n")
        with pytest.raises(InputError, match="line 2: not valid CSV"):
            list(text_file(path, "utf-8", ",").rows())

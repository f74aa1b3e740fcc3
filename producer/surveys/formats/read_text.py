"""Reads separated text (.csv, .tsv, .txt), refusing what would have to be guessed.

Has no declared missing codes; does not know what the columns are for.
"""

from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.cells import read_column
from anthology.producer.surveys.formats.header_rows import MOST_ROWS, Header, header_of
from anthology.producer.surveys.formats.several_answers import with_several
from anthology.producer.surveys.formats.survey_file import SurveyFile, check_columns
from anthology.producer.surveys.formats.text_files import TextFile, text_file

if TYPE_CHECKING:
    import pandas as pd


def read_text(path: Path, encoding: str | None = None, separator: str | None = None) -> SurveyFile:
    file = text_file(path, encoding, separator)
    header, width, row_names = _checked(file)
    header = _with_row_names(header) if row_names else header
    frame, empty = _parse(file, header, width)
    if empty.any():  # an empty row is nobody
        frame = frame[~empty].reset_index(drop=True)
    unnamed = [name for name in frame.columns if name.startswith("column ")]
    frame = frame.drop(columns=[name for name in unnamed if frame[name].isna().all()])
    return with_several(SurveyFile(
        path, frame, header.labels, written=partial(_written, file, header, width, empty),
        multiple=header.multiple, twice=header.twice, notes=list(file.notes),
    ))  # fmt: skip


def _parse(file: TextFile, header: Header, width: int) -> tuple["pd.DataFrame", "pd.Series[bool]"]:
    """The table, and which of its rows are empty: a mark of nothing is something."""
    import pandas as pd  # only where a survey is read: it takes a third of a command's start

    # Only the empty field is missing: "None" may well be an answer to a question on religion.
    frame = pd.read_csv(
        file.path, encoding=file.encoding, encoding_errors="replace", sep=file.separator,
        header=None, names=_names(header, width), skiprows=_skipped(file, header),
        keep_default_na=False, na_values=[""], low_memory=False, index_col=False,
        skip_blank_lines=True,
    )  # fmt: skip
    empty = frame.isna().all(axis=1)
    words = {str(name): str for name in frame.columns if _is_misread(frame[name])}
    if words:
        # A code stays as the file spells it.
        text = _written(file, header, width, None, list(words))
        frame = frame.assign(**{name: text[name].mask(text[name] == "", None) for name in words})
    commas = file.separator in ";\t"
    read = {name: read_column(frame[name], commas) for name in frame.columns
            if frame[name].dtype.kind not in "if"}  # fmt: skip
    return frame.assign(**read) if read else frame, empty


def _written(
    file: TextFile, header: Header, width: int, empty: "pd.Series[bool] | None", names: list[str]
) -> "pd.DataFrame":
    import pandas as pd

    text = pd.read_csv(
        file.path, encoding=file.encoding, encoding_errors="replace", sep=file.separator,
        header=None, names=_names(header, width), skiprows=_skipped(file, header), usecols=names,
        dtype=str, keep_default_na=False, index_col=False, skip_blank_lines=True,
    )  # fmt: skip
    return text if empty is None or not empty.any() else text[~empty].reset_index(drop=True)


def _names(header: Header, width: int) -> list[str]:
    more = range(len(header.names) + 1, width + 1)
    return [*header.names, *(f"column {at}" for at in more)]


def _skipped(file: TextFile, header: Header) -> int:
    """Rows of the file above the answers, blank lines counted: as pandas counts them."""
    return list(islice(file.rows(), header.rows))[-1].number


def _is_misread(column: "pd.Series[bool]") -> bool:
    """pandas makes True of "TRUE", and Python integers, which nothing else expects, of numbers
    beyond 64 bits."""
    import pandas as pd

    if column.dtype.kind in "if":
        return False
    found = pd.api.types.infer_dtype(column, skipna=True)
    return found == "boolean" or (found == "integer" and column.dtype == object)


def _checked(file: TextFile) -> tuple[Header, int, bool]:
    """The header, how many columns there are, and whether R's row names have none; in one pass that
    holds one row at a time. Refuses what pandas would quietly repair: short rows and long ones."""
    first = [row.cells for row in islice(file.rows(), MOST_ROWS)]
    if not first:
        raise InputError(f"{file.path} is empty; give the file with the answers.")
    check_columns(file.path, len(first[0]))
    header = header_of(first)
    expected = width = len(first[0])
    row_names = _has_row_names(file, header, expected)
    if row_names:
        expected = width = expected + 1
    for _, line, cells in islice(file.rows(), header.rows, None):
        if len(cells) == expected:
            continue
        if len(cells) < expected or any(cell.strip() for cell in cells[expected:]):
            raise InputError(
                f"{file.path}, line {line}: {_fields(len(cells))} where the header has "
                f"{len(first[0])}; {_where_it_breaks(first[0], cells)}"
            )
        width = max(width, len(cells))
    return header, width, row_names


def _has_row_names(file: TextFile, header: Header, expected: int) -> bool:
    """Of R's write.table: all rows have a field more than the header, which counts them."""
    rows = list(islice(file.rows(), header.rows, header.rows + 100))
    return bool(rows) and all(
        len(row.cells) == expected + 1 and row.cells[0] == str(number)
        for number, row in enumerate(rows, start=1)
    )


def _with_row_names(header: Header) -> Header:
    name = "row" if "row" not in header.names else "row names"
    return Header([name, *header.names], header.labels, header.rows, {}, header.twice)


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def _where_it_breaks(header: list[str], row: list[str]) -> str:
    if len(row) < len(header):
        return f"{header[len(row)]!r} and what follows it are missing."
    return f"text with a comma in it needs quotation marks (the row begins {row[0][:40]!r})."

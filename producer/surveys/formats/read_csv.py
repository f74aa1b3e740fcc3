"""Reads comma-separated text (.csv), refusing what would have to be guessed.

Has no labels and no declared missing codes; does not know what the columns are for.
"""

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.survey_file import (
    MISSING_NUMBERS,
    SurveyFile,
    check_columns,
    refuse_duplicates,
)

if TYPE_CHECKING:
    import pandas as pd

MAX_LINE = 10_000_000  # characters


def read_csv(path: Path) -> SurveyFile:
    # Checked first, as pandas renames duplicate columns, pads short rows and cuts long ones.
    _check_csv(path)
    frame = _parse(path, {})
    words = {str(name): str for name in frame.columns if _is_misread(frame[name])}
    if words:
        # A code stays as the file spells it.
        frame = _parse(path, words)
    return SurveyFile(path, frame.apply(_without_missing_numbers), written=partial(_written, path))


def _written(path: Path, names: list[str]) -> "pd.DataFrame":
    import pandas as pd  # only where a survey is read: it takes a third of a command's start

    return pd.read_csv(path, encoding="utf-8-sig", usecols=names, dtype=str, keep_default_na=False)


def _parse(path: Path, dtype: dict[str, type[str]]) -> "pd.DataFrame":
    import pandas as pd

    # Only the empty field is missing: "None" may well be an answer to a question on religion.
    return pd.read_csv(
        path,
        encoding="utf-8-sig",
        keep_default_na=False,
        na_values=[""],
        low_memory=False,
        dtype=dtype,
    )


def _is_misread(column: "pd.Series[Any]") -> bool:
    """pandas makes True of "TRUE", and Python integers, which nothing else expects, of numbers
    beyond 64 bits."""
    import pandas as pd

    found = pd.api.types.infer_dtype(column, skipna=True)
    return found == "boolean" or (found == "integer" and column.dtype == object)


def _without_missing_numbers(column: "pd.Series[Any]") -> "pd.Series[Any]":
    import pandas as pd

    missing = column.isin(MISSING_NUMBERS)
    if pd.api.types.is_numeric_dtype(column) or not missing.any():
        return column
    try:
        return pd.to_numeric(column.mask(missing))
    except ValueError:
        return column


def _check_csv(path: Path) -> None:
    """Refuses what pandas would quietly repair, in one pass that holds one row at a time."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.reader(_lines(path, lines), strict=True)
            header = next((row for row in rows if row), [])  # after blank lines, as in pandas
            if not header:
                raise InputError(f"{path} is empty; give the file with the answers.")
            _check_header(path, header)
            for row in rows:
                # A blank line is no respondent, as in pandas.
                if row and len(row) != len(header):
                    raise InputError(
                        f"{path}, line {rows.line_num}: {_fields(len(row))} where the header has "
                        f"{len(header)}; {_where_it_breaks(header, row)}"
                    )
    except UnicodeDecodeError as error:
        _refuse_encoding(path, error)
    except csv.Error as error:
        raise InputError(
            f"{path}, line {rows.line_num}: not valid CSV ({error}); check the quotation marks."
        ) from error


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    """The file's lines, none of which has to be held however long it is."""
    while line := file.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise InputError(f"{path} has a line of over {MAX_LINE:,} characters; is it a CSV?")
        yield line


def _check_header(path: Path, header: list[str]) -> None:
    check_columns(path, len(header))
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise InputError(f"{path} is not separated by commas; save it as comma-separated CSV.")
    for number, name in enumerate(header, start=1):
        if not name.strip():
            raise InputError(f"{path}, line 1: column {number} has no name; name it or remove it.")
    refuse_duplicates(path, header)


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def _where_it_breaks(header: list[str], row: list[str]) -> str:
    if len(row) < len(header):
        return f"{header[len(row)]!r} and what follows it are missing."
    return f"text with a comma in it needs quotation marks (the row begins {row[0][:40]!r})."


def _refuse_encoding(path: Path, error: UnicodeDecodeError) -> NoReturn:
    """Finds the row again in the bytes, as the decoder knows only its own buffer."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as found:
                raise InputError(
                    f"{path}, line {number}, byte {found.start + 1}: not UTF-8 text "
                    f"(byte 0x{line[found.start]:02x}); save the file as CSV in UTF-8."
                ) from error
    raise InputError(f"{path} is not UTF-8 text; save it as CSV in UTF-8.") from error

"""Reads separated text (.csv, .tsv, .txt), refusing what would have to be guessed.

Has no declared missing codes; does not know what the columns are for.
"""

from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.cells import MISSING_NUMBERS, read_columns
from anthology.producer.surveys.formats.header_rows import MOST_ROWS, Header, header_of
from anthology.producer.surveys.formats.several_answers import with_several
from anthology.producer.surveys.formats.survey_file import SurveyFile, check_columns
from anthology.producer.surveys.formats.text_files import TextFile, text_file

if TYPE_CHECKING:
    import pandas as pd

_FIRST = 200  # rows that show most of the columns that are words


def read_text(path: Path, encoding: str | None = None, separator: str | None = None) -> SurveyFile:
    table = _checked(text_file(path, encoding, separator))
    frame, notes = _parse(table)
    unnamed = [name for name in frame.columns.tolist() if name.startswith("column ")]
    frame = frame.drop(columns=[name for name in unnamed if frame[name].isna().all()])
    header = table.header
    return with_several(SurveyFile(
        path, frame, header.labels, written=_Texts(table), multiple=header.multiple,
        twice=header.twice, notes=[*table.file.notes, *(f"{path.name}: {note}" for note in notes)],
    ))  # fmt: skip


@dataclass(frozen=True)
class _Table:
    """A file of which every row has been looked at. names: of all columns, those that stand beyond
    the header, and are empty, too; empty: places of the rows in which nothing stands, who are
    nobody; first: cells of the first rows."""

    file: TextFile
    header: Header
    names: list[str]
    empty: list[int]
    first: list[list[str]]


class _Texts:
    """Cells of columns as they stand in the file, which is gone through once for those of a call
    and never again for the same."""

    def __init__(self, table: _Table) -> None:
        self._table = table
        self._known: dict[str, pd.Series[Any]] = {}

    def __call__(self, names: list[str]) -> "pd.DataFrame":
        import pandas as pd

        if new := [name for name in names if name not in self._known]:
            text = _read(self._table, usecols=new, dtype=str)
            self._known |= {name: text[name] for name in new}
        return pd.DataFrame({name: self._known[name] for name in names})


def _parse(table: _Table) -> tuple["pd.DataFrame", list[str]]:
    """The columns as numbers or words, and what was made of commas in numbers."""
    import pandas as pd

    # Only the empty field is missing: "None" may well be an answer to a question on religion. In
    # columns of numbers all marks of nothing are; for those that the first rows have not, columns
    # are read again, since to look for all of them costs as much as all else.
    cells = zip(table.names, zip_longest(*table.first, fillvalue=""), strict=False)
    different = {name: set(column) for name, column in cells}
    worded = {name for name, column in different.items() if any(map(_is_word, column))}
    numbers = [name for name in table.names if name not in worded]
    marks = MISSING_NUMBERS & {cell for name in numbers for cell in different.get(name, ())}
    frame = _read(
        table, na_values={name: ["", *marks] for name in numbers},
        dtype=dict.fromkeys(worded, object), low_memory=False,
    )  # fmt: skip
    kinds = _kinds(frame)
    late = [name for name in numbers if kinds[name] not in "if"]
    if not late and not worded:
        return frame, []
    columns = {name: frame[name] for name in kinds}
    if late:
        again = _read(table, usecols=late, na_values=["", *MISSING_NUMBERS], low_memory=False)
        kinds |= _kinds(again)
        columns |= {name: again[name] for name in late}
    words = [name for name, kind in kinds.items() if kind not in "if"]
    late = [name for name in late if kinds[name] not in "if"]  # words further down, or TRUE
    decimals = [name for name, kind in kinds.items() if kind == "f"]
    text = [frame[list(worded)], *([_read(table, usecols=late, dtype=str)] if late else [])]
    read, notes = read_columns(  # a code stays as the file spells it
        pd.concat(text, axis=1)[words],
        semicolons=table.file.separator == ";",
        points=lambda: any((columns[name] % 1 > 0).any() for name in decimals),
    )
    return pd.DataFrame(columns | read, copy=False), notes


def _kinds(frame: "pd.DataFrame") -> dict[str, str]:
    dtypes = zip(frame.columns.tolist(), frame.dtypes.tolist(), strict=True)
    return {name: dtype.kind for name, dtype in dtypes}


def _is_word(cell: str) -> bool:
    """Whether no column of numbers has such a cell."""
    try:
        float(cell)
    except ValueError:
        return cell not in ("", *MISSING_NUMBERS)
    return False


def _read(table: _Table, **how: Any) -> "pd.DataFrame":
    import pandas as pd  # only where a survey is read: it takes a third of a command's start

    file = table.file
    frame: pd.DataFrame = pd.read_csv(
        file.path, encoding=file.encoding, encoding_errors="replace", sep=file.separator,
        header=None, names=table.names, skiprows=_skipped(file, table.header), index_col=False,
        keep_default_na=False, skip_blank_lines=True, **how,
    )  # fmt: skip
    return frame.drop(index=table.empty).reset_index(drop=True) if table.empty else frame


def _skipped(file: TextFile, header: Header) -> int:
    """Rows of the file above the answers, blank lines counted: as pandas counts them."""
    return list(islice(file.rows(), header.rows))[-1].number


def _checked(file: TextFile) -> _Table:
    """Refuses what pandas would quietly repair, short rows and long ones, in one pass that holds
    one row at a time."""
    begins = [row.cells for row in islice(file.rows(), MOST_ROWS)]
    if not begins:
        raise InputError(f"{file.path} is empty; give the file with the answers.")
    header = header_of(begins)
    width = len(header.names)
    check_columns(file.path, width)
    if _has_row_names(file, header):
        header, width = _with_row_names(header), width + 1
    names, empty, first = list(header.names), [], []
    for at, row in enumerate(islice(file.rows(), header.rows, None)):
        if row.width != width:
            cells = row.cells
            if len(cells) < width or any(cell.strip() for cell in cells[width:]):
                raise InputError(
                    f"{file.path}, line {row.line}: {_fields(len(cells))} where the header has "
                    f"{width}; {_where_it_breaks(header.names, cells)}"
                )
            names += [f"column {n}" for n in range(len(names) + 1, len(cells) + 1)]
        if row.is_empty:
            empty.append(at)
        if at < _FIRST:
            first.append(row.cells)
    return _Table(file, header, names, empty, first)


def _has_row_names(file: TextFile, header: Header) -> bool:
    """Of R's write.table: all rows have a field more than the header, which counts them or, quoted
    as the header is, names them."""
    head, *rows = islice(file.rows(), header.rows - 1, header.rows + 100)
    first = [row.cells[0] for row in rows]
    counted = first == [str(number) for number in range(1, len(rows) + 1)]
    named = len(set(first)) == len(first) and all(row.quoted for row in (head, *rows))
    longer = all(len(row.cells) == len(header.names) + 1 for row in rows)
    return bool(rows) and longer and (counted or named)


def _with_row_names(header: Header) -> Header:
    name = "row" if "row" not in header.names else "row names"
    return Header([name, *header.names], header.labels, header.rows, {}, header.twice)


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def _where_it_breaks(header: list[str], row: list[str]) -> str:
    if len(row) < len(header):
        return f"{header[len(row)]!r} and what follows it are missing."
    return f"text with a comma in it needs quotation marks (the row begins {row[0][:40]!r})."

"""Reads a pollster's survey file (.sav or .csv) into a table of codes with its labels.

Does not know which columns are items, traits or weights, nor which codes mean nonresponse.
"""

import csv
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, cast

from anthology.models.errors import InputError

if TYPE_CHECKING:  # for it takes a third of a command's start, and most commands read no survey
    import pandas as pd

Code = float | str

MAX_BYTES = 1_000_000_000
MAX_COLUMNS = 20_000  # the largest surveys have some 7,000
MAX_CELLS = 500_000_000  # 4 GB in memory; an .sav may unfold to a thousand times its size
MAX_LINE = 10_000_000  # characters

# What R, and SAS and Stata, write for a missing number; in a column of words it stays a word.
MISSING_NUMBERS = ("NA", ".")


@dataclass(frozen=True)
class SurveyFile:
    """A survey: frame has a row per respondent and the codes as they stand, NaN where empty.

    labels: question text per column; value_labels: label per code per column; user_missing: per
    column the (low, high) ranges of codes, ends included, that its author declared missing;
    digits: per column with SPSS's format N how many digits a number is shown with. How the file
    spells its numbers, `spelling.py` knows.
    """

    path: Path
    frame: "pd.DataFrame"
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[Code, str]] = field(default_factory=dict)
    user_missing: Mapping[str, list[tuple[Code, Code]]] = field(default_factory=dict)
    digits: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_csv(self) -> bool:
        return self.path.suffix.lower() == ".csv"

    def column(self, name: str) -> "pd.Series[Any]":
        """The codes of one column; raises InputError with close matches if there is none."""
        if name not in self.frame.columns:
            raise InputError(f"{self.path} has no column {name!r}; {self._suggestion(name)}")
        return self.frame[name]

    def _suggestion(self, name: str) -> str:
        by_folded = {str(column).casefold(): str(column) for column in self.frame.columns}
        close = difflib.get_close_matches(name.casefold(), by_folded)
        if close:
            return f"did you mean {' or '.join(repr(by_folded[c]) for c in close)}?"
        return f"its {len(self.frame.columns)} columns begin with {list(self.frame.columns[:5])}."


def read_survey(path: str | Path) -> SurveyFile:
    """Reads the file by its extension; raises InputError, naming file, row and column if known."""
    path = Path(path)
    readers = {".sav": _read_sav, ".csv": _read_csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path} is of an unknown kind; give a survey file that ends in .sav or .csv."
        )
    try:
        _check_size(path)
        survey = reader(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    if survey.frame.empty:
        raise InputError(f"{path} is empty: it has no respondents; give the file with the answers.")
    return survey


def _check_size(path: Path) -> None:
    if not path.exists():
        raise InputError(f"{path} does not exist; check the path to the survey file.")
    if not path.is_file():
        raise InputError(f"{path} is not a file; give the survey file itself.")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise InputError(
            f"{path} has {size / 1e9:.1f} GB, more than the 1 GB that is read into memory; "
            "keep only the columns that the study needs."
        )
    if size == 0:
        raise InputError(f"{path} is empty; give the file with the answers.")


# --- .sav ----------------------------------------------------------------------------------------


def _read_sav(path: Path) -> SurveyFile:
    # Imported here, as a study on a .csv needs none of it.
    import pyreadstat

    try:
        # Dates stay numbers: an impossible date in a column nobody needs must not refuse the file.
        _, told = pyreadstat.read_sav(path, metadataonly=True)
        columns = told.number_columns or 1
        _check_columns(path, columns)
        most = MAX_CELLS // columns
        frame, meta = pyreadstat.read_sav(  # the number of rows that it tells may be wrong
            path, user_missing=True, disable_datetime_conversion=True, row_limit=most + 1
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} cannot be read as an SPSS file ({_reason(error)}); it may be damaged or in a "
            "wrong encoding: save it again from SPSS in Unicode."
        ) from error
    if len(frame) > most:
        raise InputError(
            f"{path} unfolds to more than {MAX_CELLS:,} cells; keep only the columns that the "
            "study needs."
        )
    _refuse_duplicates(path, list(frame.columns))
    return SurveyFile(
        path,
        # SPSS text has no missing value but the empty one.
        frame.replace("", None),
        {name: label for name, label in meta.column_names_to_labels.items() if label},
        cast(dict[str, dict[Code, str]], meta.variable_value_labels),
        {name: [_ends(r) for r in ranges] for name, ranges in meta.missing_ranges.items()},
        {
            name: int(kind.removeprefix("N"))
            for name, kind in meta.original_variable_types.items()
            if kind and re.fullmatch("N[0-9]{1,2}", kind)
        },
    )


def _ends(declared: Any) -> tuple[Code, Code]:
    return declared["lo"], declared["hi"]


def _reason(error: Exception) -> str:
    return str(error).strip().rstrip(".")


# --- .csv ----------------------------------------------------------------------------------------


def _read_csv(path: Path) -> SurveyFile:
    # Checked first, as pandas renames duplicate columns, pads short rows and cuts long ones.
    _check_csv(path)
    frame = _parse(path, {})
    words = {str(name): str for name in frame.columns if _is_misread(frame[name])}
    if words:
        # A code stays as the file spells it.
        frame = _parse(path, words)
    return SurveyFile(path, frame.apply(_without_missing_numbers))


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


def _check_columns(path: Path, count: int) -> None:
    if count > MAX_COLUMNS:
        raise InputError(
            f"{path} has {count:,} columns, more than {MAX_COLUMNS:,}; keep only those that the "
            "study needs."
        )


def _check_header(path: Path, header: list[str]) -> None:
    _check_columns(path, len(header))
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise InputError(f"{path} is not separated by commas; save it as comma-separated CSV.")
    for number, name in enumerate(header, start=1):
        if not name.strip():
            raise InputError(f"{path}, line 1: column {number} has no name; name it or remove it.")
    _refuse_duplicates(path, header)


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


def _refuse_duplicates(path: Path, columns: list[str]) -> None:
    seen: set[str] = set()
    for name in columns:
        if name in seen:
            raise InputError(f"{path} has two columns named {name!r}; rename one of them.")
        seen.add(name)

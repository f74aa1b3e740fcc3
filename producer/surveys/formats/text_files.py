"""How a text file is written: in which encoding, with which separator, from which row on.

Knows bytes and lines; what header rows and cells mean is in `header_rows.py` and `cells.py`.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO

from anthology.models.errors import InputError

MAX_LINE = 10_000_000  # characters
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
NAMED = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|", "pipe": "|"}
_SAMPLE = 1 << 20  # characters that are looked at to find the separator
_LINES = 200
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class TextFile:
    """A file of separated text: how it is decoded and split. notes: what was found, for people."""

    path: Path
    encoding: str
    separator: str
    notes: tuple[str, ...] = ()

    def rows(self) -> Iterator["Row"]:
        """Its rows, blank lines left out, one held at a time.

        Raises InputError for a line that is too long and quotation marks that do not close.
        """
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as lines:
            rows = csv.reader(_lines(self.path, lines), delimiter=self.separator, strict=True)
            try:
                for number, cells in enumerate(rows, start=1):
                    if cells:
                        yield Row(number, rows.line_num, cells)
            except csv.Error as error:
                raise InputError(
                    f"{self.path}, line {rows.line_num}: not valid CSV ({error}); check the "
                    "quotation marks."
                ) from error


class Row(NamedTuple):
    """One row: its number, in which blank lines count, the line it ends on, and its cells."""

    number: int
    line: int
    cells: list[str]


def text_file(path: Path, encoding: str | None, separator: str | None) -> TextFile:
    """Finds what is not given. Raises InputError for an encoding or separator that is none."""
    notes = []
    if encoding is None:
        encoding, note = _encoding(path)
        notes += [note] if note else []
    else:
        _check_encoding(path, encoding)
    if separator is None:
        separator = _separator(path, encoding, "\t" if path.suffix.lower() == ".tsv" else ",")
        if separator != ",":
            notes.append(f"{path.name}: read as separated by {SEPARATORS[separator]}")
    separator = NAMED.get(separator, separator)
    if len(separator) != 1 or separator.isalnum() or separator in "\"'\n":
        raise InputError(
            f"--separator {separator!r} is none; give one character, as ';', or comma, semicolon, "
            "tab or bar."
        )
    return TextFile(path, encoding, separator, tuple(notes))


def _encoding(path: Path) -> tuple[str, str]:
    """UTF-8 unless the file's first bytes say else, or its bytes cannot be: then cp1252."""
    with path.open("rb") as file:
        begins = file.read(3)
    for mark, name in _MARKS.items():
        if begins.startswith(mark):
            return name, ""
    wrong, right = 0, 0
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            block += file.readline(MAX_LINE)
            if block.isascii():
                continue
            text = block.decode("utf-8", errors="replace")
            found = text.count("\ufffd")
            wrong += found
            right += sum(map(text.count, "éèüöäßñçãõáíóúłěšč\u2019\u201c\u2013…"))
            right += 0 if found else 1
            if wrong > 100:
                break
    if not wrong:
        return "utf-8", ""
    if wrong <= right:
        return "utf-8", f"{path.name}: UTF-8, but for {wrong} bytes that are none and left out"
    return "cp1252", f"{path.name}: not UTF-8, read as Windows-1252; else give --encoding"


def _check_encoding(path: Path, encoding: str) -> None:
    try:
        with path.open(encoding=encoding) as file:
            file.read(1 << 16)
    except LookupError:
        raise InputError(
            f"--encoding {encoding!r} is unknown; give one as utf-8, cp1252 or latin-1."
        ) from None
    except UnicodeError as error:
        raise InputError(f"{path} is not {encoding} ({error}); give another --encoding.") from None


def _separator(path: Path, encoding: str, usual: str) -> str:
    """The one that parts most lines into as many fields as the first."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        sample = file.read(_SAMPLE)
    best, found = (0.5, 0), usual
    for separator in (usual, *(one for one in SEPARATORS if one != usual)):
        rows = csv.reader(sample.splitlines(keepends=True), delimiter=separator)
        try:
            widths = [len(row) for row in islice(rows, _LINES) if row]
        except csv.Error:
            continue
        width = widths[0] if widths else 1
        like_the_first = widths.count(width) / max(len(widths), 1)
        if width > 1 and (like_the_first, width) > best:
            best, found = (like_the_first, width), separator
        if separator == usual and width > 1 and like_the_first > 0.9:
            return usual
    return found


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    """The file's lines, none of which has to be held however long it is."""
    while line := file.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise InputError(f"{path} has a line of over {MAX_LINE:,} characters; is it a CSV?")
        yield line

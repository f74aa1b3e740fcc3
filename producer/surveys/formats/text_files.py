"""How a text file is written: with which separator, from which row on.

Knows lines; its encoding is found in `encodings.py`, what header rows and cells mean is in
`header_rows.py` and `cells.py`.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TextIO

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.encodings import found_encoding

MAX_LINE = 10_000_000  # characters
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
NAMED = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|", "pipe": "|"}
_SAMPLE = 1 << 20  # characters that are looked at to find the separator
_LINES = 200
_TOLD = re.compile("sep=(.?)", re.IGNORECASE)
# What a cell has where its line was parted at the wrong marks: "Age, in years;Sex" at commas.
_TORN = re.compile(r'^\s+\S|".*"|[^\s\d][;|\t,][^\s\d]')


@dataclass(frozen=True)
class TextFile:
    """A file of separated text: how it is decoded and split. notes: what was found, for people;
    longest_cell: in characters."""

    path: Path
    encoding: str
    separator: str
    notes: tuple[str, ...] = ()
    longest_cell: int = 131_072

    def rows(self) -> Iterator["Row"]:
        """Its rows, one held at a time, but for blank lines and the line in which Excel is told
        the separator.

        Raises InputError for a line that is too long and quotation marks that do not close.
        """
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            lines = _lines(self.path, file)
            read = 0
            for number, line in enumerate(lines, start=1):
                # A line without quotation marks is parted in a tenth of the time, and only if
                # somebody wants its cells.
                if '"' not in line and len(line) <= self.longest_cell:
                    read += 1
                    row = Row(number, read, False, line.rstrip("\r\n"), self.separator)
                else:
                    cells, taken, begins = self._quoted(line, lines, read)
                    read += taken
                    row = Row(number, read, begins == '"', "", self.separator, cells)
                alone = row.width < 2
                blank = alone and not row.quoted and not "".join(row.cells).strip()
                if not blank and not (number == 1 and _TOLD.fullmatch("".join(row.cells))):
                    yield row

    def _quoted(self, first: str, more: Iterator[str], read: int) -> tuple[list[str], int, str]:
        """The cells of a row that begins with a line, how many lines it is, and what the last one
        begins with; read: how many lines are above it."""
        last = first

        def lines() -> Iterator[str]:
            nonlocal last
            yield first
            for line in more:
                last = line
                yield line

        rows = csv.reader(lines(), delimiter=self.separator, strict=True)
        csv.field_size_limit(self.longest_cell)  # the process's, whoever set it before
        try:
            cells = next(rows)
        except csv.Error as error:
            raise InputError(
                f"{self.path}, line {read + rows.line_num}: not valid CSV ({error}); check the "
                "quotation marks."
            ) from error
        return cells, rows.line_num, last[:1]


@dataclass(slots=True)
class Row:
    """One row: its number, in which blank lines count, the line it ends on, and whether that line
    begins with a quotation mark. text: of a row that is parted at every separator; parted: the
    cells of any other."""

    number: int
    line: int
    quoted: bool
    text: str
    separator: str
    parted: list[str] | None = None

    @property
    def cells(self) -> list[str]:
        return self.text.split(self.separator) if self.parted is None else self.parted

    @property
    def width(self) -> int:
        return self.text.count(self.separator) + 1 if self.parted is None else len(self.parted)

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in any cell."""
        begins = self.text.strip(f"{self.separator} ")[:1]
        if self.parted is None and not begins.isspace():
            return not begins
        return not any(cell.strip() for cell in self.cells)


def text_file(
    path: Path, encoding: str | None, separator: str | None, otherwise: str = "give --encoding"
) -> TextFile:
    """Finds what is not given; people read what to do `otherwise` where bytes leave a doubt.

    Raises InputError for an encoding or separator that is none.
    """
    notes = []
    if encoding is None:
        encoding, note = found_encoding(path, otherwise)
        notes += [note] if note else []
    else:
        _check_encoding(path, encoding)
    if separator is None:
        separator = _separator(path, encoding, "\t" if path.suffix.lower() == ".tsv" else ",")
        if separator != ",":
            shown = SEPARATORS.get(separator, repr(separator))
            notes.append(f"{path.name}: read as separated by {shown}")
    separator = NAMED.get(separator, separator)
    if len(separator) != 1 or separator.isalnum() or separator in "\"'\n":
        raise InputError(
            f"--separator {separator!r} is none; give one character, as ';', or comma, semicolon, "
            "tab or bar."
        )
    return TextFile(path, encoding, separator, tuple(notes))


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
    told = _TOLD.fullmatch(sample.split("\n", 1)[0].strip("\r\ufeff"))
    if told and told[1]:
        return told[1]
    best, found = (0.5, -1.0, 0), usual
    for separator in (usual, *(one for one in SEPARATORS if one != usual)):
        rows = csv.reader(sample.splitlines(keepends=True), delimiter=separator)
        try:
            cells = [row for row in islice(rows, _LINES) if row]
        except csv.Error:
            continue
        widths = list(map(len, cells))
        width = widths[0] if widths else 1
        like_the_first = widths.count(width) / max(len(widths), 1)
        if width > 1:
            alike = 1.0 if like_the_first > 0.9 else like_the_first
            torn = sum(bool(_TORN.search(cell)) for row in cells for cell in row) / sum(widths)
            best, found = max((best, found), ((alike, -torn, width), separator), key=itemgetter(0))
    return found


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    """The file's lines, none of which has to be held however long it is."""
    while line := file.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise InputError(f"{path} has a line of over {MAX_LINE:,} characters; is it a CSV?")
        yield line

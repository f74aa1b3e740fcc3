"""Files of stories, one a row: JSON Lines, separated text or Parquet, of which few rows are held.

Knows rows and columns; which of them are stories is in `imported_stories.py`.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.readers import check_size
from anthology.producer.surveys.formats.text_files import Row, TextFile, text_file

LONGEST_LINE = 64 << 20  # bytes of a line of JSON, characters of a cell of text
LOOKED_AT = 1000  # rows of JSON in which keys are looked for, as each has its own
BATCH = 64  # rows of Parquet

Cells = dict[str, Any]


@dataclass(frozen=True)
class StoryFile:
    """A file of stories: its columns, and what reads some of them: the cells of each row, with the
    number of its `unit`, a line or a row. notes: how it was read, where that had to be found out.
    """

    path: Path
    columns: list[str]
    unit: str
    rows: Callable[[list[str]], Iterator[tuple[int, Cells]]]
    notes: tuple[str, ...] = ()

    def refused(self, number: int, why: str) -> InputError:
        return InputError(f"{self.path}, {self.unit} {number}: {why}")


def story_file(path: Path) -> StoryFile:
    """Raises `InputError` for a file that is none, or of another kind."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = f"{', '.join(list(READERS)[:-1])} or {list(READERS)[-1]}"
        raise InputError(f"{path} is of an unknown kind; give a file of stories ending in {known}.")
    try:
        check_size(path, "file of stories", "stories")
        return reader(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error


def _of_json(path: Path) -> StoryFile:
    keys: dict[str, None] = {}
    for _, cells in islice(_json_rows(path), LOOKED_AT):
        keys |= dict.fromkeys(cells)
    return StoryFile(path, list(keys), "line", lambda columns: _json_rows(path))


def _json_rows(path: Path) -> Iterator[tuple[int, Cells]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise InputError(f"{path}, line {number}: is longer than any story.")
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, _json_row(path, number, line)


def _json_row(path: Path, number: int, line: bytes) -> Cells:
    try:
        found = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path}, line {number}: is not JSON ({error}); each line is one object with a story."
        ) from None
    if not isinstance(found, dict):
        raise InputError(
            f"{path}, line {number}: is {type(found).__name__}, not an object such as "
            '{"story": "..."}; write one a line.'
        )
    return found


def _of_text(path: Path) -> StoryFile:
    table = replace(text_file(path, None, None, "save it as UTF-8"), longest_cell=LONGEST_LINE)
    first = next(table.rows(), None)
    names = first.cells if first else []
    _refuse_twice(path, names)

    def rows(columns: list[str]) -> Iterator[tuple[int, Cells]]:
        wanted = [(name, names.index(name)) for name in columns]
        for row in islice(table.rows(), 1, None):
            _refuse_torn(table, row, len(names))
            cells = row.cells
            yield row.line, {name: cells[at] for name, at in wanted}

    return StoryFile(path, names, "line", rows, table.notes)


def _refuse_torn(table: TextFile, row: Row, width: int) -> None:
    if row.width < width or any(cell.strip() for cell in row.cells[width:]):
        raise InputError(
            f"{table.path}, line {row.line}: {row.width} fields where the header has {width}; "
            "a text with a comma, a quotation mark or a line end in it needs quotation marks."
        )


def _of_parquet(path: Path) -> StoryFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def refused(error: Exception) -> InputError:
        said = str(error).strip().splitlines()[0].rstrip(".")
        return InputError(f"{path} cannot be read as Parquet ({said}); write it again.")

    def rows(columns: list[str]) -> Iterator[tuple[int, Cells]]:
        number = 0
        try:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(BATCH, columns=columns):
                    for cells in batch.to_pylist():
                        number += 1
                        yield number, cells
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise refused(error) from None

    try:
        names = pq.read_schema(path).names
    except (pa.ArrowException, ValueError) as error:
        raise refused(error) from None
    _refuse_twice(path, names)
    return StoryFile(path, names, "row", rows)


def _refuse_twice(path: Path, names: Sequence[str]) -> None:
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{path} has two columns named {twice!r}; rename one.")


READERS: dict[str, Callable[[Path], StoryFile]] = {
    ".jsonl": _of_json,
    ".ndjson": _of_json,
    ".csv": _of_text,
    ".tsv": _of_text,
    ".parquet": _of_parquet,
}

"""Writes a study's data as plain tables, one Parquet or CSV file each, for analysis elsewhere; or
its virtual people as one table, labelled or not, with a codebook.

Plain tables stream from the database in batches, so a million answers need no more memory than ten
thousand. What they hold is `tables/`, and `virtual/` of people. A hidden file beside them
says which are ours: with another content they are the user's, and stay.
"""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine
from sqlmodel import Session

from anthology.models.database.sessions import reading
from anthology.models.database.tables import StudyRow
from anthology.models.runtime.file_writing import (
    drafts_in,
    explained,
    make_folder,
    publish,
    refuse_others,
)
from anthology.models.runtime.spreadsheets import harmless
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study, one_moment
from anthology.producer.transfer.tables.base import BATCH, Table
from anthology.producer.transfer.tables.tables import names, tables

Format = Literal["parquet", "csv", "sav", "dta"]


@dataclass(frozen=True)
class _File:
    """A file to be written: its name, and what writes it."""

    name: str
    write: Callable[[Path], None]


def export_study(
    database: Engine, study: str, directory: Path, format: Format, *,
    wide: bool = False, force: bool = False,
) -> list[Path]:  # fmt: skip
    """Writes all tables of a study, finished or not, as they are at one moment; returns the files.

    `wide`, and always as .sav and .dta: its virtual people instead, a row a person and condition.
    Those of an earlier export are replaced only when all new ones are complete, and other files
    only with `force`. Raises `InputError`, writing nothing, for an unknown study, for files that
    are not an export of it, and for a folder that cannot be written.
    """
    directory = Path(directory)
    with reading(database) as session:
        one_moment(session)
        row = find_study(session, study)
        with explained(directory, "folder"):
            return _export(session, row, directory, format, wide, force)


def _export(
    session: Session, row: StudyRow, directory: Path, format: Format, wide: bool, force: bool
) -> list[Path]:
    study = Study.from_spec(row.spec)
    if wide or format not in WRITERS:
        files, kind = _virtual(session, row, study, format), f"{format}-virtual"
    else:
        files, kind = _tables(session, row, study, format), format
    listing = directory / f".anthology-export-{row.name}-{kind}.json"
    targets = [directory / f"{row.name}-{file.name}" for file in files]

    def refuse() -> None:
        known = _listed(listing, row.name)
        refuse_others([*targets, listing], lambda file: _is_as_listed(file, listing, known), force)

    refuse()
    make_folder(directory)
    with drafts_in(directory) as folder:
        drafts = {folder / target.name: target for target in targets}
        for draft, file in zip(drafts, files, strict=True):
            file.write(draft)
        digests = {draft.name: _digest(draft) for draft in drafts}
        new = {"anthology_export": 1, "study": row.name, "files": digests}
        (folder / listing.name).write_text(json.dumps(new, indent=1) + "\n")
        refuse()  # again: a large export takes minutes
        publish({**drafts, folder / listing.name: listing})
    return targets


def _tables(session: Session, row: StudyRow, study: Study, format: str) -> list[_File]:
    found = tables(session, row, study)
    return [
        _File(f"{name}.{format}", lambda path: WRITERS[format](next(found), path))
        for name in names(study)
    ]


def _virtual(session: Session, row: StudyRow, study: Study, format: Format) -> list[_File]:
    # Imported here, as plain tables need none of it.
    from anthology.producer.transfer.virtual import people_table, variable_codebook
    from anthology.producer.transfer.virtual.labelled_files import write_labelled
    from anthology.producer.transfer.virtual.limits import BY_FORMAT, PLAIN
    from anthology.producer.transfer.virtual.variables import variables

    limits = BY_FORMAT.get(format, PLAIN)
    told = variables(study, limits, numeric_ids=people_table.numeric_ids(session, row))
    people = people_table.people(session, row, study, told)
    book = variable_codebook.codebook(told, study)
    if format in WRITERS:
        write = WRITERS[format]
        files = {f"{table.name}.{format}": partial(write, table) for table in (people, book)}
    else:  # each with a codebook of its own, as names may be others
        files = {
            f"{people.name}.{format}": partial(write_labelled, people, told, format=format),
            f"{people.name}_{format}_codebook.csv": partial(WRITERS["csv"], book),
        }
    return [_File(name, write) for name, write in files.items()]


def _listed(listing: Path, study: str) -> dict[str, str] | None:
    """The digests of the files that we wrote here for this study, by name; None without any."""
    try:
        found = json.loads(listing.read_bytes())
        return dict(found["files"]) if found["study"] == study else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _is_as_listed(file: Path, listing: Path, known: dict[str, str] | None) -> bool:
    if known is None or file == listing:
        return known is not None
    return file.name in known and known[file.name] == _digest(file)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


# --- files ---------------------------------------------------------------------------------------


def _write_parquet(table: Table, path: Path) -> None:
    # Imported here, as an export to CSV needs none of it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    schema = pa.schema([(name, types[kind]) for name, kind in table.columns.items()])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        rows = iter(table.rows)
        while batch := list(islice(rows, BATCH)):
            columns = zip(*batch, strict=True)
            arrays = [pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _write_csv(table: Table, path: Path) -> None:
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(harmless, table.columns))
        for row in table.rows:
            writer.writerow([harmless(cell) for cell in row])


WRITERS = {"parquet": _write_parquet, "csv": _write_csv}

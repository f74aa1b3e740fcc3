"""Writes a study's data as plain tables, one Parquet or CSV file each, for analysis elsewhere.

Streams from the database in batches, so a million answers need no more memory than ten thousand.
What the tables hold is `export_tables.py`. A hidden file beside them says which are ours: with
another content they are the user's, and stay.
"""

import csv
import json
import re
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any, Literal

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
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study, one_moment
from anthology.producer.transfer.export_base import BATCH, Table
from anthology.producer.transfer.export_tables import names, tables

Format = Literal["parquet", "csv"]

# A cell that a spreadsheet would take for a formula; a plain number is none. Some spreadsheets read
# full-width signs like the others. A cell that begins as ours does gets another apostrophe, so that
# whoever takes one away again has every text as it was.
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def export_study(
    database: Engine, study: str, directory: Path, format: Format, *, force: bool = False
) -> list[Path]:
    """Writes all tables of a study, finished or not, as they are at one moment; returns the files.

    Those of an earlier export are replaced only when all new ones are complete, and other files
    only with `force`. Raises `InputError`, writing nothing, for an unknown study, for files that
    are not an export of it, and for a folder that cannot be written.
    """
    directory = Path(directory)
    with reading(database) as session:
        one_moment(session)
        row = find_study(session, study)
        with explained(directory, "folder"):
            return _export(session, row, directory, format, force)


def _export(
    session: Session, row: StudyRow, directory: Path, format: Format, force: bool
) -> list[Path]:
    write = {"parquet": _write_parquet, "csv": _write_csv}[format]
    study = Study.from_spec(row.spec)
    listing = directory / f".anthology-export-{row.name}-{format}.json"
    targets = [directory / f"{row.name}-{name}.{format}" for name in names(study)]

    def refuse() -> None:
        known = _listed(listing, row.name)
        refuse_others([*targets, listing], lambda file: _is_as_listed(file, listing, known), force)

    refuse()
    make_folder(directory)
    with drafts_in(directory) as folder:
        found = tables(session, row, study)
        drafts = {folder / target.name: target for target in targets}
        for draft, table in zip(drafts, found, strict=True):
            write(table, draft)
        files = {draft.name: _digest(draft) for draft in drafts}
        new = {"anthology_export": 1, "study": row.name, "files": files}
        (folder / listing.name).write_text(json.dumps(new, indent=1) + "\n")
        refuse()  # again: a large export takes minutes
        publish({**drafts, folder / listing.name: listing})
    return targets


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
        writer.writerow(table.columns)
        for row in table.rows:
            writer.writerow([harmless(cell) for cell in row])


def harmless(cell: Any) -> Any:
    """An apostrophe before text that a spreadsheet would run; numbers stay as they are."""
    if isinstance(cell, str) and FORMULA.match(cell) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell

"""Archives a study without loss: every row that belongs to it, to go on in another database.

What is running is archived as pending, since nobody there holds its lease. The file itself is
`archive_file.py`, the way back `archive_import.py`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, String, collate, func, or_, select
from sqlmodel import Session, col

from anthology.models.database.sessions import reading
from anthology.models.database.tables import EngineRow, Job, Persona, Poll, PoolRow, StudyRow
from anthology.models.errors import InputError
from anthology.models.runtime.file_writing import (
    drafts_in,
    explained,
    make_folder,
    publish,
    refuse_others,
)
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study, of_study, one_moment
from anthology.producer.transfer.archive_file import archived_study, write_archive
from anthology.producer.transfer.archive_rows import MEMBERS, Member, Row

BATCH = 1000


def export_archive(database: Engine, study: str, path: Path, *, force: bool = False) -> Path:
    """Writes the archive of a study, finished or not, as it is at one moment; returns its file.

    Of its pool it holds the personas that the study uses. An earlier archive of the study is
    replaced only when the new one is complete, another file only with `force`. Raises `InputError`
    for an unknown study or a file that cannot be written.
    """
    with reading(database) as session:
        one_moment(session)
        row = find_study(session, study)

        def refuse() -> None:
            refuse_others([path], lambda file: archived_study(file) == row.name, force)

        with explained(path, "file"):
            refuse()
            make_folder(path.parent)
            with drafts_in(path.parent) as folder:
                draft = folder / "archive.zip"
                try:
                    write_archive(draft, row.name, _members(session, row))
                except ValueError as error:  # JSON has no infinity, UTF-8 no half of a character
                    raise InputError(f"study {study!r} cannot be archived: {error}") from None
                refuse()  # again: a large one takes minutes
                publish({draft: path})
    return path


def _members(session: Session, row: StudyRow) -> Iterator[tuple[Member, Iterator[Row]]]:
    mine = select(col(Job.id)).where(of_study(row)).order_by(col(Job.id))
    places = {job_id: place for place, job_id in enumerate(session.execute(mine).scalars())}
    personas = _personas(session, row)
    for member in MEMBERS.values():
        yield member, _rows(session, row, member, places, personas)


def _personas(session: Session, row: StudyRow) -> int:
    """How many personas of the pool the study's jobs cover: whole chunks of what it asks for."""
    covered = select(func.max(col(Job.first) + col(Job.count))).where(
        of_study(row), col(Job.study_id).is_(None)
    )
    return int(session.execute(covered).scalar_one() or 0)


def _rows(
    session: Session, row: StudyRow, member: Member, places: dict[int, int], personas: int
) -> Iterator[Row]:
    columns = [getattr(member.table, name) for name in member.columns]
    chosen = select(*columns).where(*_belonging(row, member, personas))
    chosen = chosen.order_by(*_order(session, member)).execution_options(yield_per=BATCH)
    for found in session.execute(chosen).mappings():
        values: Row = dict(found)
        if "job_id" in values:
            values["job_id"] = places.get(values["job_id"])
        if member.name == "jobs" and values["state"] == "running":
            values["state"] = "pending"
        if member.name == "pool":
            values["count"] = personas
        yield values


def _belonging(row: StudyRow, member: Member, personas: int) -> list[Any]:
    if member.table is Persona:
        return [col(Persona.pool_id) == row.pool_id, col(Persona.number) < personas]
    if member.table is Poll:
        study = Study.from_spec(row.spec)
        keys = [study.poll_key(trait) for trait in study.traits.values()]
        mine = [col(Poll.pool_id) == row.pool_id, col(Poll.number) < personas]
        return [*mine, col(Poll.trait_key).in_(keys)]
    if member.table is EngineRow:
        used = select(col(Job.engine_id)).where(of_study(row))
        return [or_(col(EngineRow.id).in_(used), col(EngineRow.id) == row.engine_id)]
    by_table: dict[Any, Any] = {
        StudyRow: col(StudyRow.id) == row.id,
        PoolRow: col(PoolRow.id) == row.pool_id,
        Job: of_study(row),
    }
    own = by_table.get(member.table)
    return [member.table.study_id == row.id if own is None else own]  # type: ignore[attr-defined]


def _order(session: Session, member: Member) -> list[Any]:
    """By key, as bytes, so that databases of any kind and language agree; jobs as planned."""
    columns: list[Any] = [getattr(member.table, name) for name in member.key or ("id",)]
    if session.get_bind().dialect.name == "sqlite":
        return columns
    return [collate(c, "C") if isinstance(c.type, String) else c for c in columns]

"""Archives a study without loss: every row that belongs to it, to go on in another database.

What is running is archived as pending, since nobody there holds its lease. The file itself is
`archive_file.py`, the way back `archive_import.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Engine,
    String,
    and_,
    case,
    collate,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlmodel import Session, col

from anthology.models.database.sessions import reading
from anthology.models.database.study_pools import pools_of
from anthology.models.database.tables import (
    EngineRow,
    InterviewAnswer,
    Job,
    Persona,
    Poll,
    PoolRow,
    StudyModel,
    StudyRow,
)
from anthology.models.errors import InputError
from anthology.models.runtime.file_writing import (
    drafts_in,
    explained,
    make_folder,
    publish,
    refuse_others,
)
from anthology.models.study import stages
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study, of_study, one_moment
from anthology.producer.transfer.archive_file import archived_study, write_archive
from anthology.producer.transfer.archive_rows import MEMBERS, OTHER_MODELS, POOL, Member, Row

BATCH = 1000


def export_archive(database: Engine, study: str, path: Path, *, force: bool = False) -> Path:
    """Writes the archive of a study, finished or not, as it is at one moment; returns its file.

    Of its pools it holds the personas that the study uses. An earlier archive of the study is
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
    pools = {
        pool.id: _Pool(place, _personas(session, row, pool.id, pool.personas))
        for place, pool in enumerate(sorted(pools_of(session, row.id), key=lambda p: p.name))
    }
    study = Study.from_spec(row.spec)
    has = {kind for pool in study.pools_used for kind in pool.jobs}
    if stages.others_of(study):
        has.add(OTHER_MODELS)
    for member in MEMBERS.values():
        if member.of is None or member.of in has:
            yield member, _rows(session, row, member, places, pools)


@dataclass(frozen=True)
class _Pool:
    """Its place in the archive, and how many of its personas are in it."""

    place: int
    personas: int


_Pools = dict[int, _Pool]


def _personas(session: Session, row: StudyRow, pool_id: int, count: int) -> int:
    """How many personas of a pool the study's jobs cover: whole chunks of the `count` that it asks
    for, or just these where no jobs make them."""
    covered = select(func.max(col(Job.first) + col(Job.count))).where(
        of_study(row), col(Job.study_id).is_(None), col(Job.pool_id) == pool_id
    )
    return int(session.execute(covered).scalar_one() or count)


def _rows(
    session: Session, row: StudyRow, member: Member, places: dict[int, int], pools: _Pools
) -> Iterator[Row]:
    columns = [getattr(member.table, name) for name in member.columns]
    if member.of_pools:
        columns.append(_place(member, pools).label(POOL))
    chosen = select(*columns).where(*_belonging(row, member, pools))
    chosen = chosen.order_by(*_order(session, member, pools)).execution_options(yield_per=BATCH)
    personas = iter([pool.personas for pool in pools.values()])
    for found in session.execute(chosen).mappings():
        values: Row = dict(found)
        if "job_id" in values:
            values["job_id"] = places.get(values["job_id"])
        if member.name == "jobs" and values["state"] == "running":
            values["state"] = "pending"
        if member.table is PoolRow:
            values["count"] = next(personas)
        if not values.get(POOL, True):
            del values[POOL]
        yield values


def _place(member: Member, pools: _Pools) -> Any:
    """0 also where a row is about no pool."""
    pool_id = member.table.pool_id  # type: ignore[attr-defined]
    if not pools:
        return literal(0)
    return case({key: pool.place for key, pool in pools.items()}, value=pool_id, else_=0)


def _belonging(row: StudyRow, member: Member, pools: _Pools) -> list[Any]:
    if member.table in (Persona, InterviewAnswer):
        return [_archived(member.table, pools)]
    if member.table is Poll:
        study = Study.from_spec(row.spec)
        keys = [study.poll_key(trait) for trait in study.traits.values()]
        return [_archived(Poll, pools), col(Poll.trait_key).in_(keys)]
    if member.table is EngineRow:
        used = select(col(Job.engine_id)).where(of_study(row))
        others = select(col(StudyModel.engine_id)).where(col(StudyModel.study_id) == row.id)
        mine = (col(EngineRow.id).in_(used), col(EngineRow.id).in_(others))
        return [or_(*mine, col(EngineRow.id) == row.engine_id)]
    by_table: dict[Any, Any] = {
        StudyRow: col(StudyRow.id) == row.id,
        PoolRow: col(PoolRow.id).in_(pools),
        Job: of_study(row),
    }
    own = by_table.get(member.table)
    return [member.table.study_id == row.id if own is None else own]  # type: ignore[attr-defined]


def _archived(table: Any, pools: _Pools) -> Any:
    return or_(
        false(),
        *(
            and_(col(table.pool_id) == key, col(table.number) < pool.personas)
            for key, pool in pools.items()
        ),
    )


def _order(session: Session, member: Member, pools: _Pools) -> list[Any]:
    """By key, as bytes, so that databases of any kind and language agree; jobs as planned."""
    columns: list[Any] = [
        _place(member, pools) if name == POOL else getattr(member.table, name)
        for name in member.key or ("id",)
        if name != POOL or len(pools) > 1
    ]
    if session.get_bind().dialect.name == "sqlite":
        return columns
    return [collate(c, "C") if isinstance(c.type, String) else c for c in columns]

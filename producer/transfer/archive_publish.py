"""The last transaction of an import: what was stored as a draft becomes a study that all can see.

A pool that is here already, made by the same recipe and with the same stories, is shared: what it
lacks is added, what it has stays. Everything else was stored before, so this is short, however
large the study.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, insert, literal, or_, select, update
from sqlmodel import Session, SQLModel, col

from anthology.models.database.tables import (
    EngineRow,
    InterviewAnswer,
    Job,
    Persona,
    Poll,
    PoolRow,
    StudyPool,
    StudyRow,
)
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.planning import insert_ignoring
from anthology.models.language_model.engine_identity import content_differences
from anthology.models.language_model.model_files import Content
from anthology.producer.transfer.archive_draft import Draft
from anthology.producer.transfer.archive_file import Archive
from anthology.producer.transfer.archive_rows import MEMBERS, Row

Chunks = dict[int, int] | None


@dataclass(frozen=True)
class Arrival:
    """What of an archive can meet something in this database: all but the many rows.

    `chunks` are, for each pool, the counts of the jobs that make it by their first numbers, None
    where none do; `uses` by the names of the pools, in the study's order, how many of their
    personas it uses.
    """

    archive: Archive
    study: Row
    pools: list[Row]
    chunks: list[Chunks]
    uses: dict[str, int]

    def refuse_misfits(self, session: Session) -> None:
        """Raises `InputError` for a study that is here, and for what is here but is another."""
        name = self.study["name"]
        known = select(col(StudyRow.id)).where(col(StudyRow.name) == name)
        if session.execute(known).first() is not None:
            raise self.archive.refused(
                f"a study {name!r} is in this database already; name another one with "
                "ANTHOLOGY_DATABASE_URL"
            )
        for pool, chunks in zip(self.pools, self.chunks, strict=True):
            self._refuse_another_pool(session, pool, chunks)
        for row in self.archive.rows(MEMBERS["engines"]):
            here = session.execute(
                select(col(EngineRow.info)).where(col(EngineRow.id) == row["id"])
            ).scalar_one_or_none()
            if here not in (None, row["info"]):
                raise self.archive.refused(f"engine {ascii(row['id'])[:40]} is another one here")

    def _refuse_another_pool(self, session: Session, pool: Row, chunks: Chunks) -> None:
        """Chunks that overlap, of an archive and a pool here, would count personas twice, and those
        that wait for all of them would begin too soon."""
        here = _pool_here(session, pool)
        if here is not None and here.recipe != pool["recipe"]:
            raise self.archive.refused(
                f"pool {pool['name']!r} is here, too, but made by another recipe"
            )
        if here is not None and (unlike := _unlike(here.content, pool["content"])):
            raise self.archive.refused(
                f"pool {pool['name']!r} is here, too, but of another model ({unlike})"
            )
        if chunks is None:
            return
        mine = _stories(session, here.id) if here is not None else []
        end = 0
        cut = {job.first: job.count for job in mine}  # as its last round is
        for first, count in sorted({*chunks.items(), *cut.items()}):
            if first != end:
                break
            end = first + count
        else:
            if end >= pool["count"]:
                return
        raise self.archive.refused(
            f"the jobs of pool {pool['name']!r} are cut otherwise than those here, or overlap; "
            "import it into a database without that pool"
        )


def _unlike(here: Content | None, there: Content | None) -> str:
    return content_differences(here or {}, there or {})


def publish(draft: Draft, arrival: Arrival, engines: dict[int, str]) -> None:
    """`engines` are those that did the jobs, by the jobs' ids.

    Raises `InputError`, changing nothing, for what has come in since the import began.
    """
    with draft.writing() as session:
        arrival.refuse_misfits(session)
        _sign(session, arrival.archive, engines)
        here: dict[str, int] = {}
        for draft_id, pool in zip(draft.pool_ids, arrival.pools, strict=True):
            pool_id = here[pool["name"]] = _adopt(session, draft_id, arrival.archive, pool)
            if pool_id != draft_id and not arrival.study["cancelled"]:
                _reopen(session, pool_id, pool["count"])
        for name, count in arrival.uses.items():
            used = {"study_id": draft.study_id, "pool_id": here[name], "count": count}
            session.execute(insert(StudyPool).values(**used))
        first = here[next(iter(arrival.uses))] if here else None
        session.execute(
            update(StudyRow)
            .where(col(StudyRow.id) == draft.study_id)
            .values(**arrival.study, pool_id=first)
        )


def _pool_here(session: Session, pool: Row) -> PoolRow | None:
    """Locked, so that what is found holds until the transaction ends."""
    named = select(PoolRow).where(col(PoolRow.name) == pool["name"]).with_for_update()
    found: PoolRow | None = session.execute(named).scalar_one_or_none()
    return found


def _stories(session: Session, pool_id: int | None) -> Sequence[Any]:
    chosen = select(
        col(Job.id),
        col(Job.kind),
        col(Job.condition),
        col(Job.first),
        col(Job.count),
        col(Job.queue),
    )
    mine = chosen.where(col(Job.pool_id) == pool_id, col(Job.study_id).is_(None))
    return session.execute(mine.order_by(col(Job.id))).all()


def _sign(session: Session, archive: Archive, engines: dict[int, str]) -> None:
    """Stores the engines that are not here yet, and which of them did which job."""
    missing = insert_ignoring(session)(EngineRow).on_conflict_do_nothing()
    for row in archive.rows(MEMBERS["engines"]):
        session.execute(missing, [row])
    if engines:
        jobs = SQLModel.metadata.tables["job"]  # the table: its class wants one update a row
        signed = update(jobs).where(jobs.c.id == bindparam("job"))
        rows = [{"job": job_id, "engine": engine_id} for job_id, engine_id in engines.items()]
        session.execute(signed.values(engine_id=bindparam("engine")), rows)


def _adopt(session: Session, draft_id: int, archive: Archive, pool: Row) -> int:
    """Gives the draft's pool its name, or its rows to the pool of that name; the pool's id."""
    here = _pool_here(session, pool)
    if here is None or here.id is None:
        named = update(PoolRow).where(col(PoolRow.id) == draft_id)
        session.execute(named.values(**pool))
        return draft_id
    if _other_stories(session, draft_id, here.id):
        raise archive.refused(
            f"pool {pool['name']!r} has other stories here; import it into a database without "
            "that pool"
        )
    more = update(PoolRow).where(col(PoolRow.id) == here.id)
    content = here.content or pool["content"]
    session.execute(more.values(count=max(here.count, pool["count"]), content=content))
    _move_jobs(session, draft_id, here.id, pool["name"])
    for table in (Persona, InterviewAnswer, Poll):
        _move_people(session, table, draft_id, here.id)
    return here.id


def _other_stories(session: Session, draft_id: int, pool_id: int) -> bool:
    """Whether somebody of both pools is not the same: one recipe writes other stories on another
    GPU, and polls of the one would be taken for the other's; so would answers of a life that goes
    on be."""
    return _unlike_rows(session, Persona, "story", draft_id, pool_id) or _unlike_rows(
        session, InterviewAnswer, "text", draft_id, pool_id
    )


def _unlike_rows(
    session: Session, model: type[SQLModel], told: str, draft_id: int, pool_id: int
) -> bool:
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    here, there = table.alias(), table.alias()
    same = [here.c[key.name] == there.c[key.name] for key in table.primary_key
            if key.name != "pool_id"]  # fmt: skip
    other = or_(here.c[told] != there.c[told], here.c.error.is_distinct_from(there.c.error))
    found = (
        select(here.c.number)
        .join(there, and_(*same))
        .where(here.c.pool_id == pool_id, there.c.pool_id == draft_id, other)
    )
    return session.execute(found.limit(1)).first() is not None


def _move_jobs(session: Session, draft_id: int, pool_id: int, name: str) -> None:
    """Jobs of chunks that are here, too, stay behind, and their stories name those here."""
    here = {job.first: job.id for job in _stories(session, pool_id)}
    for job in _stories(session, draft_id):
        if job.first in here:
            for table in (Persona, InterviewAnswer):
                theirs = (
                    col(table.pool_id) == draft_id,
                    col(table.number).between(job.first, job.first + job.count - 1),
                    col(table.job_id) == job.id,
                )
                session.execute(update(table).where(*theirs).values(job_id=here[job.first]))
            continue
        [moved] = span_jobs(
            job.kind, None, name, job.first, job.count, job.count, job.queue, pool_id=pool_id,
            condition=job.condition,
        )  # fmt: skip
        session.execute(
            update(Job).where(col(Job.id) == job.id).values(key=moved["key"], pool_id=pool_id)
        )
    polls = (col(Job.pool_id) == draft_id, col(Job.study_id).is_not(None))
    session.execute(update(Job).where(*polls).values(pool_id=pool_id))


def _move_people(session: Session, model: type[SQLModel], draft_id: int, pool_id: int) -> None:
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    others = [column for column in table.columns if column.name != "pool_id"]
    lacking = select(literal(pool_id), *others).where(table.c.pool_id == draft_id)
    added = insert_ignoring(session)(table).from_select(["pool_id", *others], lacking)
    session.execute(added.on_conflict_do_nothing())


def _reopen(session: Session, pool_id: int, count: int) -> None:
    """A shared pool's cancelled jobs are wanted again, as the imported study goes on."""
    session.execute(
        update(Job)
        .where(
            col(Job.pool_id) == pool_id,
            col(Job.study_id).is_(None),
            col(Job.state) == "cancelled",
            col(Job.first) < count,
        )
        .values(state="pending")
    )

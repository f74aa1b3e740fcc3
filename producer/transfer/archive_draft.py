"""A study on its way in: its rows, stored bit by bit where nobody sees them or works on them.

Until the last transaction of an import its study has a name that no command finds, is cancelled,
and shares its pool with none. An import that broke off leaves such rows; the next one deletes them.
Knows nothing of archives.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, String, cast, delete, insert, literal, or_, select, tuple_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, SQLModel, col

from anthology.models.database.sessions import now_s, reading, writing
from anthology.models.database.tables import (
    Answer,
    InterviewAnswer,
    Job,
    LabelPrior,
    Match,
    Metric,
    Persona,
    Poll,
    PoolRow,
    Respondent,
    StudyModel,
    StudyRow,
)
from anthology.models.errors import InputError
from anthology.producer.monitoring.lookup import HIDDEN

BATCH = 1000  # rows a transaction: SQLite's other writers wait for some hundredths of a second
SILENT_S = 3600.0  # an import that stored nothing for so long has broken off
_LEFT = f"{HIDDEN}#"  # before the number of a study that is to be deleted
_OF_STUDY = (Answer, Metric, LabelPrior, Match, Respondent, StudyModel, Job)
_OF_POOL = (Persona, InterviewAnswer, Poll, Job)


@dataclass(frozen=True)
class Draft:
    """Where an import stores its rows; `pool_ids` and names of the `pools` as in the archive."""

    database: Engine
    name: str
    study_id: int
    pool_ids: list[int]
    pools: list[str]

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in one transaction, in which the draft is still this import's.

        Raises `InputError` where another import of the study has taken its place.
        """
        mine = (col(StudyRow.id) == self.study_id, col(StudyRow.name) == f"{HIDDEN}{self.name}")
        with writing(self.database) as session:
            sign = session.execute(update(StudyRow).where(*mine).values(created_at=now_s()))
            if sign.rowcount == 0:  # type: ignore[attr-defined]
                raise InputError(
                    f"another import of study {self.name!r} has begun; this one left nothing"
                )
            yield session

    def drop(self) -> None:
        """Deletes what is left of it; without a database to do so, the next import does."""
        with suppress(SQLAlchemyError):
            with writing(self.database) as session:
                _give_up(session, self.name)
            _delete_left(self.database)


def begin(database: Engine, study: dict[str, Any], pools: list[dict[str, Any]]) -> Draft:
    """A draft with the rows of a study and its pools; earlier ones of the same study end."""
    name = study["name"]
    hidden = {"name": f"{HIDDEN}{name}", "cancelled": True, "pool_id": None, "created_at": now_s()}
    with writing(database) as session:
        _give_up(session, name)
        new = insert(StudyRow).values(**{**study, **hidden}).returning(col(StudyRow.id))
        study_id: int = session.execute(new).scalar_one()
        pool_ids: list[int] = []
        for place, pool in enumerate(pools):
            named = {**pool, "name": f"{HIDDEN}{study_id} {place}"}
            made = insert(PoolRow).values(**named).returning(col(PoolRow.id))
            pool_ids.append(session.execute(made).scalar_one())
    _delete_left(database)
    return Draft(database, name, study_id, pool_ids, [pool["name"] for pool in pools])


def _give_up(session: Session, name: str) -> None:
    """Takes the draft of a study, and those that fell silent, from whoever writes them."""
    silent = col(StudyRow.created_at) < now_s() - SILENT_S
    session.execute(
        update(StudyRow)
        .where(
            or_(
                col(StudyRow.name) == f"{HIDDEN}{name}",
                col(StudyRow.name).startswith(HIDDEN, autoescape=True) & silent,
            )
        )
        .values(name=literal(_LEFT) + cast(col(StudyRow.id), String))
    )


def _delete_left(database: Engine) -> None:
    """Deletes drafts that were given up, and pools of drafts that are no more."""
    left = col(StudyRow.name).startswith(_LEFT, autoescape=True)
    with reading(database) as session:
        studies = session.execute(select(col(StudyRow.id)).where(left)).scalars().all()
    for study_id in studies:
        _delete(database, StudyRow, study_id, [(table, "study_id") for table in _OF_STUDY])
    drafts = select(col(StudyRow.id)).where(col(StudyRow.name).startswith(HIDDEN, autoescape=True))
    hidden = select(col(PoolRow.id), col(PoolRow.name)).where(
        col(PoolRow.name).startswith(HIDDEN, autoescape=True)
    )
    with reading(database) as session:
        owners = {str(study_id) for study_id in session.execute(drafts).scalars()}
        pools = session.execute(hidden).all()
    orphans = [pool.id for pool in pools if _owner(pool.name) not in owners]
    for pool_id in orphans:
        _delete(database, PoolRow, pool_id, [(table, "pool_id") for table in _OF_POOL])


def _owner(pool: str) -> str:
    """The number of the study whose draft a hidden pool is part of."""
    return pool.removeprefix(HIDDEN).partition(" ")[0]


def _delete(
    database: Engine, owner: type[SQLModel], owner_id: int | None,
    tables: list[tuple[type[SQLModel], str]],
) -> None:  # fmt: skip
    """Deletes the rows of a study or pool, a batch a transaction, and then itself."""
    for table, column in [*tables, (owner, "id")]:
        stored = SQLModel.metadata.tables[str(table.__tablename__)]
        key = tuple_(*stored.primary_key)
        some = select(*stored.primary_key).where(stored.c[column] == owner_id).limit(BATCH)
        deleted = BATCH
        while deleted == BATCH:
            with writing(database) as session:
                found = session.execute(delete(stored).where(key.in_(some)))
                deleted = found.rowcount  # type: ignore[attr-defined]

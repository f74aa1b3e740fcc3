"""Finds a study by its name and the jobs that are its, or says which studies there are."""

import difflib

from sqlalchemy import or_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from anthology.models.database.study_pools import made_for
from anthology.models.database.tables import Job, StudyRow
from anthology.models.errors import InputError
from anthology.models.runtime import address

# Begins the names of studies that are being imported; no other name holds a space.
HIDDEN = "importing "


def find_study(session: Session, name: str) -> StudyRow:
    """Raises `InputError` naming the closest or the latest known studies."""
    query = select(StudyRow).where(col(StudyRow.name) == name, _whole())
    row: StudyRow | None = session.execute(query).scalar_one_or_none()
    if row is not None:
        return row
    known = study_names(session)
    close = difflib.get_close_matches(name, known, n=1) or known[:5]
    hint = f"known: {', '.join(close)}" if close else "none has been submitted yet"
    if name.endswith((".yaml", ".yml")):
        hint = f"a study goes by the name that its file gives it; {hint}"
    raise InputError(
        f"there is no study {name!r} in this database; {hint} (the database is {place(session)})"
    )


def one_moment(session: Session) -> None:
    """One snapshot for all tables: what PostgreSQL gives only who asks, and SQLite anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def place(session: Session) -> str:
    """Which database it is, for people."""
    return address.of_database(session.get_bind().engine.url)


def refuse_cancelled(row: StudyRow) -> None:
    if row.cancelled:
        raise InputError(f"study {row.name!r} was cancelled; submit it again under another name")


def study_names(session: Session) -> list[str]:
    """All studies, the latest first."""
    names = select(col(StudyRow.name)).where(_whole())
    return list(session.execute(names.order_by(col(StudyRow.id).desc())).scalars())


def _whole() -> ColumnElement[bool]:
    return ~col(StudyRow.name).startswith(HIDDEN, autoescape=True)


def of_study(row: StudyRow) -> ColumnElement[bool]:
    """Jobs that a study waits for: its own, and its pool's that make personas it uses."""
    return or_(col(Job.study_id) == row.id, made_for(row.id))

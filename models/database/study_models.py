"""Which models a study asks for, with their contents."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, col

from anthology.models.database.tables import StudyModel, StudyRow

# By the name that the study file has for a model.
Contents = dict[str, Mapping[str, str | None] | None]


def contents_of(session: Session, row: StudyRow) -> Contents:
    """The study's own model first, with or without something to do; None where a content is not
    known."""
    others = select(col(StudyModel.model), col(StudyModel.content)).where(
        col(StudyModel.study_id) == row.id
    )
    found: Contents = {row.spec["model"]: row.content}
    return found | {row.model: row.content for row in session.execute(others)}


def add_models(session: Session, study_id: int, contents: Contents) -> None:
    """The models of a new study besides its own."""
    rows: list[dict[str, Any]] = [
        {"study_id": study_id, "model": model, "content": content}
        for model, content in contents.items()
    ]
    if rows:
        session.execute(insert(StudyModel), rows)

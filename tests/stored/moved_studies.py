"""A study's way to another database, and what is there then."""

from zipfile import ZipFile

from sqlalchemy import select
from sqlmodel import col

from anthology.models.database.sessions import reading
from anthology.models.database.tables import Answer


def members(path):
    with ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def answers(database):
    chosen = select(
        col(Answer.condition), col(Answer.respondent), col(Answer.question), col(Answer.drawn),
        col(Answer.probabilities), col(Answer.persona), col(Answer.shown), col(Answer.error),
    )  # fmt: skip
    with reading(database) as session:
        return sorted(map(repr, session.execute(chosen).all()))

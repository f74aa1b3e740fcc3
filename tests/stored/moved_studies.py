"""A study's way to another database, and what is there then."""

from zipfile import ZipFile

from fake_model import drain, make_runner
from sqlalchemy import select
from sqlmodel import col

from anthology.models.database.sessions import open_database, reading
from anthology.models.database.tables import Answer
from anthology.models.jobs import ready
from anthology.producer.monitoring.progress import progress
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive


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


def moved_amid_jobs(here, url, folder, model, jobs):
    """The database there, where the study `small` went after its first jobs. Its archive there
    is the same; then both are finished, each with a model that `model` makes."""
    runner = make_runner(here, model())
    for message in ready.due(here)[:jobs]:
        runner.do(message.kind, message.id, lambda progress: None)
    path = export_archive(here, "small", folder / "1.zip")
    import_archive(path, url)
    there = open_database(url)
    assert export_archive(there, "small", folder / "2.zip").read_bytes() == path.read_bytes()
    for database in (here, there):
        drain(make_runner(database, model()))
    assert progress(there, "small").state == "done"
    assert answers(there) == answers(here)
    return there

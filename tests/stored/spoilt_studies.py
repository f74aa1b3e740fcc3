"""Stored studies that a test changes, to see what is said of them then."""

from anthology.models.database.sessions import writing


def change(database, statement):
    with writing(database) as session:
        session.execute(statement)

"""Exports of finished studies, to be looked at."""

from finished_study import fill, small_study, some_humans

from anthology.models.database.sessions import open_database

NAMES = ["codebook", "respondents", "personas", "traits", "matches", "answers",
         "answer_probabilities", "samples", "label_priors", "metrics", "engines"]  # fmt: skip


def finished(url, study=None):
    database = open_database(url)
    study = study or small_study()
    fill(database, study, some_humans(study))
    return database

"""A finished study and its report."""

import shutil

import pytest
from finished_study import fill, small_study, some_humans

from anthology.models.database.sessions import open_database
from anthology.producer.reporting.report import write_report


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('report') / 'a.db'}")
    study = small_study()
    fill(database, study, some_humans(study))
    return database


@pytest.fixture(scope="module")
def html(reported, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out") / "new" / "folder"
    return write_report(reported, "small", folder).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def finished_file(tmp_path_factory):
    """A finished study in a SQLite file that nobody has open, to be copied."""
    file = tmp_path_factory.mktemp("finished") / "own.db"
    database = open_database(f"sqlite:///{file}")
    study = small_study()
    fill(database, study, some_humans(study))
    database.dispose()
    return file


@pytest.fixture
def own(finished_file, tmp_path):
    """A database that a test may spoil."""
    return open_database(f"sqlite:///{shutil.copy(finished_file, tmp_path)}")

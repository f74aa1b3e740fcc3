"""Databases and archives that several of these tests start from."""

import shutil
import zipfile

import pytest
from exported_tables import finished
from finished_study import fill, full_study, some_humans

from anthology.models.database.sessions import open_database
from anthology.producer.transfer.archive import export_archive


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The files in an archive of a finished study, by name."""
    folder = tmp_path_factory.mktemp("good")
    database = open_database(f"sqlite:///{folder / 'a.db'}")
    study = full_study(debias="label_prior")
    fill(database, study, some_humans(study))
    with zipfile.ZipFile(export_archive(database, "full", folder / "a.zip")) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'b.db'}"


@pytest.fixture
def here(tmp_path):
    return open_database(f"sqlite:///{tmp_path / 'here.db'}")


@pytest.fixture(params=["sqlite", "postgresql"])
def there_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'there' / 'a.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def finished_file(tmp_path_factory):
    """A finished study in a SQLite file that nobody has open, to be copied."""
    file = tmp_path_factory.mktemp("finished") / "a.db"
    finished(f"sqlite:///{file}").dispose()
    return file


@pytest.fixture
def sqlite(finished_file, tmp_path):
    return open_database(f"sqlite:///{shutil.copy(finished_file, tmp_path)}")

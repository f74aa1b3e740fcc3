"""Databases and archives that several of these tests start from."""

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


@pytest.fixture
def sqlite(tmp_path):
    return finished(f"sqlite:///{tmp_path / 'a.db'}")

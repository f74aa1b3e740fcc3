"""What the tests of job kinds share: an empty SQLite database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from anthology.models.database.sessions import open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()

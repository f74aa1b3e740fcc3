"""What the tests of databases share: one of this version, and an empty one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from anthology.models.database.sessions import connect, open_database


@pytest.fixture
def engines(tmp_path: Path, database_url: str) -> Iterator[tuple[Engine, Engine]]:
    """A database of this version, and an empty one of either kind."""
    here, there = open_database(f"sqlite:///{tmp_path / 'here.db'}"), connect(database_url)
    yield here, there
    here.dispose()
    there.dispose()

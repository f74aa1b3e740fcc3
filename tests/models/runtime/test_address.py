"""Servers in messages: which one it is, and nothing secret."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from anthology.models.runtime.address import of_database


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://me:secret@host/name", "postgresql+psycopg://me:***@host/name"),
        ("postgresql://host/name?password=secret", "postgresql://host/name"),
        ("sqlite:////data/a.db", "sqlite:////data/a.db"),
        ("sqlite://", "sqlite://"),
    ],
)
def test_a_database_is_named_without_its_password(url: str, shown: str) -> None:
    assert of_database(make_url(url)) == shown


def test_a_sqlite_file_is_named_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert of_database(make_url("sqlite:///data/a.db")) == f"sqlite:///{tmp_path}/data/a.db"

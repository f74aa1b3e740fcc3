"""What the tests of submitting share: settings with a Redis and no database yet."""

from pathlib import Path

import pytest


@pytest.fixture
def only_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> Path:
    """Settings with a Redis and the path of a SQLite file that does not exist yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", redis_url)
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"sqlite:///{tmp_path / 'new' / 'anthology.db'}")
    return tmp_path / "new"

"""What the tests of commands share: the command line in this process, in a folder of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commanded import Ran
from sqlalchemy import Engine

from anthology.models.database.sessions import open_database
from anthology.producer.cli import commands
from anthology.producer.local.local_redis import free_port


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own, with no Redis and no database in its settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("LEASE_S", "SWEEP_S", "GRACE_S", "MAX_DEATHS"):
        monkeypatch.delenv(f"ANTHOLOGY_{name}", raising=False)
    monkeypatch.setenv("ANTHOLOGY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"sqlite:///{tmp_path / 'a.db'}")
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", f"redis://:secret@127.0.0.1:{free_port()}/0")
    return tmp_path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def with_redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", redis_url)
    return redis_url


@pytest.fixture
def anthology(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["anthology", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            commands.main()
        printed = capsys.readouterr()
        code = end.value.code
        return Ran(code if isinstance(code, int) else 0, printed.out, printed.err)

    return run

"""What the tests of job runners share: a survey to do, and exits of the process to look at."""

from pathlib import Path

import pytest
from fake_model import jobs, small_study, store
from sqlalchemy import Engine

from anthology.workers.runner import worker_process


@pytest.fixture
def job(database: Engine, tmp_path: Path) -> int:
    """A survey of eight people."""
    store(database, small_study(tmp_path, conditions=["none"], chunk=8))
    return jobs(database)[0].id or 0


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The codes with which workers would have ended this process. Wait for them before the end."""
    codes: list[int] = []
    monkeypatch.setattr(worker_process.os, "_exit", codes.append)
    return codes

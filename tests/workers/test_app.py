"""How a worker that cannot start ends: the launcher reads it off the exit code."""

import os
from types import SimpleNamespace
from typing import Any

import pytest

from models.errors import InputError, NoEngine, SetupError, UnreadableLabels
from workers import app
from workers.app_names import EXIT_NOT_STARTED, EXIT_SETUP


class Exited(BaseException):
    """In the place of a process's end."""


def test_a_worker_waits_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long: each end of the process would be one of the twelve that a launcher allows."""
    tries: list[str] = []

    def open_at_last(url: str) -> str:
        tries.append(url)
        if len(tries) < 50:
            raise SetupError("the database cannot be used: connection refused")
        return "the database"

    monkeypatch.setattr(app, "open_database", open_at_last)
    monkeypatch.setattr(app, "AWAY_S", 0.0)
    assert app._database("postgresql://host/a") == "the database"
    assert len(tries) == 50


def test_a_worker_does_not_wait_for_a_database_of_a_newer_version_to_grow_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(url: str) -> None:
        raise InputError("the database is of a newer version")

    monkeypatch.setattr(app, "open_database", refuse)
    with pytest.raises(InputError):
        app._database("sqlite:///a.db")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NoEngine("vLLM is not installed"), EXIT_SETUP),
        (InputError("vLLM has no such argument"), EXIT_SETUP),
        (UnreadableLabels("A and B look alike"), EXIT_SETUP),
        (SetupError("the engine died"), EXIT_NOT_STARTED),
        (RuntimeError("surprise"), EXIT_NOT_STARTED),
    ],
)
def test_a_worker_is_started_again_only_if_that_may_help(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise error

    def leave(code: int) -> None:
        raise Exited(code)

    monkeypatch.setattr(app, "_open_station", fail)
    monkeypatch.setattr(os, "_exit", leave)
    with pytest.raises(Exited, match=str(code)):
        app._start(SimpleNamespace(hostname="w@host", concurrency=1))

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

"""Turns a study into jobs. `Study` and `submit` are what job submission scripts use."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.study import Study
    from producer.submission import Submission, submit

__all__ = ["Study", "Submission", "submit"]

_HOMES = {
    "Study": "models.study",
    "Submission": "producer.submission",
    "submit": "producer.submission",
}


def __getattr__(name: str) -> Any:
    """Imported when it is asked for: every command imports this package, and few submit."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

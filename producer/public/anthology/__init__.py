"""Survey studies on virtual people: `Study` and `submit` are what job submission scripts use.

The rooms are `anthology.models`, `anthology.producer` and `anthology.workers`.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anthology.models.study.study import Study
    from anthology.producer.submission.submission import Submission, submit

__all__ = ["Study", "Submission", "submit"]

_HOMES = {
    "Study": "anthology.models.study.study",
    "Submission": "anthology.producer.submission.submission",
    "submit": "anthology.producer.submission.submission",
}

# Installed, the rooms lie beside this file; in a checkout they are the repository's folders.
if not (Path(__file__).parent / "models").is_dir():
    __path__.append(str(Path(__file__).parents[3]))


def __getattr__(name: str) -> Any:
    """Imported when it is asked for: every command imports this package, and few submit."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

"""Why vLLM could not load a model: what its own processes met, which it leaves to its log.

Of an engine process that ends while it starts vLLM raises no more than that it did ("See root
cause above"). So those processes note the errors they log in a file, and whoever waits for the
engine reads that by which the first of them ended. Knows nothing of vLLM but its logger's name.
"""

import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ERRORS_FILE = "ANTHOLOGY_WORKER_ENGINE_ERRORS"  # names the file to vLLM's processes
LONGEST = 500  # characters of an error: more is no sentence


@dataclass(frozen=True)
class LoadError:
    """The first line of what an error says, and the names of its classes, its own first."""

    said: str
    kinds: tuple[str, ...]

    @property
    def may_pass(self) -> bool:
        """Whether it may be so just now only: files that are away, memory that somebody holds."""
        return "OSError" in self.kinds or "memory" in self.said.lower()


def load_error(error: BaseException) -> LoadError:
    lines = str(error).strip().splitlines() or [repr(error)]
    said = lines[0].removeprefix("Value error, ").strip()
    return LoadError(said[:LONGEST], tuple(kind.__name__ for kind in type(error).__mro__))


@contextmanager
def noted_errors() -> Iterator[Callable[[], LoadError | None]]:
    """What finds the error by which the first of vLLM's processes ended that were started in here:
    the last that it noted, after those that it got over. The others' follow from it."""
    with tempfile.TemporaryDirectory(prefix="anthology-engine-") as folder:
        path = Path(folder) / "errors.jsonl"
        os.environ[ERRORS_FILE] = str(path)
        try:
            yield lambda: _first(path)
        finally:
            del os.environ[ERRORS_FILE]


def _first(path: Path) -> LoadError | None:
    lines = path.read_text().splitlines(keepends=True) if path.is_file() else []
    last: dict[int, LoadError] = {}  # of each process, in the order in which they ended
    for line in lines:
        if line.endswith("\n"):  # a full disk may have cut it off
            process, said, kinds = json.loads(line)
            last.pop(process, None)
            last[process] = LoadError(said, tuple(kinds))
    return next(iter(last.values()), None)


def note_errors() -> None:
    """To be called in a process of vLLM's, before it does anything that may fail."""
    if path := os.environ.get(ERRORS_FILE):
        logging.getLogger("vllm").addHandler(_Notes(Path(path)))


class _Notes(logging.Handler):
    """Writes each error logged with its exception as a line; not once the engine has loaded, when
    the file's folder is gone, nor on a full disk: what cannot be noted stands in vLLM's log."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.ERROR)
        self.path = path

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not self.path.parent.is_dir():
            return
        found = load_error(error)
        line = json.dumps([os.getpid(), found.said, found.kinds]) + "\n"
        # Lines of several processes stay whole: O_APPEND.
        with suppress(OSError), self.path.open("a") as file:
            file.write(line)

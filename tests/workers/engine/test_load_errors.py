"""Why vLLM's own processes could not start, as whoever waits for them hears of it."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from anthology.models.runtime.safe_path import environment
from anthology.workers.engine.load_errors import (
    ERRORS_FILE,
    LoadError,
    load_error,
    note_errors,
    noted_errors,
)

# As vLLM does: a process that it starts logs what it got over and what it met, and ends; the one
# that started it logs what follows.
CHILD = """
import logging, subprocess, sys
from anthology.workers.engine.load_errors import note_errors
note_errors()
def logged(error):
    try:
        raise error
    except Exception:
        logging.getLogger("vllm.v1").exception("failed to start")
if len(sys.argv) > 1:
    logged(ImportError("no such plugin, seed=3"))
    logged(ValueError("No common block size for 16\\nat"))
else:
    logged(ImportError("no such plugin, seed=3"))
    subprocess.run([sys.executable, __file__, "worker"], check=True)
    logged(RuntimeError("Worker failed"))
"""


@pytest.fixture(autouse=True)
def vllms_logger_as_it_was() -> Iterator[None]:
    handlers = logging.getLogger("vllm").handlers
    before = list(handlers)
    yield
    handlers[:] = before


def test_the_error_by_which_the_first_of_vllms_processes_ended_is_told(tmp_path: Path) -> None:
    child = tmp_path / "child.py"
    child.write_text(CHILD)
    with noted_errors() as first:
        assert first() is None
        subprocess.run([sys.executable, str(child)], env=environment(), check=True)
        found = first()
    assert found is not None
    assert found.said == "No common block size for 16"
    assert "ValueError" in found.kinds
    with noted_errors() as first:
        assert first() is None


def test_what_is_logged_when_the_engine_has_loaded_goes_nowhere() -> None:
    with noted_errors():
        note_errors()
    try:
        raise ValueError("later")
    except ValueError:
        logging.getLogger("vllm.v1").exception("said without a trace")
    assert not [name for name in os.environ if name.endswith("ENGINE_ERRORS")]


def test_what_a_full_disk_cuts_off_is_no_error_of_its_own() -> None:
    with noted_errors() as first:
        path = Path(os.environ[ERRORS_FILE])
        for written in ("", '["No common bl'):
            path.write_text(written)
            assert first() is None
        path.unlink()
        path.mkdir()  # nor can it be opened
        note_errors()
        try:
            raise ValueError("vLLM's own")
        except ValueError:
            logging.getLogger("vllm.v1").exception("failed to start")


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (FileNotFoundError("no such file"), True),
        (ValueError("Free memory on device (1/80 GiB) is less than desired"), True),
        (ValueError("No common block size for 16"), False),
        (RuntimeError("Head size 48 is not supported"), False),
    ],
)
def test_files_that_are_away_and_memory_that_is_held_may_come_back(
    error: Exception, passes: bool
) -> None:
    assert load_error(error).may_pass is passes


def test_an_error_without_words_is_told_by_its_name() -> None:
    assert load_error(AssertionError()) == LoadError(
        "AssertionError()", ("AssertionError", "Exception", "BaseException", "object")
    )

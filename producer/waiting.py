"""Waits for a study, with a progress bar a stage on stderr when it is a terminal."""

import sys
import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from models.database import reading
from models.errors import InputError
from models.planning import KINDS
from producer import show
from producer.lookup import place, study_names
from producer.progress import Progress as StudyProgress
from producer.progress import progress

POLL_S = 1.0


def all_studies(database: Engine) -> list[str]:
    with reading(database) as session:
        names = study_names(session)
        if not names:
            raise InputError(
                f"no study has been submitted yet to {place(session)}; run `anthology submit "
                "study.yaml`"
            )
    return names


def wait_for(
    database: Engine,
    study: str,
    timeout: float | None,
    check: Callable[[], None] = lambda: None,
) -> StudyProgress:
    """The study's last progress, ended or timed out; `check` may raise to end the waiting."""
    deadline = None if timeout is None else time.monotonic() + timeout
    found = progress(database, study)
    told: set[str] = set()
    with _bars() as bars:
        tasks = {kind: bars.add_task(kind, total=None, what="") for kind in KINDS}
        while True:
            check()
            for kind, states in found.jobs.items():
                total = sum(states.values())
                ended = states["done"] + states["failed"]
                if bars.disable and total and ended == total and kind not in told:
                    told.add(kind)
                    show.note(f"{kind}: {total} jobs ended")
                bars.update(
                    tasks[kind], total=total, completed=ended, visible=total > 0,
                    what=f"{states['running']} running" if states["running"] else "",
                )  # fmt: skip
            if found.ended or (deadline is not None and time.monotonic() >= deadline):
                return found
            time.sleep(POLL_S)
            found = _progress(database, study, found)


def watch_study(database: Engine, study: str) -> None:
    """Prints the status again and again until the study ends or the person leaves."""
    console = Console()
    found = progress(database, study)
    while True:
        if console.is_terminal:
            console.clear()
        show.statuses([found])
        if found.ended:
            return
        time.sleep(2.0)
        found = _progress(database, study, found)


def _progress(database: Engine, study: str, before: StudyProgress) -> StudyProgress:
    """Where the study is, or was: that the database is away for a while does not end the night."""
    try:
        return progress(database, study)
    except DBAPIError as error:
        show.note(f"the database cannot be read, trying again: {str(error.orig).splitlines()[0]}")
        return before


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description:>10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[what]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )

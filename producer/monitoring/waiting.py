"""Waits for a study, with a bar a stage where stderr is a terminal, else a line now and then."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from anthology.models.database.sessions import reading
from anthology.models.errors import AnthologyError, InputError
from anthology.models.jobs.kinds import KINDS
from anthology.models.runtime import terminal
from anthology.producer.monitoring.lookup import place, study_names
from anthology.producer.monitoring.news import EVERY_S, News
from anthology.producer.monitoring.progress import Progress, progress
from anthology.producer.monitoring.status_lines import print_statuses

POLL_S = 1.0
CLEAR = "\x1b[H\x1b[2J"

Draw = Callable[[Progress], None]


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
    every_s: float = EVERY_S,
) -> Progress:
    """The study's last progress, ended or timed out; `check` may raise to end the waiting."""
    deadline = None if timeout is None else time.monotonic() + timeout
    found, away = progress(database, study), ""
    bar = sys.stderr.isatty()
    news = News(bar, every_s, _redis_away)
    drawing: AbstractContextManager[Draw] = _bars() if bar else nullcontext(lambda _: None)
    with drawing as draw:
        while True:
            check()
            draw(found)
            for line in news.lines(found, away):
                terminal.note(line)
            if found.ended or (deadline is not None and time.monotonic() >= deadline):
                return found
            time.sleep(POLL_S)
            found, away = _look(database, study, found)


def wait_for_all(database: Engine, studies: Sequence[str], timeout: float | None) -> list[Progress]:
    """Waits for one after the other, all within the timeout; all are looked up first, so that
    nobody waits a night for a name that is none."""
    deadline = None if timeout is None else time.monotonic() + timeout
    for study in studies:
        progress(database, study)
    found = []
    for study in studies:
        if len(studies) > 1:
            terminal.note(f"waiting for {study}")
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        found.append(wait_for(database, study, left))
    return found


def watch_studies(database: Engine, studies: Sequence[str]) -> None:
    """Prints their status again and again until all have ended or the person leaves."""
    found, away = [progress(database, study) for study in studies], ""
    while True:
        if sys.stdout.isatty():
            print(CLEAR, end="")
        print_statuses(found)
        if away:
            terminal.note(away)
        if all(one.ended for one in found):
            return
        time.sleep(2.0)
        looks = [_look(database, one.study, one) for one in found]
        found, away = [one for one, _ in looks], next((why for _, why in looks if why), "")


def _look(database: Engine, study: str, before: Progress) -> tuple[Progress, str]:
    """Where the study is; or where it was, and why that is all that is known: that the database is
    away for a while does not end the night."""
    try:
        return progress(database, study), ""
    except DBAPIError as error:
        reason = str(error.orig).splitlines()[0]
        return before, f"the database cannot be read, trying again: {reason}"


def _redis_away() -> str:
    """Why Redis cannot be used from here, or nothing."""
    from anthology.models.jobs import broker
    from anthology.models.settings import Settings

    try:
        broker.check(Settings().broker_url)
    except AnthologyError as error:
        return str(error)
    return ""


@contextmanager
def _bars() -> Iterator[Draw]:
    """A bar a kind of job, to be drawn again with each progress."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[what]}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks = {kind: bars.add_task(kind, total=None, what="") for kind in KINDS}

        def draw(found: Progress) -> None:
            for kind, states in found.jobs.items():
                total = sum(states.values())
                bars.update(
                    tasks[kind], total=total, completed=states["done"] + states["failed"],
                    visible=total > 0,
                    what=f"{states['running']} running" if states["running"] else "",
                )  # fmt: skip

        yield draw

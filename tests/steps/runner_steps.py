"""Job runners at work in threads, what they leave stored, and a database that is away."""

import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from anthology.models.database.tables import Answer, Job
from anthology.workers.runner.job_runner import JobRunner


def now_of(database: Engine, job: int) -> Job:
    with Session(database) as session:
        return session.get_one(Job, job)


def answers(database: Engine) -> int:
    with Session(database) as session:
        return session.execute(select(func.count()).select_from(Answer)).scalar_one()


def until(true: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def in_thread(runner: JobRunner, job: int) -> tuple[threading.Thread, list[str]]:
    said: list[str] = []
    work = lambda: said.append(runner.do("survey", job, print))  # noqa: E731
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, said


def stubbornly(prompt: str) -> bool:
    """Hangs at the second question of everybody who said yes first: some finish, some never do."""
    return ") Yes\n\n" in prompt


def locked() -> OperationalError:
    return OperationalError("UPDATE job", {}, sqlite3.OperationalError("database is locked"))


def away(*_: Any, **__: Any) -> None:
    raise OperationalError("UPDATE job", {}, sqlite3.OperationalError("connection refused"))

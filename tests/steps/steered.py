"""Studies as steering finds them: states of their jobs, claims, and pools that they share."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fake_model import jobs, small_study
from sqlalchemy import Engine, func, select
from sqlmodel import Session, SQLModel

from anthology.models.database.tables import Job
from anthology.models.jobs import protocol
from anthology.models.jobs.protocol import Claim


def states(database: Engine, kind: str | None = None) -> Counter[str]:
    return Counter(job.state for job in jobs(database, kind))


def claim(database: Engine, job: Job) -> Claim | None:
    return protocol.claim(database, job.id or 0, "w", 60, 5)


def taken(database: Engine, job: Job) -> Claim:
    held = claim(database, job)
    assert held is not None
    return held


def count(database: Engine, table: type[SQLModel]) -> int:
    with Session(database) as session:
        return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def until(true: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def shared(folder: Path, name: str, **changes: Any) -> Any:
    return small_study(folder, study=name, conditions=["natural/greedy"], **changes)

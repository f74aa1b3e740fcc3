"""What comes next is planned once, whoever finishes at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fake_model import jobs, small_study, store
from planned import at_once, finish, finish_all, kinds, shared
from sqlalchemy import Engine

from anthology.models.database.tables import Job, Persona, Poll
from anthology.models.jobs import protocol
from anthology.models.jobs.planning import Message


def poll_rows(job: Job) -> protocol.Rows:
    rows = [
        {
            "pool_id": job.pool_id, "number": number, "trait_key": "k", "trait": "age",
            "probabilities": [0.5, 0.5], "label_mass": 1.0, "shown": [0, 1], "job_id": job.id,
            "error": None,
        }
        for number in range(job.first, job.first + job.count)
    ]  # fmt: skip
    return [(Poll, rows)]


def test_polls_that_finish_at_once_plan_the_match_exactly_once(
    database: Engine, tmp_path: Path
) -> None:
    store(database, shared(tmp_path, "one"))
    finish_all(database, "backstory")
    found = at_once(database, jobs(database, "poll"))
    assert [error for error in found if isinstance(error, Exception)] == []
    assert kinds([message for to_enqueue in found for message in to_enqueue]) == {"match": 1}
    assert len(jobs(database, "match")) == 1


def test_the_last_surveys_that_finish_at_once_plan_the_measuring_exactly_once(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none", "bio"], chunk=2))
    found = at_once(database, jobs(database, "survey"))
    assert [error for error in found if isinstance(error, Exception)] == []
    assert kinds([message for to_enqueue in found for message in to_enqueue]) == {"measure": 1}


def test_a_backstory_and_the_polls_of_two_studies_may_finish_at_once(
    database: Engine, tmp_path: Path
) -> None:
    """A pool's job plans for every study of the pool: it must lock in the order of the others."""
    for name in ("one", "two", "three"):
        store(database, shared(tmp_path, name))
    first, second, last = jobs(database, "backstory")
    finish(database, first)
    todo = [second, last, *jobs(database, "poll")]

    def rows(job: Job) -> protocol.Rows:
        return [(Persona, [persona(job)])] if job.kind == "backstory" else poll_rows(job)

    found = at_once(database, todo, rows)
    assert [error for error in found if isinstance(error, Exception)] == []
    assert len(jobs(database, "poll")) == 9


def persona(job: Job) -> dict[str, Any]:
    return {
        "pool_id": job.pool_id, "number": job.first, "story": "I was born.", "tokens": 3,
        "finish_reason": "stop", "seed": 1, "job_id": job.id, "error": None,
    }  # fmt: skip


def test_sweeps_and_finishes_at_once_plan_the_match_exactly_once(
    database: Engine, tmp_path: Path
) -> None:
    store(database, shared(tmp_path, "one"))
    finish_all(database, "backstory")
    swept: list[Message] = []
    end = threading.Event()

    def sweep() -> None:
        while not end.is_set():
            swept.extend(protocol.sweep(database, 5).planned)

    with ThreadPoolExecutor(2) as pool:
        sweeping = pool.submit(sweep)
        finished = [message for job in jobs(database, "poll") for message in finish(database, job)]
        end.set()
        sweeping.result()
    assert kinds([*finished, *swept]) == {"match": 1}
    assert len(jobs(database, "match")) == 1

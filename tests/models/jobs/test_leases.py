"""Leases on both databases: renewed while a job runs, and swept up when its worker died."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fake_model import emptied, jobs, small_study, store
from held_jobs import answer, answers, at_once, let_lease_expire, now_of, set_job, taken
from local_postgres import waiting_for_locks
from running import eventually
from sqlalchemy import Engine, select

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Answer, Job, PoolRow
from anthology.models.errors import LostLease
from anthology.models.jobs import protocol
from anthology.models.jobs.protocol import Usage


def test_renewing_extends_what_is_held_and_names_what_is_not(database: Engine, job: Job) -> None:
    held = taken(database, job, lease_s=5)
    assert protocol.renew(database, [held], 500) == set()
    first, now = now_of(database, job).lease_until, now_of(database, job).started_at
    assert first is not None
    assert now is not None
    assert first - now > 400
    let_lease_expire(database, job)
    newer = taken(database, job, "newer")
    assert protocol.renew(database, [held, newer], 500) == {held.key}


def test_a_job_that_waits_to_be_finished_does_not_keep_the_others_from_being_renewed(
    emptied_postgres: Engine, tmp_path: Path
) -> None:
    """On PostgreSQL: on SQLite all writers wait alike. It waits for the pool's row, which whoever
    submits a study that shares the pool holds until all of the study is written."""
    database = emptied(emptied_postgres)
    store(database, small_study(tmp_path, conditions=["none", "natural/greedy"]))
    first, *others = [taken(database, job, lease_s=0) for job in jobs(database)]
    assert first.kind == "backstory"

    with ThreadPoolExecutor() as threads:
        with writing(database) as submission:
            submission.execute(select(PoolRow).with_for_update())
            finished = threads.submit(protocol.finish, database, first, [], Usage(), None)
            eventually(lambda: waiting_for_locks(database), 10)
            renewed = threads.submit(protocol.renew, database, [first, *others], 60)
            assert renewed.result(5) == set()
        finished.result(5)
    assert protocol.sweep(database, 3).returned == []
    states = {job.id: job.state for job in jobs(database)}
    assert states[first.id] == "done"
    assert {states[one.id] for one in others} == {"running"}


def test_a_sweep_returns_the_jobs_of_the_dead(database: Engine, job: Job) -> None:
    taken(database, job, "gpu3@there")
    assert protocol.sweep(database, 3).returned == []
    let_lease_expire(database, job)
    found = protocol.sweep(database, 3)
    assert [message.id for message in found.returned] == [job.id]
    assert [message.id for message in found.waiting] == [job.id]
    stored = now_of(database, job)
    assert (stored.state, stored.deaths) == ("pending", 1)
    assert stored.error == "worker gpu3@there stopped without a word"
    assert stored.lease_until is None


def test_a_dead_workers_job_is_urgent_unless_it_has_killed_before(
    database: Engine, job: Job
) -> None:
    urgent = []
    for _ in range(3):
        taken(database, job)
        let_lease_expire(database, job)
        urgent += [message.urgent for message in protocol.sweep(database, 5).returned]
    assert urgent == [True, False, False]


def test_a_second_sweep_finds_nothing_to_return(database: Engine, job: Job) -> None:
    taken(database, job)
    let_lease_expire(database, job)
    protocol.sweep(database, 3)
    again = protocol.sweep(database, 3)
    assert (again.returned, again.given_up, again.planned) == ([], [], [])
    assert now_of(database, job).deaths == 1


def test_many_sweeps_at_once_return_a_job_once(database: Engine, job: Job) -> None:
    taken(database, job)
    let_lease_expire(database, job)
    found = at_once([lambda: protocol.sweep(database, 3)] * 6)
    assert sum(len(one.returned) for one in found) == 1
    assert now_of(database, job).deaths == 1


def test_a_job_on_which_workers_keep_dying_is_given_up(database: Engine, last: Job) -> None:
    for _ in range(2):
        taken(database, last)
        let_lease_expire(database, last)
        assert protocol.sweep(database, 3).given_up == []
    taken(database, last)
    let_lease_expire(database, last)
    found = protocol.sweep(database, 3)
    assert found.given_up == [last.id]
    stored = now_of(database, last)
    assert (stored.state, stored.deaths) == ("failed", 3)
    assert stored.error == "the worker died 3 times on this job"
    # What waited for it goes on, in the same sweep.
    assert [message.kind for message in found.planned] == ["measure"]


def test_a_worker_whose_job_was_swept_writes_nothing(database: Engine, job: Job) -> None:
    held = taken(database, job)
    let_lease_expire(database, job)
    protocol.sweep(database, 3)
    with pytest.raises(LostLease):
        protocol.finish(database, held, [(Answer, [answer(job, 0)])], Usage(), None)
    assert answers(database) == []


def test_a_sweep_plans_what_a_dead_process_left_unplanned(database: Engine, job: Job) -> None:
    set_job(database, job, state="done")  # and the process died before it planned what follows
    assert [message.kind for message in protocol.sweep(database, 3).planned] == ["measure"]
    assert protocol.sweep(database, 3).planned == []

"""Claiming on both databases: of many workers one wins, and what ended is nobody's."""

import pytest
from held_jobs import at_once, let_lease_expire, now_of, set_job, take, taken
from sqlalchemy import Engine

from anthology.models.database.tables import Job
from anthology.models.jobs import protocol
from anthology.models.jobs.protocol import Claim


def test_of_many_workers_that_claim_a_job_at_once_exactly_one_gets_it(
    database: Engine, job: Job
) -> None:
    found = at_once([lambda n=n: take(database, job, f"w{n}") for n in range(12)])
    winners = [one for one in found if one is not None]
    assert [type(one) for one in winners] == [Claim]
    assert now_of(database, job).worker == winners[0].worker
    assert now_of(database, job).attempt == 1


def test_of_many_workers_that_claim_an_expired_job_at_once_exactly_one_gets_it(
    database: Engine, job: Job
) -> None:
    taken(database, job, "dead")
    let_lease_expire(database, job)
    found = at_once([lambda n=n: take(database, job, f"w{n}") for n in range(12)])
    assert [type(one) for one in found if one is not None] == [Claim]
    assert (now_of(database, job).attempt, now_of(database, job).deaths) == (2, 1)


def test_a_claim_tells_what_the_job_is_about(database: Engine, job: Job) -> None:
    held = taken(database, job, "gpu0@here")
    assert held == Claim(
        id=job.id, kind="survey", attempt=1, worker="gpu0@here", study_id=job.study_id,
        pool_id=None, condition="none", first=0, count=4,
    )  # type: ignore[arg-type] # fmt: skip
    assert held.numbers == range(4)
    stored = now_of(database, job)
    assert stored.state == "running"
    assert stored.lease_until is not None
    assert stored.started_at is not None
    assert stored.lease_until - stored.started_at == pytest.approx(60, abs=1)


def test_a_job_whose_lease_is_running_cannot_be_claimed(database: Engine, job: Job) -> None:
    taken(database, job)
    assert take(database, job, "other") is None


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_a_job_that_ended_cannot_be_claimed(database: Engine, job: Job, state: str) -> None:
    set_job(database, job, state=state)
    assert take(database, job) is None
    assert now_of(database, job).attempt == 0


def test_a_job_that_does_not_exist_cannot_be_claimed(database: Engine) -> None:
    assert protocol.claim(database, 999, "w", 60, 3) is None


def test_an_expired_job_that_used_up_its_deaths_cannot_be_claimed(
    database: Engine, job: Job
) -> None:
    taken(database, job)
    set_job(database, job, deaths=2)
    let_lease_expire(database, job)
    assert take(database, job, "other") is None

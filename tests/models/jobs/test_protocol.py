"""How a job ends, on both databases: nothing is lost, and nothing written twice."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import jobs, small_study, store
from held_jobs import answer, answers, at_once, let_lease_expire, now_of, set_job, take, taken
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Answer, Job, Persona, StudyRow
from anthology.models.errors import LostLease, StaysAway
from anthology.models.jobs import protocol, ready
from anthology.models.jobs.protocol import Usage

# --- finish --------------------------------------------------------------------------------------


def test_finishing_stores_the_answers_the_tokens_and_the_engine(database: Engine, job: Job) -> None:
    held = taken(database, job)
    with writing(database) as session:
        session.execute(text("INSERT INTO engine (id, info) VALUES ('e1', '{}')"))
    rows = [(Answer, [answer(job, n) for n in range(4)])]
    enqueued = protocol.finish(database, held, rows, Usage(10, 4, 3), "e1")
    stored = now_of(database, job)
    assert (stored.state, stored.engine_id, stored.error) == ("done", "e1", None)
    assert (stored.prompt_tokens, stored.cached_tokens, stored.output_tokens) == (10, 4, 3)
    assert stored.lease_until is None
    assert stored.finished_at is not None
    assert answers(database) == [0, 1, 2, 3]
    assert [message.kind for message in enqueued] == ["measure"]


def test_a_worker_that_lost_its_lease_writes_nothing(database: Engine, job: Job) -> None:
    old = taken(database, job, "old")
    let_lease_expire(database, job)
    new = taken(database, job, "new")
    rows = [(Answer, [answer(job, 0)])]
    with pytest.raises(LostLease, match=f"job {job.id} was cancelled or went to another"):
        protocol.finish(database, old, rows, Usage(1, 1, 1), None)
    with pytest.raises(LostLease):
        protocol.give_back(database, old, rows, Usage(1, 1, 1))
    with pytest.raises(LostLease):
        protocol.postpone(database, old, rows, Usage(1, 1, 1), "late", 0, 3)
    with pytest.raises(LostLease):
        protocol.fail(database, old, "late")
    assert answers(database) == []
    stored = now_of(database, job)
    assert (stored.state, stored.worker, stored.prompt_tokens) == ("running", "new", 0)
    protocol.finish(database, new, rows, Usage(), None)
    assert answers(database) == [0]


def test_a_slow_worker_whose_job_nobody_took_may_still_finish(database: Engine, job: Job) -> None:
    held = taken(database, job)
    let_lease_expire(database, job)
    protocol.finish(database, held, [(Answer, [answer(job, 0)])], Usage(), None)
    assert answers(database) == [0]


def test_finishing_twice_is_refused_the_second_time(database: Engine, job: Job) -> None:
    held = taken(database, job)
    protocol.finish(database, held, [(Answer, [answer(job, 0)])], Usage(1, 0, 0), None)
    with pytest.raises(LostLease):
        protocol.finish(database, held, [(Answer, [answer(job, 1)])], Usage(1, 0, 0), None)
    assert answers(database) == [0]
    assert now_of(database, job).prompt_tokens == 1
    assert len(jobs(database, "measure")) == 1


def test_an_insert_that_fails_leaves_the_job_running_and_no_row(database: Engine, job: Job) -> None:
    held = taken(database, job)
    good = [answer(job, n) for n in range(3)]
    stranger = answer(job, 3, study_id=12345)  # no such study: the foreign key refuses it
    with pytest.raises(DBAPIError):
        protocol.finish(database, held, [(Answer, [*good, stranger])], Usage(9, 9, 9), None)
    stored = now_of(database, job)
    assert (stored.state, stored.attempt, stored.prompt_tokens) == ("running", 1, 0)
    assert answers(database) == []
    assert jobs(database, "measure") == []
    protocol.finish(database, held, [(Answer, good)], Usage(), None)
    assert answers(database) == [0, 1, 2]


def test_what_was_stored_first_stays_as_it_was(database: Engine, job: Job) -> None:
    held = taken(database, job)
    protocol.give_back(database, held, [(Answer, [answer(job, 0, drawn=1)])], Usage())
    again = taken(database, job)
    rows = [(Answer, [answer(job, 0, drawn=2), answer(job, 1)])]
    protocol.finish(database, again, rows, Usage(), None)
    with Session(database) as session:
        drawn = session.execute(select(Answer.drawn).order_by(col(Answer.respondent))).scalars()
        assert list(drawn) == [1, 2]


def test_of_two_attempts_that_finish_at_once_one_writes(database: Engine, job: Job) -> None:
    held = taken(database, job)
    rows = [(Answer, [answer(job, n) for n in range(4)])]
    found = at_once([lambda: protocol.finish(database, held, rows, Usage(5, 0, 0), None)] * 4)
    assert sum(isinstance(one, LostLease) for one in found) == 3
    assert now_of(database, job).prompt_tokens == 5
    assert len(answers(database)) == 4


def test_surveys_of_one_study_that_finish_at_once_do_not_get_in_each_others_way(
    database: Engine, tmp_path: Path
) -> None:
    """Each inserts answers, which locks the study a little, and then locks it for planning."""
    study = small_study(tmp_path, people=6, chunk=1, conditions=["none"])
    store(database, study)
    held = [(job, taken(database, job)) for job in jobs(database)]
    found = at_once(
        [
            lambda job=job, one=one: protocol.finish(
                database, one, [(Answer, [answer(job, job.first)])], Usage(), None
            )
            for job, one in held
        ]
    )
    assert [error for error in found if isinstance(error, Exception)] == []
    assert answers(database) == list(range(6))
    assert len(jobs(database, "measure")) == 1


def test_backstories_of_one_pool_that_finish_at_once_do_not_get_in_each_others_way(
    database: Engine, tmp_path: Path
) -> None:
    pool = {"name": "people", "count": 6}
    store(database, small_study(tmp_path, pool=pool, chunk=1, conditions=["natural/greedy"]))
    held = [(job, taken(database, job)) for job in jobs(database, "backstory")]
    found = at_once(
        [
            lambda job=job, one=one: protocol.finish(
                database, one, [(Persona, [persona(job)])], Usage(), None
            )
            for job, one in held
        ]
    )
    assert [error for error in found if isinstance(error, Exception)] == []
    assert sorted(job.first for job in jobs(database, "poll")) == list(range(6))
    with Session(database) as session:
        assert session.execute(select(func.count()).select_from(Persona)).scalar_one() == 6


def persona(job: Job) -> dict[str, Any]:
    return {
        "pool_id": job.pool_id, "number": job.first, "story": "I was born.", "tokens": 3,
        "finish_reason": "stop", "seed": 2**62, "job_id": job.id, "error": None,
    }  # fmt: skip


# --- give back, postpone, fail -------------------------------------------------------------------


def test_giving_back_keeps_what_was_done_and_counts_no_death(database: Engine, job: Job) -> None:
    held = taken(database, job)
    message = protocol.give_back(database, held, [(Answer, [answer(job, 2)])], Usage(7, 0, 2))
    stored = now_of(database, job)
    assert (stored.state, stored.worker, stored.deaths) == ("pending", None, 0)
    assert stored.prompt_tokens == 7
    assert answers(database) == [2]
    assert (message.id, message.kind, message.queue) == (job.id, "survey", "gpu.fake")
    assert taken(database, job, "next").attempt == 2


def test_tokens_of_all_attempts_add_up(database: Engine, job: Job) -> None:
    protocol.give_back(database, taken(database, job), [], Usage(7, 1, 2))
    protocol.finish(database, taken(database, job), [], Usage(3, 1, 1), None)
    stored = now_of(database, job)
    assert (stored.prompt_tokens, stored.cached_tokens, stored.output_tokens) == (10, 2, 3)


def test_a_postponed_job_is_not_due_before_its_time(database: Engine, job: Job) -> None:
    held = taken(database, job)
    assert protocol.postpone(database, held, [], Usage(), "the disk is full", 3600, 3) == []
    stored = now_of(database, job)
    assert (stored.state, stored.deaths, stored.error) == ("pending", 1, "the disk is full")
    assert take(database, job) is None
    assert ready.due(database) == []
    set_job(database, job, not_before=0.0)
    assert [message.id for message in ready.due(database)] == [job.id]
    assert taken(database, job).attempt == 2


def test_a_postponed_job_keeps_what_was_done(database: Engine, job: Job) -> None:
    rows = [(Answer, [answer(job, 2)])]
    protocol.postpone(database, taken(database, job), rows, Usage(7, 3, 2), "fault", -1, 3)
    assert answers(database) == [2]
    assert now_of(database, job).prompt_tokens == 7


def test_a_job_that_was_postponed_too_often_has_failed(database: Engine, last: Job) -> None:
    for deaths in (1, 2):
        protocol.postpone(database, taken(database, last), [], Usage(), "fault", -1, 3)
        assert now_of(database, last).deaths == deaths
        assert now_of(database, last).state == "pending"
    enqueued = protocol.postpone(database, taken(database, last), [], Usage(), "fault", -1, 3)
    assert now_of(database, last).state == "failed"
    assert [message.kind for message in enqueued] == ["measure"]


def test_a_failed_job_keeps_its_reason_and_blocks_nothing(database: Engine, job: Job) -> None:
    enqueued = protocol.fail(database, taken(database, job), "no label can be read")
    stored = now_of(database, job)
    assert (stored.state, stored.error) == ("failed", "no label can be read")
    assert [message.kind for message in enqueued] == ["measure"]


def test_a_job_of_a_study_with_settings_of_a_newer_version_is_left_alone(
    database: Engine, job: Job
) -> None:
    with writing(database) as session:
        study = session.execute(select(StudyRow)).scalar_one()
        study.spec = {**study.spec, "a_newer_field": 1}
    with pytest.raises(StaysAway, match="'small' has settings that this version does not know"):
        take(database, job)
    stored = now_of(database, job)
    assert (stored.state, stored.attempt, stored.deaths) == ("pending", 0, 0)

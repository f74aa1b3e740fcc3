"""The job protocol on both databases: one winner, no lost and no doubled write, whoever dies."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fake_model import emptied, jobs, small_study, store
from local_postgres import waiting_for_locks
from running import eventually
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from anthology.models.database.sessions import now_s, writing
from anthology.models.database.tables import Answer, Job, Persona, PoolRow, StudyRow
from anthology.models.errors import LostLease, StaysAway
from anthology.models.jobs import protocol, ready
from anthology.models.jobs.protocol import Claim, Usage


@pytest.fixture
def job(database: Engine, tmp_path: Path) -> Job:
    """The only job of a study whose one condition is `none`."""
    store(database, small_study(tmp_path, people=4, conditions=["none"]))
    return jobs(database)[0]


@pytest.fixture
def last(database: Engine, tmp_path: Path) -> Job:
    """The last job of such a study, about one person: it fails where a chunk would be split."""
    store(database, small_study(tmp_path, people=2, conditions=["none"], chunk=1))
    first, last = jobs(database)
    set_job(database, first, state="done")
    return last


def take(database: Engine, job: Job, worker: str = "w", lease_s: float = 60) -> Claim | None:
    assert job.id is not None
    return protocol.claim(database, job.id, worker, lease_s, max_deaths=3)


def taken(database: Engine, job: Job, worker: str = "w", lease_s: float = 60) -> Claim:
    held = take(database, job, worker, lease_s)
    assert held is not None
    return held


def let_lease_expire(database: Engine, job: Job) -> None:
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == job.id).values(lease_until=now_s() - 1))


def set_job(database: Engine, job: Job, **values: Any) -> None:
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == job.id).values(**values))


def now_of(database: Engine, job: Job) -> Job:
    with Session(database) as session:
        return session.get_one(Job, job.id)


def answer(job: Job, respondent: int, **changes: Any) -> dict[str, Any]:
    return {
        "study_id": job.study_id, "condition": "none", "respondent": respondent,
        "question": "roads", "persona": None, "place": 0, "shown": [0, 1, 2],
        "probabilities": [0.2, 0.3, 0.5], "label_mass": 0.9, "drawn": 2, "job_id": job.id,
        "error": None, **changes,
    }  # fmt: skip


def answers(database: Engine) -> list[int]:
    with Session(database) as session:
        rows = session.execute(select(Answer.respondent).order_by(col(Answer.respondent)))
        return list(rows.scalars())


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Runs all in threads that start together; an exception is its result."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return work()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


# --- claim ---------------------------------------------------------------------------------------


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


# --- renew and sweep -----------------------------------------------------------------------------


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

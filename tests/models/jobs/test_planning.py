"""What comes next, on both databases: every stage after the one it needs, and planned once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fake_model import jobs, small_study, store, study_fields
from sqlalchemy import Engine, update

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Job, Persona, Poll, StudyRow
from anthology.models.jobs import protocol, ready
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.kinds import CALIBRATION_PEOPLE
from anthology.models.jobs.planning import Message, insert_jobs, plan
from anthology.models.jobs.protocol import Usage
from anthology.models.study.study import Study


def claim(database: Engine, job: Job) -> protocol.Claim:
    held = protocol.claim(database, job.id or 0, "w", 60, 5)
    assert held is not None
    return held


def finish(database: Engine, job: Job, rows: protocol.Rows | None = None) -> list[Message]:
    return protocol.finish(database, claim(database, job), rows or [], Usage(), None)


def finish_all(database: Engine, kind: str) -> list[Message]:
    pending = [job for job in jobs(database, kind) if job.state == "pending"]
    return [message for job in pending for message in finish(database, job)]


def kinds(to_enqueue: list[Message]) -> Counter[str]:
    return Counter(message.kind for message in to_enqueue)


def at_once(database: Engine, todo: list[Job], rows: Any = lambda job: []) -> list[Any]:
    """Finishes several jobs in threads that start together; an exception is its result."""
    held = [(claim(database, job), rows(job)) for job in todo]
    start = threading.Barrier(len(held))

    def run(one: tuple[protocol.Claim, protocol.Rows]) -> Any:
        start.wait()
        try:
            return protocol.finish(database, one[0], one[1], Usage(), None)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(held)) as pool:
        return list(pool.map(run, held))


# --- the order of stages -------------------------------------------------------------------------


def test_baselines_are_ready_at_submission_and_matched_conditions_are_not(
    database: Engine, tmp_path: Path
) -> None:
    to_enqueue = store(database, small_study(tmp_path))
    assert kinds(to_enqueue) == {"backstory": 3, "survey": 6}
    assert {message.condition for message in to_enqueue if message.kind == "survey"} == {
        "none",
        "bio",
        "qa",
    }


def test_a_chunk_is_polled_as_soon_as_its_backstories_are_stored(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path))
    _, second, last = jobs(database, "backstory")
    assert [(r.kind, r.first, r.count) for r in finish(database, second)] == [("poll", 4, 4)]
    assert [(r.kind, r.first, r.count) for r in finish(database, last)] == [("poll", 8, 1)]


def test_matching_waits_for_every_poll_of_the_pool(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    first, second, last = jobs(database, "backstory")
    finish(database, first)
    finish(database, second)
    assert finish_all(database, "poll") == []  # all that are planned, but not all there will be
    finish(database, last)
    to_enqueue = finish_all(database, "poll")
    assert kinds(to_enqueue) == {"match": 3}
    assert {message.queue for message in to_enqueue} == {"cpu"}


def test_a_condition_is_surveyed_after_its_own_match(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    finish_all(database, "backstory")
    finish_all(database, "poll")
    greedy = next(job for job in jobs(database, "match") if job.condition == "natural/greedy")
    to_enqueue = finish(database, greedy)
    assert [(r.kind, r.condition, r.first, r.count) for r in to_enqueue] == [
        ("survey", "natural/greedy", 0, 4),
        ("survey", "natural/greedy", 4, 4),
    ]


def test_measuring_comes_last_and_once(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    for kind in ("backstory", "poll", "match"):
        finish_all(database, kind)
    *others, last = [job for job in jobs(database, "survey") if job.state == "pending"]
    for job in others:
        assert finish(database, job) == []
    assert [(r.kind, r.queue) for r in finish(database, last)] == [("measure", "cpu")]
    assert finish_all(database, "measure") == []
    assert kinds(ready.due(database)) == {}


def test_baselines_alone_do_not_end_a_study_that_also_matches(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none", "natural/greedy"]))
    assert finish_all(database, "survey") == []
    assert jobs(database, "measure") == []


def test_planning_again_plans_nothing(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    for kind in ("backstory", "poll", "match", "survey", "measure"):
        finish_all(database, kind)
        with writing(database) as session:
            before = len(jobs(database))
            assert plan(session, 1) == []
        assert len(jobs(database)) == before


def test_a_job_that_is_there_already_is_not_inserted_and_not_rung(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    two = span_jobs("survey", 1, "small", 4, 8, 4, "gpu.fake", condition="none")
    with writing(database) as session:
        to_enqueue = insert_jobs(session, two)
    assert [message.first for message in to_enqueue] == [8]  # 4 was planned with the study
    assert len(jobs(database, "survey")) == 3


def test_more_jobs_than_one_statement_takes_are_all_inserted(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    with writing(database) as session:
        to_enqueue = insert_jobs(session, span_jobs("poll", 1, "small", 0, 1201, 1, "gpu.fake"))
    assert sorted(message.first for message in to_enqueue) == list(range(1201))


# --- failures and cancelling ---------------------------------------------------------------------


def test_failed_jobs_do_not_block_what_comes_after(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["natural/greedy"]))
    first, *others = jobs(database, "backstory")
    assert kinds(protocol.fail(database, claim(database, first), "no")) == {"poll": 1}
    for job in others:
        finish(database, job)
    first, *others = jobs(database, "poll")
    for job in others:
        finish(database, job)
    assert kinds(protocol.fail(database, claim(database, first), "no")) == {"match": 1}
    (match,) = jobs(database, "match")
    finish(database, match)
    first, last = jobs(database, "survey")
    finish(database, first)
    assert kinds(protocol.fail(database, claim(database, last), "no")) == {"measure": 1}


def test_a_match_that_failed_ends_its_condition_alone(database: Engine, tmp_path: Path) -> None:
    conditions = ["natural/greedy", "natural/random"]
    store(database, small_study(tmp_path, conditions=conditions))
    finish_all(database, "backstory")
    finish_all(database, "poll")
    greedy, other = jobs(database, "match")
    assert protocol.fail(database, claim(database, greedy), "too few personas") == []
    assert kinds(finish(database, other)) == {"survey": 2}
    assert kinds(finish_all(database, "survey")) == {"measure": 1}


def test_a_study_of_which_every_match_failed_is_still_measured(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["natural/greedy"]))
    finish_all(database, "backstory")
    finish_all(database, "poll")
    (match,) = jobs(database, "match")
    assert kinds(protocol.fail(database, claim(database, match), "no")) == {"measure": 1}


def test_a_cancelled_study_plans_nothing(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    running = [claim(database, job) for job in jobs(database)]
    with writing(database) as session:
        session.execute(update(StudyRow).values(cancelled=True))
    for held in running:
        assert protocol.finish(database, held, [], Usage(), None) == []
    assert protocol.sweep(database, 5).planned == []
    assert kinds(ready.due(database)) == {}


# --- calibration before surveys ------------------------------------------------------------------


def calibrated(tmp_path: Path, *conditions: str, **changes: Any) -> Study:
    """A study that removes the label prior."""
    questionnaire = {**study_fields()["questionnaire"], "debias": "label_prior"}
    return small_study(
        tmp_path, conditions=list(conditions), questionnaire=questionnaire, **changes
    )


def test_baselines_are_calibrated_at_submission_and_not_surveyed_yet(
    database: Engine, tmp_path: Path
) -> None:
    to_enqueue = store(database, calibrated(tmp_path, "none", "bio", "natural/greedy"))
    assert kinds(to_enqueue) == {"backstory": 3, "calibrate": 2}
    assert [
        (r.condition, r.first, r.count, r.queue) for r in to_enqueue if r.kind == "calibrate"
    ] == [
        ("none", 0, 8, "gpu.fake"), ("bio", 0, 8, "gpu.fake"),
    ]  # fmt: skip


def test_a_condition_is_surveyed_as_soon_as_it_is_calibrated(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "none", "bio"))
    none, _ = jobs(database, "calibrate")
    to_enqueue = finish(database, none)
    assert [(r.kind, r.condition, r.first, r.count) for r in to_enqueue] == [
        ("survey", "none", 0, 4), ("survey", "none", 4, 4),
    ]  # fmt: skip


def test_a_matched_condition_is_calibrated_after_its_match(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "natural/greedy"))
    finish_all(database, "backstory")
    assert kinds(finish_all(database, "poll")) == {"match": 1}
    assert kinds(finish_all(database, "match")) == {"calibrate": 1}
    assert kinds(finish_all(database, "calibrate")) == {"survey": 2}
    assert kinds(finish_all(database, "survey")) == {"measure": 1}


def test_no_more_people_are_calibrated_on_than_a_prior_needs(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "none", people=CALIBRATION_PEOPLE + 8))
    (job,) = jobs(database, "calibrate")
    assert (job.first, job.count) == (0, CALIBRATION_PEOPLE)
    finish(database, job)
    assert sum(job.count for job in jobs(database, "survey")) == CALIBRATION_PEOPLE + 8


def test_a_calibration_that_failed_ends_its_condition_alone(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "none", "bio"))
    none, bio = jobs(database, "calibrate")
    assert protocol.fail(database, claim(database, none), "too long") == []
    assert kinds(finish(database, bio)) == {"survey": 2}
    assert kinds(finish_all(database, "survey")) == {"measure": 1}
    assert {job.condition for job in jobs(database, "survey")} == {"bio"}


def test_a_study_of_which_every_calibration_failed_is_still_measured(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "none"))
    (job,) = jobs(database, "calibrate")
    assert kinds(protocol.fail(database, claim(database, job), "too long")) == {"measure": 1}


def test_calibrations_that_finish_at_once_plan_each_survey_exactly_once(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "none", "bio", "qa"))
    found = at_once(database, jobs(database, "calibrate"))
    assert [error for error in found if isinstance(error, Exception)] == []
    assert kinds([message for to_enqueue in found for message in to_enqueue]) == {"survey": 6}
    assert len(jobs(database, "survey")) == 6


def test_planning_a_calibrated_study_again_plans_nothing(database: Engine, tmp_path: Path) -> None:
    store(database, calibrated(tmp_path, "none", "bio"))
    for kind in ("calibrate", "survey", "measure"):
        with writing(database) as session:
            assert plan(session, 1) == []
        finish_all(database, kind)
    assert Counter(job.kind for job in jobs(database)) == {
        "calibrate": 2, "survey": 4, "measure": 1,
    }  # fmt: skip


def test_without_debiasing_nothing_is_calibrated(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    for kind in ("backstory", "poll", "match", "survey", "measure"):
        finish_all(database, kind)
    assert jobs(database, "calibrate") == []


# --- shared pools --------------------------------------------------------------------------------


def shared(tmp_path: Path, name: str, **changes: Any) -> Any:
    return small_study(tmp_path, study=name, conditions=["natural/greedy"], **changes)


def test_two_studies_that_share_a_pool_write_its_backstories_once(
    database: Engine, tmp_path: Path
) -> None:
    store(database, shared(tmp_path, "one"))
    assert store(database, shared(tmp_path, "two")) == []
    assert len(jobs(database, "backstory")) == 3
    to_enqueue = finish(database, jobs(database, "backstory")[0])
    assert [message.title for message in to_enqueue] == ["poll: one", "poll: two"]


def test_a_study_that_finds_its_pool_written_polls_at_once(
    database: Engine, tmp_path: Path
) -> None:
    store(database, shared(tmp_path, "one"))
    finish_all(database, "backstory")
    to_enqueue = store(database, shared(tmp_path, "two"))
    assert [(r.kind, r.first, r.count) for r in to_enqueue] == [
        ("poll", 0, 4), ("poll", 4, 4), ("poll", 8, 1),
    ]  # fmt: skip


def test_a_study_of_a_part_of_a_pool_polls_that_part_alone(
    database: Engine, tmp_path: Path
) -> None:
    store(database, shared(tmp_path, "one"))
    store(database, shared(tmp_path, "two", pool={"name": "people", "count": 6, "max_tokens": 64}))
    to_enqueue = [
        message for message in finish_all(database, "backstory") if message.title == "poll: two"
    ]
    assert [(message.first, message.count) for message in to_enqueue] == [(0, 4), (4, 2)]
    polls = [job for job in jobs(database, "poll") if job.study_id == 2]
    assert finish(database, polls[0]) == []
    assert kinds(finish(database, polls[1])) == {"match": 1}


def test_a_grown_pool_gets_only_the_personas_that_it_lacks(
    database: Engine, tmp_path: Path
) -> None:
    store(database, shared(tmp_path, "one"))
    finish_all(database, "backstory")
    grown = {"name": "people", "count": 15, "max_tokens": 64}
    to_enqueue = store(database, shared(tmp_path, "two", pool=grown))
    made = [(r.first, r.count) for r in to_enqueue if r.kind == "backstory"]
    assert made == [(9, 4), (13, 2)]
    finish_all(database, "backstory")
    polls = [job for job in jobs(database, "poll") if job.study_id == 2]
    assert sum(job.count for job in polls) == 15
    for job in polls[:-1]:
        assert finish(database, job) == []
    assert kinds(finish(database, polls[-1])) == {"match": 1}


# --- at the same moment --------------------------------------------------------------------------


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


def test_the_pool_of_a_study_keeps_the_longest_count(database: Engine, tmp_path: Path) -> None:
    store(database, shared(tmp_path, "one"))
    store(database, shared(tmp_path, "two", pool={"name": "people", "count": 3, "max_tokens": 64}))
    with writing(database) as session:
        row = session.get_one(StudyRow, 2)
        assert row.pool_id == session.get_one(StudyRow, 1).pool_id
    stories = jobs(database, "backstory")
    assert sum(job.count for job in stories) == 9

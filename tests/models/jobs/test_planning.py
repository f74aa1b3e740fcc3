"""What comes next, on both databases: every stage after the one it needs, and planned once."""

from pathlib import Path

from fake_model import jobs, small_study, store
from planned import claim, finish, finish_all, kinds
from sqlalchemy import Engine, update

from anthology.models.database.sessions import writing
from anthology.models.database.tables import StudyRow
from anthology.models.jobs import protocol, ready
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.planning import insert_jobs, plan
from anthology.models.jobs.protocol import Usage

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

"""What comes next in studies that share a pool: its stories are written once."""

from pathlib import Path

from fake_model import jobs, store
from planned import at_once, claim, finish, finish_all, kinds, shared
from primed import primed_study
from sqlalchemy import Engine

from anthology.models.database.sessions import writing
from anthology.models.database.tables import StudyRow
from anthology.models.jobs import protocol


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


def test_the_pool_of_a_study_keeps_the_longest_count(database: Engine, tmp_path: Path) -> None:
    store(database, shared(tmp_path, "one"))
    store(database, shared(tmp_path, "two", pool={"name": "people", "count": 3, "max_tokens": 64}))
    with writing(database) as session:
        row = session.get_one(StudyRow, 2)
        assert row.pool_id == session.get_one(StudyRow, 1).pool_id
    stories = jobs(database, "backstory")
    assert sum(job.count for job in stories) == 9


def test_the_surveys_of_a_primed_pool_wait_for_all_of_its_stories(
    database: Engine, tmp_path: Path
) -> None:
    conditions = [{"pool": "primed"}, "none", {"pool": "primed", "append": "bio"}]
    to_enqueue = store(database, primed_study(tmp_path, conditions=conditions))
    assert kinds(to_enqueue) == {"backstory": 2, "survey": 2}
    first, last = jobs(database, "backstory")
    assert finish(database, first) == []
    protocol.fail(database, claim(database, last), "no")  # then the others are asked without it
    surveys = jobs(database, "survey")
    assert [(job.condition, job.pool_id) for job in surveys] == [
        ("none", None), ("none", None), ("primed", 1), ("primed", 1), ("primed+bio", 1),
        ("primed+bio", 1),
    ]  # fmt: skip
    assert kinds(finish_all(database, "survey")) == {"measure": 1}


def test_of_stories_that_end_at_once_one_brings_the_surveys(
    database: Engine, tmp_path: Path
) -> None:
    store(database, primed_study(tmp_path))
    planned = at_once(database, jobs(database, "backstory"))
    assert sorted(len(to_enqueue) for to_enqueue in planned) == [0, 2]


def test_a_study_that_finds_its_primed_stories_told_asks_at_once(
    database: Engine, tmp_path: Path
) -> None:
    store(database, primed_study(tmp_path))
    assert store(database, primed_study(tmp_path, study="two")) == []
    finish_all(database, "backstory")
    assert kinds(store(database, primed_study(tmp_path, study="three"))) == {"survey": 2}

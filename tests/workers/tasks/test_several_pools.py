"""A study with several pools and conditions beside the words: from submission to figures."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, jobs, run_study, small_study, store
from sqlalchemy import Engine, select
from sqlmodel import Session, SQLModel, col
from surveyed import answers, asked, conversation

from anthology.models.database.tables import Match, Metric, Persona, PoolRow, StudyPool
from anthology.models.study.study import Study
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page
from anthology.producer.submission.estimate import planned_jobs

POOLS = {
    "lives": {"count": 9, "prompt": "Tell me about yourself.", "seed": 1},
    "works": {"count": 6, "prompt": "Tell me about your work.", "seed": 2},
}
CONDITIONS = [
    "none",
    "portray",
    {"pool": "lives", "match": "greedy"},
    {"pool": "lives", "match": "greedy", "append": "bio"},
    {"pool": "works", "match": "greedy", "append": "none"},
    {"condition": "qa", "name": "asked first"},
]


def two_pools(folder: Path, **changes: Any) -> Study:
    named = [{**c, "name": "asked-first"} if isinstance(c, dict) and "name" in c else c
             for c in CONDITIONS]  # fmt: skip
    return small_study(folder, pool=None, pools=POOLS, conditions=named, **changes)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return two_pools(tmp_path)


def rows(database: Engine, table: type[SQLModel]) -> list[Any]:
    with Session(database) as session:
        return list(session.execute(select(table)).scalars())


def test_every_condition_has_its_answers_and_its_figures(database: Engine, study: Study) -> None:
    run_study(database, study)
    found = answers(database)
    assert [a.error for a in found if a.error] == []
    assert {a.condition for a in found} == set(study.condition_names) == {
        "none", "portray", "lives/greedy+qa", "lives/greedy+bio", "works/greedy", "asked-first",
    }  # fmt: skip
    assert len(found) == 8 * 3 * 6
    measured = {m.condition for m in rows(database, Metric) if m.name == "wd"}
    assert measured == {*study.condition_names, "floor", "floor_at_n"}


def test_every_person_is_asked_after_the_context_of_its_condition(
    database: Engine, study: Study
) -> None:
    model = run_study(database, study)
    prompts = set(asked(model))
    for condition in study.condition_names:
        for person in range(8):
            expected = conversation(database, study, condition, person)
            assert prompts.issuperset(expected), (condition, person)
    told = conversation(database, study, "works/greedy", 0)[0]
    assert told.startswith("Question: Tell me about your work.\nAnswer: My number is ")


def test_conditions_of_one_matching_share_it(database: Engine, study: Study) -> None:
    run_study(database, study)
    assert {match.method for match in rows(database, Match)} == {
        "lives/greedy-random", "works/greedy-random",
    }  # fmt: skip
    assert [job.condition for job in jobs(database, "match")] == ["lives/greedy+qa", "works/greedy"]
    persona = {(a.condition, a.respondent): a.persona for a in answers(database)}
    assert all(persona["lives/greedy+qa", n] == persona["lives/greedy+bio", n] for n in range(8))


def test_a_balanced_matching_keeps_to_its_limit_and_is_not_that_of_another(
    database: Engine, tmp_path: Path
) -> None:
    story = {"pool": "lives", "match": "balanced", "append": "none"}
    conditions = [
        {**story, "reuse": 1, "name": "once"},
        {**story, "reuse": 2, "name": "twice"},
        {**story, "reuse": 2, "append": "bio"},
        {**story, "match": "greedy", "name": "any"},
        {**story, "match": "greedy", "ties": "first"},
        {"pool": "lives", "match": "top_k", "k": 3, "append": "none"},
    ]
    study = small_study(tmp_path, pool=None, pools=POOLS, conditions=conditions)
    run_study(database, study)
    uses: dict[str, Counter[int]] = {}
    for match in rows(database, Match):
        uses.setdefault(match.method, Counter())[match.persona] += 1
    assert set(uses) == set(study.matchings) == {
        "lives/balanced-1", "lives/balanced-2", "lives/greedy-random", "lives/greedy",
        "lives/top_k-3",
    }  # fmt: skip
    assert max(uses["lives/balanced-1"].values()) == 1
    assert max(uses["lives/balanced-2"].values()) <= 2
    assert len(uses["lives/greedy-random"]) > len(uses["lives/greedy"])
    assert len(uses["lives/top_k-3"]) > len(uses["lives/greedy"])
    assert [a.error for a in answers(database) if a.error] == []
    found = findings(database, study.study)
    assert [m["conditions"] for m in found["matches"]] == [
        ["once"], ["twice", "lives/balanced+bio"], ["any"], ["lives/greedy"],
        ["lives/top_k"],
    ]  # fmt: skip
    html = page(database, study.study)
    assert "<b>twice, lives/balanced+bio</b>" in html


def test_each_pool_has_its_own_stories_and_polls(database: Engine, study: Study) -> None:
    run_study(database, study)
    pools = {pool.id: pool.name for pool in rows(database, PoolRow)}
    assert sorted(pools.values()) == ["lives", "works"]
    count = {(pools[used.pool_id], used.count) for used in rows(database, StudyPool)}
    assert count == {("lives", 9), ("works", 6)}
    written = [pools[persona.pool_id] for persona in rows(database, Persona)]
    assert (written.count("lives"), written.count("works")) == (9, 6)
    seeds = {(pools[p.pool_id], p.number): p.seed for p in rows(database, Persona)}
    assert seeds["lives", 0] != seeds["works", 0]
    assert {job.condition for job in jobs(database, "poll")} == {"lives", "works"}


def test_it_has_as_many_jobs_as_was_promised(database: Engine, study: Study) -> None:
    promised = planned_jobs(study, 8)
    run_study(database, study)
    found = [job.kind for job in jobs(database)]
    assert {kind: found.count(kind) for kind in promised} == promised
    assert {job.state for job in jobs(database)} == {"done"}


def test_one_pool_more_is_no_other_poll(database: Engine, study: Study, tmp_path: Path) -> None:
    """A second study of one of the pools finds its stories and polls."""
    run_study(database, study)
    before = len(rows(database, Persona))
    only = {"lives": POOLS["lives"]}
    conditions = [{"pool": "lives", "match": "random"}]
    second = small_study(tmp_path, study="second", pool=None, pools=only, conditions=conditions)
    model = FakeEngine()
    run_study(database, second, model)
    assert len(rows(database, Persona)) == before
    assert not any("How old are you?\n(A)" in p.rpartition("Question:")[2] for p in model.prompts)


def test_what_it_waits_for_is_the_pool_of_the_condition(database: Engine, study: Study) -> None:
    """A match begins when its own pool is polled, though another is not written yet."""
    from fake_model import make_runner

    from anthology.models.jobs import ready

    store(database, study)
    runner = make_runner(database, FakeEngine())
    with Session(database) as session:
        works = session.execute(
            select(col(PoolRow.id)).where(col(PoolRow.name) == "works")
        ).scalar_one()
    for _ in range(3):
        for message in ready.due(database):
            if message.pool_id == works:
                runner.do(message.kind, message.id, lambda progress: None)
    assert {job.condition for job in jobs(database, "match")} == {"works/greedy"}

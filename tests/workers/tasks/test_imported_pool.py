"""A study whose stories come from a file: from submission to figures, export and archive."""

import json
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, store
from imported import ALL_KNOWN, imported_study
from sqlalchemy import Engine, select
from sqlmodel import Session, SQLModel
from surveyed import answers, asked, conversation

from anthology.models.database.tables import Persona, Poll
from anthology.models.errors import InputError
from anthology.producer.monitoring.progress import progress
from anthology.producer.submission.estimate import estimate, planned_jobs
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.surveys.stories.imported_stories import with_stories


def rows(database: Engine, table: type[SQLModel]) -> list[Any]:
    with Session(database) as session:
        return list(session.execute(select(table)).scalars())


def test_the_stories_of_a_file_are_polled_matched_and_answer(
    database: Engine, tmp_path: Path
) -> None:
    study = imported_study(tmp_path)
    model = run_study(database, study)
    people = sorted(rows(database, Persona), key=lambda one: one.number)
    assert [(p.story, p.source_id, p.finish_reason, p.job_id) for p in people] == [
        (f"I am number {n}.", f"u{n}", "imported", 0) for n in range(9)
    ]
    assert jobs(database, "backstory") == []
    assert [(job.first, job.count) for job in jobs(database, "poll")] == [(0, 4), (4, 4), (8, 1)]
    assert len(rows(database, Poll)) == 9 * 2
    assert len(answers(database)) == 2 * 8 * 3
    prompts = set(asked(model))
    for person in range(8):
        assert prompts.issuperset(conversation(database, study, "told/greedy", person))
    assert progress(database, "small").state == "done"


def test_it_has_as_many_jobs_as_was_promised(database: Engine, tmp_path: Path) -> None:
    study = imported_study(tmp_path)
    promised = planned_jobs(with_stories(study)[0], 8)
    run_study(database, study)
    found = [job.kind for job in jobs(database)]
    assert {kind: found.count(kind) for kind in promised} == promised


def test_traits_that_the_file_knows_are_not_polled(database: Engine, tmp_path: Path) -> None:
    study = imported_study(tmp_path, {"traits": {"age": "years"}})
    model = run_study(database, study)
    assert not any("How old are you?" in prompt for prompt in asked(model))
    polls = {(p.number, p.trait): p for p in rows(database, Poll)}
    assert len(polls) == 9 * 2
    assert polls[0, "age"].probabilities == [1.0, 0.0]
    assert polls[3, "age"].probabilities == [0.0, 1.0]
    assert {p.job_id for p in polls.values() if p.trait == "age"} == {0}


def test_where_all_traits_are_known_nobody_is_polled(database: Engine, tmp_path: Path) -> None:
    study = imported_study(tmp_path, {"traits": ALL_KNOWN})
    known, _ = with_stories(study)
    promised = planned_jobs(known, 8)
    assert (promised["backstory"], promised["poll"]) == (0, 0)
    found = estimate(known, read_humans(known))
    polled = estimate(with_stories(imported_study(tmp_path / "b"))[0], read_humans(study))
    assert found.prompt_tokens < polled.prompt_tokens
    run_study(database, study)
    assert jobs(database, "poll") == []
    where = progress(database, "small")
    assert (where.state, where.jobs["poll"]["pending"]) == ("done", 0)
    assert len(answers(database)) == 2 * 8 * 3


def test_who_is_unknown_is_polled_though_the_others_are_known(
    database: Engine, tmp_path: Path
) -> None:
    study = imported_study(tmp_path, {"traits": ALL_KNOWN})
    lines = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    lines[5]["years"] = None
    (tmp_path / "s.jsonl").write_text("\n".join(map(json.dumps, lines)))
    run_study(database, study)
    polled = [(p.number, p.trait) for p in rows(database, Poll) if p.job_id]
    assert polled == [(5, "age")]
    assert progress(database, "small").state == "done"


def test_before_anything_is_done_what_remains_is_polls_and_answers(
    database: Engine, tmp_path: Path
) -> None:
    store(database, imported_study(tmp_path))
    where = progress(database, "small")
    assert {kind: states["pending"] for kind, states in where.jobs.items()} == {
        "backstory": 0, "interview": 0, "critic": 0, "poll": 3, "match": 1, "calibrate": 0,
        "survey": 4, "measure": 1,
    }  # fmt: skip


def test_a_study_whose_workers_die_goes_on_where_they_were(
    database: Engine, tmp_path: Path
) -> None:
    study = imported_study(tmp_path)
    store(database, study)
    first, *_ = jobs(database, "poll")
    make_runner(database, FakeEngine()).do("poll", first.id or 0, lambda progress: None)
    store(database, study)  # submitting again resumes
    assert len(jobs(database, "poll")) == 3
    drain(make_runner(database, FakeEngine()))
    assert progress(database, "small").state == "done"


def test_the_same_file_elsewhere_is_the_same_study_and_another_content_another(
    database: Engine, tmp_path: Path
) -> None:
    store(database, imported_study(tmp_path / "a"))
    store(database, imported_study(tmp_path / "b"))
    assert len(rows(database, Persona)) == 9
    with pytest.raises(InputError, match="'small' exists with other settings"):
        store(database, imported_study(tmp_path / "c", stories=8))
    with pytest.raises(InputError, match="'told' was made by another recipe; give this one"):
        store(database, imported_study(tmp_path / "c", stories=8, study="other"))
    assert len(rows(database, Persona)) == 9


def test_a_second_study_shares_stories_and_polls(database: Engine, tmp_path: Path) -> None:
    run_study(database, imported_study(tmp_path / "a", {"traits": {"age": "years"}}))
    second = imported_study(tmp_path / "b", {"traits": {"age": "years"}}, study="second")
    model = run_study(database, second)
    assert len(rows(database, Persona)) == 9
    assert not any("What is your sex?\n(A)" in p.rpartition("Question:")[2] for p in model.prompts)
    assert progress(database, "second").state == "done"

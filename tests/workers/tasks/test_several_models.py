"""A study with two models, from submission to figures, export and another database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from contents import A, B, engine
from fake_model import FakeEngine, make_runner, small_study
from moved_studies import members
from sqlalchemy import Engine
from sqlmodel import Session

from anthology.models.database.sessions import open_database, reading
from anthology.models.jobs import ready
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.language_model.names import content_queue
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.monitoring.progress import progress
from anthology.producer.reporting.engines import engine_rows
from anthology.producer.reporting.findings import findings
from anthology.producer.submission import storage
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive
from anthology.workers.runner.job_runner import JobRunner

MODELS = {"fake": {"content": A}, "large": {"content": B}}
CONDITIONS = [
    "natural/greedy",
    {"match": "greedy", "ties": "first", "append": "none", "name": "large", "model": "large"},
]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    found = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield found
    found.dispose()


def submitted(database: Engine, folder: Path) -> Study:
    study = small_study(folder, conditions=CONDITIONS)
    storage.write(database, study, read_humans(study), MODELS)
    return study


def runner(database: Engine, model: FakeEngine, engine_id: str) -> JobRunner:
    found = make_runner(database, model)
    found.engine_id = engine_id
    return found


def drained(database: Engine) -> dict[str, FakeEngine]:
    """All jobs, those of each queue by its model's engine, the others by the aggregator."""
    models = {"fake": FakeEngine({"too little": 9.0}), "large": FakeEngine({"too much": 9.0})}
    by_queue = {
        content_queue(content): runner(database, models[name], engine(database, name, content))
        for name, content in (("fake", A), ("large", B))
    }
    by_queue[CPU_QUEUE] = make_runner(database, None)
    while due := ready.due(database):
        for message in due:
            by_queue[message.queue].do(message.kind, message.id, lambda progress: None)
    return models


def test_each_condition_is_answered_by_its_own_model_with_the_same_personas(
    database: Engine, tmp_path: Path
) -> None:
    submitted(database, tmp_path)
    models = drained(database)
    found = findings(database, "small")
    assert found["state"] == "done"
    assert all(row["n"] == 8 for row in found["rows"] if row["subgroup"] == "all")
    asked = {name: {"on roads" in p for p in model.prompts} for name, model in models.items()}
    assert asked == {"fake": {True, False}, "large": {True, False}}
    assert not any("My number" not in prompt for prompt in models["large"].prompts)
    assert set(found["identities"].values()) == {""}, "unlike models are no unlike engines of one"
    with reading(database) as session:
        rows = [row[:5] for row in engine_rows(session, find_study(session, "small"))]
    kinds = {(asked, kind) for asked, _, _, kind, _ in rows}
    assert {("fake", "backstory"), ("fake", "poll"), ("large", "survey")} <= kinds
    assert ("large", "poll") not in kinds


def test_a_status_names_the_model_that_no_worker_serves(database: Engine, tmp_path: Path) -> None:
    submitted(database, tmp_path)
    notes = progress(database, "small").notes
    assert [note.partition(";")[0] for note in notes] == [
        "no worker serves fake", "no worker serves large",
    ]  # fmt: skip
    drained(database)
    assert progress(database, "small").notes == []


def test_an_archive_goes_on_with_both_models(database: Engine, tmp_path: Path) -> None:
    submitted(database, tmp_path)
    first = export_archive(database, "small", tmp_path / "first.zip")
    assert "study_models.jsonl" in members(first)
    url = f"sqlite:///{tmp_path / 'there.db'}"
    import_archive(first, url)
    there = open_database(url)
    assert members(export_archive(there, "small", tmp_path / "second.zip")) == members(first)
    drained(there)
    with Session(there) as session:
        assert find_study(session, "small").content == A
    assert findings(there, "small")["state"] == "done"
    there.dispose()

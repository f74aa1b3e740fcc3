"""Who may work for a study once another engine has begun it."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fake_model import jobs, small_study, store
from sqlalchemy import Engine, insert, select, update
from sqlmodel import Session, col

from anthology.models.database.sessions import writing
from anthology.models.database.tables import EngineRow, Job, StudyRow
from anthology.models.errors import StaysAway
from anthology.models.jobs import protocol
from anthology.models.language_model.engine_identity import differences, identity_of

OLD = {"model": "/models/Fake", "vllm": "0.32", "weights": "aa", "tokenizer": "cc"}
NEW = {**OLD, "model": "/elsewhere/fake", "vllm": "0.33", "weights": "bb"}


@pytest.fixture
def database(database: Engine) -> Engine:
    with writing(database) as session:
        rows = [("old", OLD), ("twin", {**OLD, "device": "another"}), ("new", NEW)]
        values = [{"id": i, "info": {**info, "identity": identity_of(info)}} for i, info in rows]
        session.execute(insert(EngineRow), [*values, {"id": "before", "info": OLD}])
    return database


def take(database: Engine, job: Job, engine: str | None) -> bool:
    claimed = protocol.claim(database, job.id or 0, engine or "cpu", 30, 5, engine_id=engine)
    return claimed is not None


def study_row(database: Engine, name: str = "small") -> StudyRow:
    with Session(database) as session:
        return session.execute(select(StudyRow).where(col(StudyRow.name) == name)).scalar_one()


def change(database: Engine, table: Any, **values: Any) -> None:
    with writing(database) as session:
        session.execute(update(table).values(**values))


def test_the_first_engine_that_claims_a_job_gives_the_study_its_identity(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    assert study_row(database).identity is None
    assert take(database, jobs(database)[0], "old")
    assert study_row(database).identity == identity_of(OLD)
    assert take(database, jobs(database)[1], "twin"), "a device does not matter"


def test_another_engine_is_refused_and_changes_nothing(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    first, second = jobs(database)
    assert take(database, first, "old")
    with pytest.raises(StaysAway) as raised:
        take(database, second, "new")
    assert str(raised.value) == (
        "study 'small' was begun by another engine (other weights, vLLM 0.33 instead of 0.32); "
        "`anthology resume small --any-engine` allows it"
    )
    left = jobs(database)[1]
    assert (left.state, left.attempt, left.worker) == ("pending", 0, None)
    change(database, StudyRow, any_engine=True)
    assert take(database, second, "new")
    assert study_row(database).identity == identity_of(OLD)


@pytest.mark.parametrize("engine", [None, "before"])
def test_a_worker_without_an_identity_binds_nothing(
    engine: str | None, database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    assert take(database, jobs(database)[0], engine)
    assert study_row(database).identity is None


def test_a_claim_that_fails_binds_nothing(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    change(database, Job, state="done")
    assert not take(database, jobs(database)[0], "old")
    assert study_row(database).identity is None


def test_stories_of_one_pool_come_from_one_identity(database: Engine, tmp_path: Path) -> None:
    """A larger study of later on: the pool's first stories are there, by another engine."""
    store(database, small_study(tmp_path, conditions=["natural/random"]))
    change(database, Job, state="done", engine_id="old")
    change(database, StudyRow, identity=identity_of(OLD))
    larger = {"study": "larger", "pool": {"name": "people", "count": 20, "max_tokens": 64}}
    store(database, small_study(tmp_path, conditions=["natural/random"], **larger))
    job = next(job for job in jobs(database, "backstory") if job.state == "pending")
    with pytest.raises(StaysAway, match="first stories of pool 'people' are by another engine"):
        take(database, job, "new")
    with writing(database) as session:
        larger_row = col(StudyRow.name) == "larger"
        session.execute(update(StudyRow).where(larger_row).values(any_engine=True))
    assert take(database, job, "new"), "the smaller study needs no such story and is not asked"
    assert study_row(database, "larger").identity == identity_of(NEW)
    assert study_row(database, "small").identity == identity_of(OLD)


def test_studies_that_share_a_pool_are_bound_together(database: Engine, tmp_path: Path) -> None:
    for name in ("a", "b"):
        store(database, small_study(tmp_path, study=name, conditions=["natural/random"]))
    first, second, *_ = jobs(database, "backstory")
    assert take(database, first, "new")
    assert {study_row(database, name).identity for name in "ab"} == {identity_of(NEW)}
    with pytest.raises(StaysAway):
        take(database, second, "old")


def test_of_two_engines_at_once_one_begins_the_study(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"], chunk=1))
    taken: dict[str, int] = {"old": 0, "new": 0}
    begin = threading.Barrier(2)

    def work(engine: str) -> None:
        begin.wait()
        for job in jobs(database):
            with suppress(StaysAway):
                taken[engine] += take(database, job, engine)

    threads = [threading.Thread(target=work, args=(engine,)) for engine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken.values()) == [0, 8]


def test_a_job_that_needs_no_model_is_not_taken_by_a_worker_with_one(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    change(database, Job, queue="cpu")
    with pytest.raises(StaysAway, match="is for queue cpu, which this worker does not serve"):
        take(database, jobs(database)[0], "old")


def test_a_message_that_names_another_kind_takes_nothing(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    job = jobs(database)[0].id or 0
    assert protocol.claim(database, job, "w", 30, 5, kind="match") is None
    assert protocol.claim(database, job, "w", 30, 5, kind="survey") is not None


def test_only_what_answers_depend_on_makes_an_identity() -> None:
    keys = ("config", "weights", "tokenizer", "template", "vllm", "body_dtype", "head_dtype",
            "quantization")  # fmt: skip
    first = dict.fromkeys(keys, "a")
    assert identity_of(first) == identity_of({**first, "device": "x", "python": "3", "torch": "2"})
    for key in keys:
        assert identity_of({**first, key: "changed"}) != identity_of(first)
        assert differences(first, {**first, key: "changed"})
        lacking = {name: value for name, value in first.items() if name != key}
        assert differences(lacking, first) == differences(first, lacking) == ""


def test_the_whole_content_counts_in_place_of_its_samples() -> None:
    one = {"weights": "sampled", "content": {"weights": "aa", "code": None}}
    assert differences(one, {**one, "weights": "of another copy"}) == ""
    assert identity_of(one) == identity_of({**one, "weights": "of another copy"})
    merged = {**one, "content": {"weights": "bb", "code": None}}
    assert differences(one, merged) == "other weights"
    assert identity_of(one) != identity_of(merged)
    assert differences({"weights": "sampled"}, merged) == "", "an older version knew no more"


def test_engine_arguments_make_another_identity_and_none_the_one_that_older_versions_made() -> None:
    none, rope = {**OLD, "arguments": None}, {**OLD, "arguments": "hf_overrides={...}"}
    assert identity_of(none) == identity_of(OLD) != identity_of(rope)
    assert differences(none, rope) == "engine arguments hf_overrides={...} instead of none"
    assert differences(OLD, {**rope, "vllm": "1"}) == differences(OLD, {**OLD, "vllm": "1"})

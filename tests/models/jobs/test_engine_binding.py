"""Whose stories, polls and answers stand together: those of one model."""

from pathlib import Path
from typing import Any

import pytest
from contents import FILES, MORE, A, B, add, engine, submit
from fake_model import jobs, small_study, store
from sqlalchemy import Engine, select, update
from sqlmodel import Session, col

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Job, PoolRow, StudyRow
from anthology.models.errors import StaysAway
from anthology.models.jobs import protocol
from anthology.models.language_model.engine_identity import identity_of
from anthology.models.language_model.names import content_queue, queue_for

# As the version before wrote it: no content, no names, an identity of what it knew.
OLDER = {"model": "/models/Fake", **FILES, **MORE, "identity": "0123456789abcdef"}


def take(database: Engine, job: Job, name: str) -> bool:
    return protocol.claim(database, job.id or 0, name, 30, 5, engine_id=name) is not None


def row(database: Engine, table: Any, name: str) -> Any:
    with Session(database) as session:
        return session.execute(select(table).where(col(table.name) == name)).scalar_one()


def test_a_worker_of_another_run_leaves_a_study_alone(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"], model="runA/checkpoint-500"))
    first, *_ = jobs(database)
    other = engine(database, "b", B, names=["/scratch/runB/checkpoint-500"])
    with pytest.raises(StaysAway, match=r"asks for runA/checkpoint-500.*--served-model-name runA/"):
        take(database, first, other)
    assert row(database, StudyRow, "small").identity is None
    mine = engine(database, "a", A, names=["/scratch/runA/checkpoint-500"])
    assert take(database, first, mine)
    bound = row(database, StudyRow, "small")
    assert (bound.identity, bound.engine_id, bound.content) == (identity_of(
        {**FILES, **MORE, "content": A}), "a", A)  # fmt: skip


def test_a_content_that_is_known_beats_names(database: Engine, tmp_path: Path) -> None:
    submit(database, tmp_path, A, model="org/Model")
    first, second = jobs(database)
    same_name = engine(database, "b", B, names=["org/Model"])
    with pytest.raises(StaysAway, match=r"asks for another model than /models/b \(other weights\)"):
        take(database, first, same_name)
    assert take(database, second, engine(database, "elsewhere", A))


def test_weights_that_were_replaced_are_let_in_only_if_the_user_allows_it(
    database: Engine, tmp_path: Path
) -> None:
    submit(database, tmp_path, A, model="/models/fake")
    first, second = jobs(database)
    new = engine(database, "fake", B)
    with pytest.raises(StaysAway, match="`anthology resume small --any-engine` allows it"):
        take(database, first, new)
    with writing(database) as session:
        session.execute(update(StudyRow).values(any_engine=True))
    assert take(database, first, new)
    stranger = engine(database, "stranger", {**A, "weights": "cc"})
    with pytest.raises(StaysAway, match="this worker serves /models/stranger"):
        take(database, second, stranger)


def test_a_study_of_an_older_version_goes_on_with_its_model(
    database: Engine, tmp_path: Path
) -> None:
    """Whatever it was called: the study knew it by the last part of its name."""
    store(database, small_study(tmp_path, conditions=["none"], model="org1/Fake", chunk=2))
    add(database, "older", OLDER)
    with writing(database) as session:
        session.execute(update(StudyRow).values(identity=OLDER["identity"]))
    one, two, three, _ = jobs(database)
    assert take(database, one, engine(database, "now", A, names=["/models/Fake"]))
    bound = row(database, StudyRow, "small")
    assert (bound.identity, bound.engine_id, bound.content) == (OLDER["identity"], "now", A)
    assert take(database, two, "older"), "workers of both versions work side by side"
    merged = engine(database, "merged", B, names=["/models/Fake"])
    with pytest.raises(StaysAway, match=r"begun by another engine \(other weights\)"):
        take(database, three, merged)


@pytest.mark.parametrize("change", [{"weights": "x"}, {"vllm": "0.33"}, {"head_dtype": "float16"}])
def test_a_study_of_an_older_version_is_kept_from_another_engine(
    database: Engine, tmp_path: Path, change: dict[str, str]
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    add(database, "older", OLDER)
    with writing(database) as session:
        session.execute(update(StudyRow).values(identity=OLDER["identity"]))
    with pytest.raises(StaysAway, match="begun by another engine"):
        take(database, jobs(database)[0], engine(database, "fake", A, **change))


def test_a_key_that_only_newer_engines_tell_is_not_held_against_a_study(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    began = {key: value for key, value in OLDER.items() if key != "quantization"}
    add(database, "older", began)
    with writing(database) as session:
        session.execute(update(StudyRow).values(identity=OLDER["identity"]))
    assert take(database, jobs(database)[0], engine(database, "fake", A, quantization="fp8"))


NATURAL = {"conditions": ["natural/random"], "model": "fake"}


def written(database: Engine, by: str) -> None:
    """All stories of the pool are there; what comes next is planned."""
    for job in jobs(database, "backstory"):
        held = protocol.claim(database, job.id or 0, "w", 30, 5, engine_id=by)
        assert held is not None
        protocol.finish(database, held, [], protocol.Usage(), by)


def test_the_pool_of_one_model_is_not_polled_by_another(database: Engine, tmp_path: Path) -> None:
    """The next study of the same name: its model was replaced since, where nobody could see it."""
    store(database, small_study(tmp_path, **NATURAL))
    written(database, engine(database, "fake", A))
    assert row(database, PoolRow, "people").content == A
    store(database, small_study(tmp_path, study="next", **NATURAL))
    second = next(j for j in jobs(database, "poll") if j.title.startswith("poll: next"))
    new = engine(database, "new", B, names=["/models/fake"])
    with pytest.raises(StaysAway, match=r"pool 'people' holds stories of another model \(other we"):
        take(database, second, new)
    assert row(database, StudyRow, "next").identity is None
    assert take(database, second, "fake")


def test_nor_is_a_survey_answered_with_its_stories(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, **NATURAL))
    with writing(database) as session:
        session.execute(update(PoolRow).values(content=A))
        session.execute(update(Job).values(kind="survey", condition="natural/random", study_id=1,
                                           pool_id=None))  # fmt: skip
    new = engine(database, "fake", B)
    with pytest.raises(StaysAway, match="pool 'people' holds stories of another model"):
        take(database, jobs(database)[0], new)
    with writing(database) as session:
        session.execute(update(Job).values(condition="bio"))
    assert take(database, jobs(database)[0], new), "which has no stories"


def test_the_pool_of_an_older_version_is_known_by_its_authors(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, **NATURAL))
    add(database, "older", OLDER)
    with writing(database) as session:
        session.execute(update(Job).values(state="done", engine_id="older"))
    store(database, small_study(tmp_path, study="next", **NATURAL))
    poll = jobs(database, "poll")[0]
    with pytest.raises(StaysAway, match="holds stories of another model"):
        take(database, poll, engine(database, "other", A, names=["fake"], weights="x"))
    assert take(database, poll, engine(database, "fake", A))
    assert row(database, PoolRow, "people").content == A


def test_a_pool_that_a_user_allowed_two_models_in_is_shared_with_neither(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, **NATURAL))
    first, second, third = jobs(database, "backstory")
    assert take(database, first, engine(database, "fake", A))
    with writing(database) as session:
        session.execute(update(StudyRow).values(any_engine=True))
    assert take(database, second, engine(database, "new", B, names=["fake"]))
    store(database, small_study(tmp_path, study="next", **NATURAL))
    with pytest.raises(StaysAway, match="holds stories of another model"):
        take(database, third, "fake")


def test_studies_of_unlike_names_that_share_an_old_pool_do_not_hold_each_other_up(
    database: Engine, tmp_path: Path
) -> None:
    """Versions that knew models by their last part let them share it; one of them gets it."""
    for name in ("a", "b"):
        store(database, small_study(tmp_path, study=name, **NATURAL))
    with writing(database) as session:
        study = session.execute(select(StudyRow).where(col(StudyRow.name) == "b")).scalar_one()
        study.spec = {**study.spec, "model": "other/fake"}
    assert take(database, jobs(database, "backstory")[0], engine(database, "fake", A))
    assert row(database, StudyRow, "a").engine_id == "fake"
    assert row(database, StudyRow, "b").engine_id is None


# --- queues --------------------------------------------------------------------------------------


def test_jobs_go_to_the_queue_of_their_content_once_it_is_known(
    database: Engine, tmp_path: Path
) -> None:
    submit(database, tmp_path, A, model="fake", conditions=["none", "natural/random"])
    assert {job.queue for job in jobs(database)} == {content_queue(A)}
    store(database, small_study(tmp_path, study="by-name", conditions=["none"], model="org/x"))
    assert jobs(database)[-1].queue == queue_for("org/x", None)


def test_a_job_for_others_is_sent_where_they_are(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    first, second = jobs(database)
    assert take(database, first, engine(database, "fake", A))
    with pytest.raises(StaysAway) as raised:
        take(database, second, engine(database, "new", B, names=["fake"]))
    (message,) = protocol.pass_on(database, second.id or 0, raised.value.queue)
    assert (message.id, message.queue) == (second.id, content_queue(A))
    assert jobs(database)[1].queue == content_queue(A)


def test_a_job_for_others_who_are_not_known_is_rung_after_a_while(
    database: Engine, tmp_path: Path
) -> None:
    """However many messages wait: its own is gone."""
    store(database, small_study(tmp_path, conditions=["none"]))
    first, second = jobs(database)
    assert take(database, first, engine(database, "fake", A))
    with pytest.raises(StaysAway) as raised:
        take(database, second, engine(database, "newer", A, names=["fake"], vllm="0.33"))
    assert raised.value.queue is None
    assert protocol.pass_on(database, second.id or 0, None) == []
    assert second.id not in {message.id for message in protocol.sweep(database, 5).waiting}
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.not_before) > 0).values(not_before=1.0))
    assert second.id in {message.id for message in protocol.sweep(database, 5).returned}


def test_what_a_worker_holds_cannot_be_passed_on(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    job = jobs(database)[0]
    assert take(database, job, engine(database, "fake", A))
    assert protocol.pass_on(database, job.id or 0, "gpu.other") == []
    found = jobs(database)[0]
    assert (found.queue, found.not_before, found.state) == (job.queue, 0.0, "running")

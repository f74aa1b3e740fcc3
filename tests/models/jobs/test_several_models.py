"""A study whose stages are several models': each does its own, as the engine that began it."""

from pathlib import Path
from typing import Any

import pytest
from contents import A, B, engine
from fake_model import jobs, small_study
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.tables import Job, PoolRow, StudyModel, StudyRow
from anthology.models.errors import StaysAway
from anthology.models.jobs import protocol
from anthology.models.language_model.names import content_queue, queue_for
from anthology.producer.submission import storage
from anthology.producer.surveys.respondents import read_humans

CONDITIONS = [
    "none",
    "natural/greedy",
    {"condition": "bio", "name": "bio-large", "model": "large"},
    {"match": "greedy", "ties": "first", "name": "story-large", "model": "large"},
]
LARGE = {"large": {"content": B}}


def submitted(database: Engine, folder: Path, mine: Any = storage.UNKNOWN, **changes: Any) -> None:
    study = small_study(folder, **{"conditions": CONDITIONS, **changes})
    storage.write(database, study, read_humans(study), mine)


def done(database: Engine, kind: str, by: str | None) -> None:
    for job in jobs(database, kind):
        held = protocol.claim(database, job.id or 0, "w", 30, 5, engine_id=by)
        assert held is not None
        protocol.finish(database, held, [], protocol.Usage(), by)


def surveys(database: Engine) -> dict[str, list[Job]]:
    found: dict[str, list[Job]] = {}
    for job in jobs(database, "survey"):
        found.setdefault(job.condition, []).append(job)
    return found


def take(database: Engine, job: Job, by: str) -> bool:
    return protocol.claim(database, job.id or 0, by, 30, 5, engine_id=by) is not None


def test_jobs_are_planned_into_their_models_queues(database: Engine, tmp_path: Path) -> None:
    submitted(database, tmp_path, LARGE, polling={"model": "pollster"})
    for kind in ("backstory", "poll"):
        done(database, kind, None)
    queues = {job.kind: job.queue for job in jobs(database)}
    assert queues["backstory"] == queue_for("fake", None)
    assert queues["poll"] == queue_for("pollster", None)
    assert {way: found[0].queue for way, found in surveys(database).items()} == {
        "none": queue_for("fake", None), "bio-large": content_queue(B),
    }  # fmt: skip


def test_each_model_binds_its_own_engine_and_other_engines_stay_away(
    database: Engine, tmp_path: Path
) -> None:
    submitted(database, tmp_path, LARGE)
    small = engine(database, "s", A, names=["fake"])
    large = engine(database, "l", B, names=["large"])
    mine, others = (surveys(database)[way] for way in ("none", "bio-large"))
    with pytest.raises(StaysAway, match=r"asks for fake, and this worker serves /models/l"):
        take(database, mine[0], large)
    with pytest.raises(StaysAway, match=r"asks for another model than /models/s \(other weights\)"):
        take(database, others[0], small)
    assert take(database, others[0], large)
    assert take(database, mine[0], small)
    with Session(database) as session:
        study = session.execute(select(StudyRow)).scalar_one()
        other = session.execute(select(StudyModel)).scalar_one()
    assert (study.engine_id, study.content) == ("s", A)
    assert (other.model, other.engine_id, other.content) == ("large", "l", B)
    merged = engine(database, "merged", B, names=["large"], head_dtype="float16")
    with pytest.raises(StaysAway, match="begun by another engine"):
        take(database, others[1], merged)


def test_another_model_than_the_one_that_wrote_may_answer_with_a_story_if_it_is_named(
    database: Engine, tmp_path: Path
) -> None:
    submitted(database, tmp_path)
    small = engine(database, "s", A, names=["fake"])
    large = engine(database, "l", B, names=["large"])
    for kind in ("backstory", "poll"):
        done(database, kind, small)
    done(database, "match", None)
    answered = surveys(database)
    assert take(database, answered["story-large"][0], large)
    with pytest.raises(StaysAway, match="begun by another engine"):
        take(database, answered["natural/greedy"][0], large)
    assert take(database, answered["natural/greedy"][0], small)
    with Session(database) as session:
        pool = session.execute(select(PoolRow)).scalar_one()
    assert pool.content == A, "whoever else answers with its stories"


def test_a_pool_by_a_named_model_is_shared_by_studies_of_others(
    database: Engine, tmp_path: Path
) -> None:
    pool = {"name": "people", "count": 4, "model": "writer"}
    submitted(database, tmp_path, pool=pool, conditions=["natural/random"])
    submitted(
        database, tmp_path, study="next", model="other", pool=pool, conditions=["natural/random"]
    )
    writer = engine(database, "w", A, names=["writer"])
    done(database, "backstory", writer)
    polls = {job.title.split()[1]: job for job in jobs(database, "poll")}
    assert {name: job.queue for name, job in polls.items()} == {
        "small": queue_for("fake", None), "next": queue_for("other", None),
    }  # fmt: skip
    assert take(database, polls["next"], engine(database, "o", B, names=["other"]))
    with Session(database) as session:
        bound = session.execute(
            select(StudyModel.engine_id).order_by(col(StudyModel.study_id))
        ).scalars()
        assert list(bound) == ["w", "w"]

"""Which workers are said to have a study's model, and why the others have not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contents import A, B, add, engine, submit
from fake_model import small_study, store
from sqlalchemy import Engine, insert, update

from anthology.models.database.sessions import now_s, open_database, reading, writing
from anthology.models.database.tables import Job, StudyRow, WorkerRow
from anthology.models.errors import InputError
from anthology.models.language_model.names import queue_for, queues_of
from anthology.producer.monitoring.progress import progress
from anthology.producer.monitoring.servers import ambiguity, living, near_misses
from anthology.producer.submission.existing import find_pool


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    found = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield found
    found.dispose()


def worker(
    database: Engine, name: str, content: Any, *names: str, old: bool = False, **changes: Any
) -> None:
    """A living worker whose model is called by the first of its names."""
    called = engine(database, name, content, names=list(names), model=names[0])
    values: dict[str, Any] = {
        "name": name, "queue": "gpu.fake", "model": names[0], "pid": 1, "engine_id": called,
        "names": None if old else list(names), "started_at": now_s(), "seen_at": now_s(),
        "queues": None if old else queues_of(names[0], names), "stopped": False, **changes,
    }  # fmt: skip
    with writing(database) as session:
        session.execute(insert(WorkerRow).values(**values))


def said(database: Engine, model: str, content: Any = None) -> list[str]:
    with reading(database) as session:
        return near_misses(living(session), model, content)


def test_a_worker_of_the_same_last_name_is_told_how_to_say_that_it_is_meant(
    database: Engine,
) -> None:
    worker(database, "gpu0@here", None, "/models/Mistral-7B")
    worker(database, "gpu1@here", None, "/models/other")
    assert said(database, "org1/mistral-7b") == [
        "gpu0@here serves /models/Mistral-7B; if that is the same model, start it with "
        "--served-model-name org1/mistral-7b"
    ]
    assert said(database, "Mistral-7B") == []
    assert said(database, "org/nothing-like-it") == []


def test_a_worker_of_the_same_name_and_another_content_is_named_with_what_differs(
    database: Engine,
) -> None:
    worker(database, "gpu0@here", B, "/models/fake")
    assert said(database, "fake", A) == [
        "gpu0@here serves /models/fake, which is another model (other weights)"
    ]
    assert said(database, "fake", B) == said(database, "fake") == []
    assert said(database, "elsewhere", B) == [], "it has the model, whatever it is called"


def test_a_name_that_two_unlike_models_share_is_ambiguous(database: Engine) -> None:
    worker(database, "gpu0@here", A, "/scratch/runA/checkpoint-500")
    worker(database, "gpu1@here", A, "/copy/of/runA/checkpoint-500")
    with reading(database) as session:
        assert ambiguity(living(session), "checkpoint-500") == ""
    worker(database, "gpu2@here", B, "/scratch/runB/checkpoint-500", seen_at=now_s() - 5)
    with reading(database) as session:
        found = ambiguity(living(session), "checkpoint-500")
        assert "/scratch/runB/checkpoint-500 on gpu2@here (other weights)" in found
        assert "runA/checkpoint-500 on gpu" in found
        assert ambiguity(living(session), "runB/checkpoint-500") == ""


# --- status --------------------------------------------------------------------------------------


def test_a_study_of_nobody_hears_of_the_near_miss_and_of_no_other_database(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"], model="org1/Fake"))
    worker(database, "gpu0@here", None, "/models/Fake")
    found = progress(database, "small")
    assert [worker.name for worker in found.workers] == []
    (note,) = found.notes
    assert note.startswith("no worker serves org1/Fake: gpu0@here serves /models/Fake; if that is")
    assert "database" not in note


def test_a_study_of_nobody_hears_what_the_workers_there_serve(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    worker(database, "gpu0@here", None, "/models/other")
    (note,) = progress(database, "small").notes
    assert note.endswith("(the workers of this database serve /models/other)")


def test_a_worker_of_replaced_weights_is_there_and_stays_away(
    database: Engine, tmp_path: Path
) -> None:
    submit(database, tmp_path, A, model="/models/fake")
    worker(database, "gpu0@here", B, "/models/fake")
    found = progress(database, "small")
    assert [worker.name for worker in found.workers] == ["gpu0@here"]
    assert found.notes == [
        "gpu0@here stays away: study 'small' asks for another model than /models/fake (other "
        "weights); `anthology resume small --any-engine` allows it"
    ]


def test_the_model_under_another_name_serves(database: Engine, tmp_path: Path) -> None:
    submit(database, tmp_path, A, model="org/name")
    worker(database, "gpu0@here", A, "/models/copy")
    found = progress(database, "small")
    assert ([worker.name for worker in found.workers], found.notes) == (["gpu0@here"], [])


def test_a_worker_of_an_older_version_serves_the_queue_that_it_has(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    store(database, small_study(tmp_path, study="other", conditions=["none"], model="org/fake"))
    worker(database, "gpu0@here", None, "/models/org/fake", old=True)
    assert queue_for("fake", None) == "gpu.fake"
    assert [worker.name for worker in progress(database, "small").workers] == ["gpu0@here"]
    assert progress(database, "other").workers == []


# --- pools ---------------------------------------------------------------------------------------

NATURAL = {"conditions": ["natural/random"]}


def shared(database: Engine, folder: Path, content: Any, model: str = "fake") -> Any:
    study = small_study(folder, study="next", model=model, **NATURAL)
    with reading(database) as session:
        mine = {model: {"content": content}} if content else {}
        return find_pool(session, study, study.pools_used[0], mine)


def test_a_pool_is_shared_by_studies_of_one_content(database: Engine, tmp_path: Path) -> None:
    submit(database, tmp_path, A, model="org/fake", **NATURAL)
    assert shared(database, tmp_path, A) is not None
    assert shared(database, tmp_path, A, "/cache/called-otherwise") is not None
    with pytest.raises(InputError, match=r"another model than fake \(other weights\); give this"):
        shared(database, tmp_path, B)


def test_a_pool_whose_content_nobody_knows_is_shared_by_studies_of_one_name(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, model="runA/fake", **NATURAL))
    assert shared(database, tmp_path, None) is not None
    assert shared(database, tmp_path, None, "/scratch/runA/fake") is not None
    with pytest.raises(InputError, match=r"\(study 'small' asks for runA/fake\)"):
        shared(database, tmp_path, None, "runB/fake")
    with pytest.raises(InputError, match="asks for runA/fake"):
        shared(database, tmp_path, A, "runB/fake")


def test_the_pool_of_an_older_version_is_known_by_who_wrote_it(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, **NATURAL))
    add(database, "older", {"model": "/models/fake", "weights": "sampled", "identity": "x"})
    with writing(database) as session:
        session.execute(update(Job).values(state="done", engine_id="older"))
        session.execute(update(StudyRow).values(identity="x"))
    study = small_study(tmp_path, study="next", **NATURAL)
    with reading(database) as session:
        mine, another = (
            {"fake": {"content": A, "weights": weights}} for weights in ("sampled", "of another")
        )
        assert find_pool(session, study, study.pools_used[0], mine) is not None
        with pytest.raises(InputError, match="other weights"):
            find_pool(session, study, study.pools_used[0], another)

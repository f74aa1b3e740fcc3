"""Jobs that wait in queues to which nobody listens are found by who may do them."""

from pathlib import Path
from typing import Any

from contents import A, B, engine, submit
from fake_model import jobs, small_study, store
from sqlalchemy import Engine, insert, update

from anthology.models.database.sessions import now_s, writing
from anthology.models.database.tables import StudyRow, WorkerRow
from anthology.models.jobs import ready
from anthology.models.jobs.engines.orphaned_jobs import adopt

MINE = ["gpu.fake", "gpu.mine"]


def worker(database: Engine, name: str, queues: list[str] | None, **changes: Any) -> None:
    values = {"name": name, "queue": "gpu.x", "queues": queues, "model": "x", "pid": 1,
              "started_at": 0.0, "seen_at": now_s(), "stopped": False, **changes}  # fmt: skip
    with writing(database) as session:
        session.execute(insert(WorkerRow).values(**values))


def adopted(database: Engine, engine_id: str) -> tuple[list[str], list[str]]:
    to_enqueue, reasons = adopt(database, engine_id, MINE, ready.due(database))
    return [message.queue for message in to_enqueue], reasons


def test_a_model_that_is_called_otherwise_is_found_by_its_content(
    database: Engine, tmp_path: Path
) -> None:
    """As after an older version planned the jobs, by the name."""
    store(database, small_study(tmp_path, conditions=["none"], model="org/elsewhere"))
    with writing(database) as session:
        session.execute(update(StudyRow).values(content=A))
    assert adopted(database, engine(database, "fake", A)) == (["gpu.mine"] * 2, [])
    assert {job.queue for job in jobs(database)} == {"gpu.mine"}


def test_jobs_that_another_worker_listens_for_stay(database: Engine, tmp_path: Path) -> None:
    submit(database, tmp_path, A)
    mine = engine(database, "fake", A)
    queue = jobs(database)[0].queue
    worker(database, "gpu0", [queue])
    assert adopted(database, mine) == ([], [])
    with writing(database) as session:
        session.execute(update(WorkerRow).values(stopped=True))
    assert adopted(database, mine) == (["gpu.mine"] * 2, [])


def test_what_is_not_for_this_model_stays_and_its_name_is_explained(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, study="other", conditions=["none"], model="org/other"))
    submit(database, tmp_path, A, study="replaced", model="fake")
    queues, (reason,) = adopted(database, engine(database, "fake", B))
    assert queues == []
    assert reason == (
        "study 'replaced' asks for another model than /models/fake (other weights); "
        "`anthology resume replaced --any-engine` allows it"
    )
    with writing(database) as session:
        session.execute(update(StudyRow).values(any_engine=True))
    assert adopted(database, "fake") == (["gpu.mine"] * 2, [])

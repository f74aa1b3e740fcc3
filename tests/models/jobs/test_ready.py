"""Which jobs may run now; that paused and cancelled studies have none is in `test_steering.py`."""

from pathlib import Path

from fake_model import jobs, small_study, store
from sqlalchemy import Engine, update
from sqlmodel import col

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Job
from anthology.models.jobs import ready


def test_due_lists_each_queue_up_to_its_limit(database: Engine, tmp_path: Path) -> None:
    for name, model in (("one", "a"), ("two", "b")):
        store(
            database,
            small_study(tmp_path, study=name, model=model, conditions=["none"], chunk=1),
        )
    found = ready.due(database, limit=3)
    assert [message.queue for message in found].count("gpu.a") == 3
    assert [message.queue for message in found].count("gpu.b") == 3
    assert {message.title for message in ready.due(database, belonging=col(Job.study_id) == 2)} == {
        "survey: two none"
    }
    assert len(ready.due(database, belonging=col(Job.study_id) == 2)) == 8


# --- concurrent work of one study ----------------------------------------------------------------


def test_due_begins_with_what_is_to_run_first(database: Engine, tmp_path: Path) -> None:
    """Baselines are planned before stories are, but wait for nothing and come last."""
    store(database, small_study(tmp_path, study="one", conditions=["none"]))
    store(database, small_study(tmp_path, study="two", conditions=["none", "natural/greedy"]))
    survey = {"kind": "survey", "condition": "natural/greedy", "pool_id": 1}
    with writing(database) as session:
        last = jobs(database)[-1]
        session.execute(update(Job).where(col(Job.id) == last.id).values(**survey))
    found = ready.due(database)
    assert [(message.kind, message.condition) for message in found] == [
        ("survey", "natural/greedy"), *[("backstory", "")] * 3, *[("survey", "none")] * 3,
    ]  # fmt: skip
    assert [message.id for message in found[1:]] == sorted(
        message.id for message in found[1:4]
    ) + sorted(message.id for message in found[4:])
    assert ready.due(database, limit=2) == found[:2]

"""Which jobs may run now; that paused and cancelled studies have none is in `test_steering.py`."""

from pathlib import Path

from fake_model import small_study, store
from sqlalchemy import Engine
from sqlmodel import col

from models import ready
from models.tables import Job


def test_due_lists_each_queue_up_to_its_limit(database: Engine, tmp_path: Path) -> None:
    for name, model in (("one", "a"), ("two", "b")):
        store(
            database,
            small_study(tmp_path, study=name, model=model, conditions=["none"], chunk=1),
        )
    found = ready.due(database, limit=3)
    assert [ring.queue for ring in found].count("gpu.a") == 3
    assert [ring.queue for ring in found].count("gpu.b") == 3
    assert {ring.title for ring in ready.due(database, belonging=col(Job.study_id) == 2)} == {
        "survey: two none"
    }
    assert len(ready.due(database, belonging=col(Job.study_id) == 2)) == 8


# --- concurrent work of one study ----------------------------------------------------------------

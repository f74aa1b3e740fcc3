"""Which workers serve a study, as it is told to who waits for it."""

import time
from pathlib import Path
from typing import Any

import pytest
from fake_model import small_study, store
from sqlalchemy import Engine, insert

from anthology.models.database.sessions import now_s, writing
from anthology.models.database.tables import FAILURE, EngineRow, WorkerRow
from anthology.models.runtime import address, timestamps
from anthology.producer.monitoring.progress import progress
from anthology.producer.monitoring.status_lines import print_statuses


def add_worker(database: Engine, name: str, queue: str, ago: float, **changes: Any) -> None:
    values = {
        "name": name, "queue": queue, "model": None, "pid": 1, "stopped": False,
        "started_at": now_s() - ago, "seen_at": now_s() - ago, **changes,
    }  # fmt: skip
    with writing(database) as session:
        session.execute(insert(WorkerRow).values(**values))


def test_only_workers_that_serve_the_study_and_are_alive_are_named(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    add_worker(database, "gpu0@here", "gpu.fake", 5, model="/models/Fake")
    add_worker(database, "gpu1@here", "gpu.other", 5, model="/models/Other")
    add_worker(database, "silent@here", "gpu.fake", 100, model="/models/Fake")
    add_worker(database, "stopped@here", "gpu.fake", 5, model="/models/Fake", stopped=True)
    add_worker(database, "cpu-jobs@here", "cpu", 5)
    found = progress(database, "small").workers
    assert [worker.name for worker in found] == ["cpu-jobs@here", "gpu0@here"]
    assert found[1].model == "/models/Fake"
    assert found[1].seen_s == pytest.approx(5, abs=2)


def add_engine(database: Engine, name: str, info: dict[str, Any]) -> str:
    with writing(database) as session:
        session.execute(insert(EngineRow).values(id=name, info=info))
    return name


def test_a_worker_whose_engine_rounds_is_marked_with_its_step(
    database: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    engines = {
        "gpu0@here": add_engine(database, "rounds", {"logit_step": 0.125}),
        "gpu1@here": add_engine(database, "exact", {"logit_step": None}),
        "gpu2@here": add_engine(database, "older", {"head_dtype": "float32"}),
        "gpu3@here": None,  # it loads
    }
    for name, engine in engines.items():
        add_worker(database, name, "gpu.fake", 5, model="/models/Fake", engine_id=engine)
    add_worker(database, "cpu-jobs@here", "cpu", 5)
    found = progress(database, "small")
    steps = {worker["name"]: worker["logit_step"] for worker in found.as_json()["workers"]}
    assert steps == dict.fromkeys([*engines, "cpu-jobs@here"]) | {"gpu0@here": 0.125}
    assert [worker.name for worker in found.workers if worker.loading] == ["gpu3@here"]
    print_statuses([found])
    lines = capsys.readouterr().out.splitlines()
    (mark,) = [number for number, line in enumerate(lines) if "16-bit head" in line]
    assert lines[mark].strip() == ("16-bit head: label log-probabilities fall on steps of 0.125")
    assert "gpu0@here" in lines[mark - 1]


def test_a_study_that_nobody_serves_says_what_to_start(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    add_worker(database, "cpu-jobs@here", "cpu", 5)
    (note,) = progress(database, "small").notes
    assert note.startswith("no worker serves fake; start one with: anthology worker --model")
    place = address.of_database(database.url)
    assert note.endswith(f"(one that runs already works for another database than {place})")
    add_worker(database, "gpu0@here", "gpu.fake", 5, model="/models/Fake")
    assert progress(database, "small").notes == []


def test_it_says_since_when_nobody_serves_it(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    add_worker(database, "gpu0@here", "gpu.fake", 7200, model="/models/Fake")
    add_worker(database, "gpu1@here", "gpu.fake", 9000, model="/models/Fake")
    add_worker(database, "gpu2@here", "gpu.other", 3600, model="/models/Other")
    (note,) = progress(database, "small").notes
    gone = {f"{timestamps.shown(time.time() - 7200 - s)}" for s in (0, 30)}
    assert note.split("; start")[0] in {
        f"no worker serves fake since {when} (gpu0@here was the last)" for when in gone
    }


def test_it_says_why_the_last_worker_could_not_serve_it(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    why = "vLLM cannot load /models/Fake with block_size=16: no common block size for 16"
    failed = add_engine(database, "failed", {FAILURE: why})
    add_worker(
        database, "cpu0@here", "gpu.fake", 5, model="/models/Fake", stopped=True, engine_id=failed
    )
    (note,) = progress(database, "small").notes
    assert f"(cpu0@here was the last, which ended: {why}); start one with" in note

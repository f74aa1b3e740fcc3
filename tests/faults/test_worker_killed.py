"""A worker's Celery process dies by SIGKILL in the middle of a job."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import ENGINE_LOADS_S, System, alive, eventually, small_study

from anthology.producer.local.local_redis import LocalRedis

STUDY = "gss2018"


@pytest.fixture
def system(tmp_path: Path, postgres_url: str) -> Iterator[System]:
    with LocalRedis(tmp_path / "redis") as server:
        yield System(tmp_path, server.url, postgres_url)


def test_its_engine_dies_with_it_and_every_answer_is_stored_once(
    system: System, tiny_model: Path
) -> None:
    pool = {"name": "long", "count": 12, "max_tokens": 600, "min_tokens": 600}
    file = small_study(system.folder, tiny_model.name, pool=pool)
    planned = system.json("submit", str(file))
    arguments = ("--model", str(tiny_model), "--gpus", "cpu", "--engine-arg", "max_model_len=4096")
    with system.worker(*arguments) as launcher:
        running = "kind = 'backstory' AND state = 'running'"
        eventually(lambda: system.count("job", running), ENGINE_LOADS_S)
        celery = launcher.celery("gpu.")
        family = [celery, *celery.children(recursive=True)]
        assert any("EngineCore" in " ".join(child.cmdline()) for child in family)

        celery.send_signal(signal.SIGKILL)

        killed = time.monotonic()
        eventually(lambda: not any(alive(process) for process in family), 10)
        assert time.monotonic() - killed < 10
        done = system.run("wait", STUDY, "--json", "--timeout", "400", timeout=ENGINE_LOADS_S + 200)
        assert done.returncode == 0, done.stdout + launcher.log.read_text()[-3000:]
    status = json.loads(done.stdout)
    assert status["answers"] == {"stored": planned["answers"], "errors": 0}
    assert {kind: states["done"] for kind, states in status["jobs"].items()} == planned["jobs"]
    assert system.count("job", "deaths = 1") > 0, "no lease expired, so the kill hit nothing"
    assert system.count("persona", "error IS NULL") == planned["personas"]

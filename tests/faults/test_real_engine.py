"""A real engine under one launcher: it hangs, it is killed, and its worker is, in the middle of
jobs. Loading one takes most of a minute, so each fault strikes what was started after the last."""

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import pytest
from local_postgres import LocalPostgres
from made_once import made_once
from running import ENGINE_LOADS_S, Launcher, System, alive, eventually, small_study, stop_at_work
from tiny_model import make

from anthology.producer.local.local_redis import LocalRedis

STUDY = "gss2018"
CONTEXT = 16_384
STORIES = "kind = 'backstory' AND state = 'running'"
RESTARTED = "ended with exit code 7"


@dataclass(frozen=True)
class Impatient(System):
    """A real engine is dead after six seconds without a step. Leases last much longer, as they do
    by default: on a machine that stalls for seconds they ran out before the engine was found."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "ANTHOLOGY_HANG_S": "6", "ANTHOLOGY_LEASE_S": "30"}


@pytest.fixture(scope="module")
def system(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: LocalPostgres
) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("system")
    with LocalRedis(folder / "redis") as server:
        yield Impatient(folder, server.url, postgres_server.create_database("real_engine"))


@pytest.fixture(scope="module")
def tiny_model(of_all_processes: Path) -> Path:
    """One whose stories can be longer: two idle cores write 3,000 tokens in eight seconds."""
    return made_once(of_all_processes / "tiny-long", partial(make, context=CONTEXT))


@pytest.fixture(scope="module")
def launcher(system: System, tiny_model: Path) -> Iterator[Launcher]:
    """At a study whose stories are so long that nothing of it is answered."""
    pool = {"name": "long", "count": 12, "max_tokens": 15_000, "min_tokens": 15_000}
    system.json("submit", str(small_study(system.folder, tiny_model.name, pool=pool)))
    context = f"max_model_len={CONTEXT}"
    arguments = ("--model", str(tiny_model), "--gpus", "cpu", "--engine-arg", context)
    with system.worker(*arguments) as running:
        yield running


def engine_of(launcher: Launcher) -> psutil.Process:
    family = launcher.celery("gpu.").children(recursive=True)
    (core,) = [child for child in family if "EngineCore" in " ".join(child.cmdline())]
    return core


def test_an_engine_that_hangs_is_found_and_its_jobs_go_back(
    system: System, launcher: Launcher
) -> None:
    eventually(lambda: system.count("job", STORIES) >= 3, ENGINE_LOADS_S)
    core = engine_of(launcher)
    time.sleep(8)  # stories are long: nothing has been answered yet, and nothing is wrong
    assert system.count("job", "deaths > 0") == 0

    core.send_signal(signal.SIGSTOP)

    said = "the engine made no progress for 6 s; this worker exits to be restarted"
    eventually(lambda: said in launcher.log.read_text(), 25)
    eventually(lambda: RESTARTED in launcher.log.read_text(), 15)
    eventually(lambda: not core.is_running(), 10)
    back = "state = 'pending' AND deaths = 1 AND error LIKE 'the engine made no progress%'"
    assert system.count("job", back) == 3


def test_an_engine_that_dies_is_found_and_its_jobs_go_back(
    system: System, launcher: Launcher
) -> None:
    """The one that was started in place of the first."""
    eventually(lambda: system.count("job", STORIES) >= 2, ENGINE_LOADS_S)
    engine_of(launcher).kill()

    eventually(lambda: launcher.log.read_text().count(RESTARTED) == 2, 25)
    assert "the engine is dead; this worker exits to be restarted" in launcher.log.read_text()
    dead = "state = 'pending' AND deaths > 0 AND error = 'the engine process died'"
    assert system.count("job", dead) >= 2
    assert system.count("job", "state = 'running'") == 0


def test_a_killed_workers_engine_dies_with_it_and_every_answer_is_stored_once(
    system: System, launcher: Launcher, tiny_model: Path
) -> None:
    """Its Celery process, by SIGKILL, at another study: one that comes to an end."""
    assert system.run("cancel", STUDY).returncode == 0
    pool = {"name": "short", "count": 12, "max_tokens": 2400, "min_tokens": 2400}
    file = small_study(system.folder, tiny_model.name, study="short", pool=pool)
    planned = system.json("submit", str(file))
    eventually(lambda: system.count("job", STORIES), ENGINE_LOADS_S)
    celery = launcher.celery("gpu.")
    family = [celery, *celery.children(recursive=True)]
    assert any("EngineCore" in " ".join(child.cmdline()) for child in family)

    stop_at_work(celery, lambda: system.count("job", "state = 'running'"))
    celery.send_signal(signal.SIGKILL)

    killed = time.monotonic()
    eventually(lambda: not any(alive(process) for process in family), 10)
    assert time.monotonic() - killed < 10
    done = system.run("wait", "short", "--json", "--timeout", "400", timeout=ENGINE_LOADS_S + 200)
    assert done.returncode == 0, done.stdout + launcher.log.read_text()[-3000:]
    status = json.loads(done.stdout)
    assert status["answers"] == {"stored": planned["answers"], "errors": 0}
    assert {kind: states["done"] for kind, states in status["jobs"].items()} == planned["jobs"]
    hit = "state = 'done' AND deaths = 1"
    assert system.count("job", hit) > 0, "no lease expired, so the kill hit nothing"
    assert system.count("persona", "error IS NULL") == planned["personas"]

"""Two models whose folders have one last name, each served by a worker, on one Redis."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_model import write_study
from faults.instant import InstantSystem
from running import eventually
from sqlalchemy import create_engine, text


def serving(system: InstantSystem, run: str) -> InstantSystem:
    """Workers that serve a folder of a training run."""
    more = {
        "ANTHOLOGY_WORKER_MODEL": f"/scratch/{run}/checkpoint-500",
        "ANTHOLOGY_INSTANT_VLLM": "0.32",
        "ANTHOLOGY_INSTANT_WEIGHTS": f"weights of {run}",
    }
    return replace(system, more=more)


@pytest.fixture
def system(tmp_path: Path, redis_url: str) -> Iterator[InstantSystem]:
    """With a worker of each model, and one that only matches and measures."""
    system = InstantSystem(tmp_path, redis_url, f"sqlite:///{tmp_path / 'a.db'}", delay_s=0.02)
    with ExitStack() as stack:
        for name, one in {
            "a": serving(system, "runA"),
            "b": serving(system, "runB"),
            "cpu": replace(system, more={"ANTHOLOGY_WORKER_MODEL": "nobody"}),
        }.items():
            process = stack.enter_context(one.instant_worker(name))
            process.wait_for("ready.")
        yield system


def models(system: InstantSystem, kind: str = "%") -> dict[str, set[str]]:
    """By study the models that did its jobs (of a kind) and wrote its pool's stories."""
    query = (
        "SELECT study.name, engine.info FROM study JOIN job ON job.study_id = study.id OR "
        "(job.study_id IS NULL AND job.pool_id = study.pool_id) "
        "JOIN engine ON engine.id = job.engine_id WHERE job.kind LIKE :kind"
    )
    database = create_engine(system.database_url)
    found: dict[str, set[str]] = {}
    with database.connect() as connection:
        for study, info in connection.execute(text(query), {"kind": kind}):
            known: dict[str, Any] = json.loads(info)
            found.setdefault(study, set()).add(known["model"])
    database.dispose()
    return found


def test_each_study_is_done_by_its_own_model_and_by_one_alone(system: InstantSystem) -> None:
    """One whose name for its model fits both is refused."""
    few = {"people": 12, "conditions": ["none", "natural/random"], "chunk": 2}
    pools = {run: {"name": f"of-{run}", "count": 8, "max_tokens": 64} for run in ("A", "B", "any")}
    refused = system.run("submit", str(_write(system, "any", "checkpoint-500", pools["any"], few)))
    assert refused.returncode == 2
    assert "is what unlike models are called" in refused.stderr
    for run in ("A", "B"):
        path = _write(system, run, f"run{run}/checkpoint-500", pools[run], few)
        system.json("submit", str(path))
    for study in ("A", "B"):
        system.wait(study)
    assert models(system) == {run: {f"/scratch/run{run}/checkpoint-500"} for run in ("A", "B")}


def test_lives_of_one_model_are_judged_by_another_also_where_that_one_dies(
    system: InstantSystem,
) -> None:
    critic = {"model": "runB/checkpoint-500", "criteria": {"nonsense": "Is it nonsense?"}}
    interview = {"questions": ["Where were you born?", "And then?"], "critic": critic}
    path = write_study(
        system.folder, people=8, study="told", model="runA/checkpoint-500", pool=None, chunk=2,
        pools={"lives": {"count": 8, "interview": interview}},
        conditions=[{"pool": "lives", "match": "greedy"}],
    )  # fmt: skip
    system.cast("kill", "Is it nonsense?")
    system.json("submit", str(path))
    eventually(lambda: system.count("job", "kind = 'critic' AND deaths > 0"), 90)
    assert system.count("interview_draft", "1 = 1")
    system.lift()
    with serving(system, "runB").instant_worker("b2"):
        assert system.wait("told")["state"] == "done"
    assert system.count("interview_answer", "error IS NULL AND attempts = 1") == 8 * 2
    assert system.count("interview_draft", "1 = 1") == 0
    assert system.count("job", "kind = 'interview'") == system.count("job", "kind = 'critic'") == 8
    assert models(system, "interview") == {"told": {"/scratch/runA/checkpoint-500"}}
    assert models(system, "critic") == {"told": {"/scratch/runB/checkpoint-500"}}


def _write(system: InstantSystem, study: str, model: str, pool: Any, more: Any) -> Path:
    return write_study(system.folder, study=study, model=model, pool=pool, **more)

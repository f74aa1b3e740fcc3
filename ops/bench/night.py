"""A short night on this machine's GPUs: two studies through the real launcher, one with a kill.

The bundled study runs as it is. Then a larger one runs, and in the middle of its surveys the
worker is killed (SIGKILL to its Celery process): how soon is the GPU's memory free, does the
launcher start another worker, and does the study end complete? Uses a Redis of its own and leaves
everything in DIR. Run it with: python ops/bench/night.py --model FOLDER --dir DIR [--gpus all]
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, func, select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from anthology import submit
from anthology.models.database.sessions import open_database, reading
from anthology.models.database.tables import EngineRow, Job, WorkerRow
from anthology.models.language_model.names import model_queue
from anthology.models.settings import Settings
from anthology.models.study.study import Study
from anthology.producer.local.local_redis import LocalRedis
from anthology.producer.monitoring.lookup import find_study, of_study
from anthology.producer.monitoring.progress import progress
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.report import write_report

EXAMPLE = Path(__file__).parents[2] / "producer" / "examples" / "gss2018" / "study.yaml"
GONE_S = 10.0  # what a killed worker's GPU memory may take to be free
MIB = 1 << 20


def main() -> None:
    options = _options()
    home = options.dir.resolve()
    home.mkdir(parents=True, exist_ok=True)
    with LocalRedis(home / "redis") as redis:
        os.environ["ANTHOLOGY_HOME"] = str(home)
        os.environ["ANTHOLOGY_BROKER_URL"] = redis.url
        os.environ["ANTHOLOGY_DATABASE_URL"] = f"sqlite:///{home}/anthology.db"
        database = open_database(Settings().database)
        before = _gpu_memory()
        with _launcher(options, home / "worker.log") as launcher:
            bundled = _study(options.model)
            result: dict[str, Any] = {"loading_s": _loaded(database, 0.0)}
            result["memory_loaded_mib"] = _gpu_memory() // MIB
            _say(f"loaded: {result}")
            result["bundled"] = _run(database, bundled)
            larger = _study(options.model, options.people)
            result["killed"] = _run_with_kill(database, larger, launcher, before)
        result["engines"] = _engines(database)
    for study in (bundled, larger):
        page = write_report(database, study.study, home / study.study / "report")
        result[f"report {study.study}"] = findings(database, study.study)
        _say(f"report: {page}")
    print(json.dumps(result, indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", required=True, help="folder of the model")
    parser.add_argument("--dir", type=Path, required=True, help="where everything goes")
    parser.add_argument("--gpus", default="all")
    parser.add_argument("--people", type=int, default=2000, help="people of the larger study")
    parser.add_argument("--engine-arg", action="append", default=[], metavar="NAME=VALUE")
    return parser.parse_args()


def _study(model: str, people: int | None = None) -> Study:
    study = Study.load(EXAMPLE).model_copy(update={"model": model})
    if people is None:
        return study
    assert study.pool is not None
    return study.model_copy(
        update={
            "study": f"{study.study}-killed",
            "humans": study.surveyed.model_copy(update={"sample": people}),
            "pool": study.pool.model_copy(
                update={"name": f"{study.pool.name}-killed", "count": people}
            ),
        }
    )


@contextmanager
def _launcher(options: argparse.Namespace, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`anthology worker`, as a person starts it."""
    command = [
        sys.executable, "-c", "from anthology.producer.cli.commands import main; main()", "worker",
        "--model", options.model, "--gpus", options.gpus,
    ]  # fmt: skip
    for argument in options.engine_arg:
        command += ["--engine-arg", argument]
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _loaded(database: Engine, since: float) -> float:
    """Seconds from a worker's first heartbeat to its model being ready."""
    ready = select(col(WorkerRow.seen_at) - col(WorkerRow.started_at)).where(
        col(WorkerRow.engine_id).is_not(None), col(WorkerRow.started_at) > since
    )

    def found() -> float | None:
        with reading(database) as session:
            return session.execute(ready.limit(1)).scalar()

    return round(float(_eventually(found, 600)), 1)


def _run(database: Engine, study: Study) -> dict[str, Any]:
    started = time.monotonic()
    submit(study)
    return {**_ended(database, study), "seconds": round(time.monotonic() - started, 1)}


def _run_with_kill(
    database: Engine, study: Study, launcher: "subprocess.Popen[bytes]", before: int
) -> dict[str, Any]:
    started = time.monotonic()
    submit(study)
    _eventually(lambda: _running(database, study, "survey") and _stored(database, study), 900)
    victim = _celery(launcher.pid, model_queue(study.model))
    family = [victim, *victim.children(recursive=True)]
    stored, loaded, now = _stored(database, study), _gpu_memory(), time.time()
    victim.kill()
    struck = time.monotonic()
    _eventually(lambda: not any(_alive(process) for process in family), 60, 0.01)
    processes_s = time.monotonic() - struck
    _eventually(lambda: _gpu_memory() <= before + (loaded - before) // 20, 60, 0.01)
    free_s = time.monotonic() - struck
    found = {
        "answers_when_killed": stored,
        "processes_gone_s": round(processes_s, 2),
        "memory_free_s": round(free_s, 2),
        "memory_mib": [n // MIB for n in (before, loaded, _gpu_memory())],
        "in_time": free_s <= GONE_S,
    }
    _say(f"killed: {found}")
    found["loading_again_s"] = _loaded(database, now)
    return {
        **found, **_ended(database, study), "seconds": round(time.monotonic() - started, 1),
        "jobs_tried_twice": _tried_twice(database, study),
    }  # fmt: skip


def _ended(database: Engine, study: Study) -> dict[str, Any]:
    """What the study came to, and what it should have come to."""
    _eventually(lambda: progress(database, study.study).ended, 1800)
    found = progress(database, study.study)
    people = study.surveyed.size or 0
    return {
        "state": found.state,
        "answers": found.answers,
        "expected": people * len(study.questions) * len(study.conditions),
        "cached_share": round(found.cached_share, 3),
        **_speeds(database, study),
    }


def _speeds(database: Engine, study: Study) -> dict[str, Any]:
    """By kind of job: from the first claim to the last result, and tokens."""
    with reading(database) as session:
        rows = session.execute(
            select(
                col(Job.kind), func.max(col(Job.finished_at)) - func.min(col(Job.started_at)),
                func.sum(col(Job.prompt_tokens)), func.sum(col(Job.cached_tokens)),
                func.sum(col(Job.output_tokens)),
            ).where(_of(session, study)).group_by(col(Job.kind))
        ).all()  # fmt: skip
    names = ("seconds", "prompt_tokens", "cached_tokens", "output_tokens")
    return {"kinds": {kind: dict(zip(names, found, strict=True)) for kind, *found in rows}}


def _of(session: Session, study: Study) -> ColumnElement[bool]:
    return of_study(find_study(session, study.study))


def _running(database: Engine, study: Study, kind: str) -> bool:
    return progress(database, study.study).jobs[kind]["running"] > 0


def _tried_twice(database: Engine, study: Study) -> int:
    with reading(database) as session:
        return int(
            session.execute(
                select(func.count()).where(_of(session, study), col(Job.attempt) > 1)
            ).scalar_one()
        )


def _stored(database: Engine, study: Study) -> int:
    return progress(database, study.study).answers["stored"]


def _engines(database: Engine) -> list[dict[str, Any]]:
    with reading(database) as session:
        return list(session.execute(select(col(EngineRow.info))).scalars())


def _celery(launcher: int, queue: str) -> psutil.Process:
    (found,) = [
        child
        for child in psutil.Process(launcher).children()
        if any(queue in part for part in child.cmdline())
    ]
    return found


def _alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _gpu_memory() -> int:
    """Bytes in use on all GPUs, whoever uses them; 0 without one."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return 0
    handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
    return sum(int(pynvml.nvmlDeviceGetMemoryInfo(handle).used) for handle in handles)


def _eventually(look: Callable[[], Any], seconds: float, every: float = 0.1) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came within {seconds:g} s")
        time.sleep(every)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

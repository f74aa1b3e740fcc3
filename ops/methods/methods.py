"""Every way of conditioning, with real workers and real models: does all of it work, to the report?

`make methods`. Three studies, one after the other; in the first the worker is killed in the middle.
Then every condition has to have its row with finite figures, and a second submission must make
nothing new. Exits 1 where something is not so. What the figures are worth is not the question: the
model has 135M parameters.
"""

import json
import math
import os
import signal
import sys
import tempfile
import time
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TESTS = HERE.parents[1] / "tests"
sys.path[:0] = [str(HERE.parents[1] / "producer" / "public"), str(TESTS / "support")]

import tiny_model  # noqa: E402
import yaml  # noqa: E402
from running import Launcher, System, eventually  # noqa: E402

from anthology.producer.local import demo_model  # noqa: E402
from anthology.producer.local.local_redis import LocalRedis  # noqa: E402

STUDIES = ("every_condition", "without_humans", "two_models")
FIGURES = ("wd", "fro", "label_mass")
KILLED_AFTER = 40  # answers of the first study
LONGEST_S = 1500.0


def main() -> int:
    model = demo_model.prepare(Path("anthology-data/models")).resolve()
    with tempfile.TemporaryDirectory(prefix="anthology-methods-") as name:
        folder = Path(name)
        with LocalRedis(folder / "redis") as server:
            system = System(folder, server.url, f"sqlite:///{folder / 'anthology.db'}")
            went = [_study(system, model, study) for study in STUDIES]
            return 0 if all(went) else 1


def _study(system: System, model: Path, file: str) -> bool:
    """Whether a study went as it should; says what did not."""
    began = time.monotonic()
    path = HERE / f"{file}.yaml"
    name = yaml.safe_load(path.read_text())["study"]
    planned = system.json("submit", str(path), timeout=120)
    folders = [model]
    if "tiny" in planned["models"]:
        folders.append(system.folder / "tiny")
        tiny_model.make(folders[-1])
    with ExitStack() as workers:
        for served in folders:
            worker = workers.enter_context(_worker(system, served))
        if file == STUDIES[0]:
            _kill_amid_jobs(system, worker)
            workers.enter_context(_worker(system, model))
        done = system.run("wait", name, "--timeout", str(LONGEST_S), timeout=LONGEST_S + 60)
    status = system.json("status", name)
    # A model this small writes an empty story now and then: an error that is told, and no fault.
    ended = status["state"].startswith("done")
    wrong = [] if ended else [f"it did not end: {done.stderr[-500:]}"]
    wrong += _unlike_planned(planned, status)
    wrong += _without_figures(system.json("report", name, timeout=300))
    again = system.json("submit", str(path), timeout=120)
    if again["new"] or system.json("status", name)["answers"] != status["answers"]:
        wrong.append("a second submission made something new")
    print(f"{name}: {status['state']}, {status['answers']['stored']} answers, "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip
    for said in wrong:
        print(f"  {said}")
    return not wrong


def _worker(system: System, model: Path) -> AbstractContextManager[Launcher]:
    options = ("--model", str(model), "--gpus", "cpu", "--engine-arg", "max_model_len=4096")
    return system.worker(*options)


def _kill_amid_jobs(system: System, worker: Launcher) -> None:
    eventually(lambda: system.count("answer", "1 = 1") >= KILLED_AFTER, LONGEST_S, every=1.0)
    os.killpg(worker.process.pid, signal.SIGKILL)
    worker.process.wait()


def _unlike_planned(planned: dict[str, Any], status: dict[str, Any]) -> list[str]:
    """Who has no story, which is an error of its own, is not asked where it would tell its own."""
    stored, errors = status["answers"]["stored"], status["answers"]["errors"]
    lost = planned["answers"] - stored
    found = [] if lost == 0 or (lost > 0 and errors) else [f"{planned['answers']} were planned"]
    return [*found, *(f"failed: {said}" for said in status["failures"])]


def _without_figures(report: dict[str, Any]) -> list[str]:
    rows = [row for row in report["rows"] if row["subgroup"] == "all"]
    print(f"  {'condition':34}{'n':>4}" + "".join(f"{name:>12}" for name in FIGURES))
    wrong = []
    for row in rows:
        values = [row[name] for name in FIGURES]
        shown = "".join("         –  " if v is None else f"{v:12.3f}" for v in values)
        print(f"  {row['condition']:34}{row['n']:>4}{shown}")
        compared = report["floor"] is not None
        needed = values if compared else values[-1:]
        if not all(v is not None and math.isfinite(v) for v in needed):
            wrong.append(f"{row['condition']} lacks a figure: {json.dumps(values)}")
    told = {entry["condition"] for entry in report.get("alone", [])}
    if report["floor"] is None and told != {row["condition"] for row in rows}:
        wrong.append("a condition without humans lacks its distributions")
    return wrong


if __name__ == "__main__":
    sys.exit(main())

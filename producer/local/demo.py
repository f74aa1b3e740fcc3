"""`anthology demo`: the bundled study from nothing to a report, with its own Redis and worker.

Everything it starts it stops, also when it fails or is interrupted; everything it makes stays in
one folder, so that a second run resumes or finishes at once.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from anthology.models.database.sessions import open_database
from anthology.models.errors import InputError, SetupError
from anthology.models.runtime import safe_path, terminal
from anthology.models.runtime.file_writing import make_file, make_folder
from anthology.models.settings import Settings
from anthology.models.study.study import Study
from anthology.producer.local import demo_model
from anthology.producer.local.demo_study import demo_study
from anthology.producer.local.local_redis import LocalRedis, port_is_free
from anthology.producer.local.serving import launcher_command
from anthology.producer.monitoring.progress import progress
from anthology.producer.monitoring.waiting import wait_for
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.report import place_for, write_report
from anthology.producer.submission.submission import submit

DEFAULT_PORT = 6379
TELL_S = 20.0  # between two lines where stderr is no terminal
MAX_MODEL_LEN = 4096
HOW_LONG = "on two cores this takes some five minutes, the first time"  # ops/bench/LOG.md


def run_demo(directory: Path | None, *, force: bool = False) -> tuple[dict[str, Any], Path]:
    """Returns the report's object and the page's path. Raises `SetupError` if the study stalls."""
    home = (directory or Settings().home).resolve()
    study = demo_study()
    _refuse_others(home, study, force)
    make_folder(home)
    _sigterm_interrupts()
    # The usual port when it is free, so that other commands find this Redis by default.
    port = DEFAULT_PORT if port_is_free(DEFAULT_PORT) else None
    with LocalRedis(home / "redis", port) as redis:
        environment = {"ANTHOLOGY_HOME": str(home), "ANTHOLOGY_BROKER_URL": redis.url}
        if directory is not None:  # then everything is in that folder, whatever is set elsewhere
            environment["ANTHOLOGY_DATABASE_URL"] = f"sqlite:///{home / 'anthology.db'}"
        os.environ |= environment
        database = open_database(Settings().database)
        done = submit(study)
        made = f"{done.personas} personas, {done.answers} answers"
        terminal.note(f"study {study.study}: {made}; data in {home}\n{HOW_LONG}")
        found = progress(database, study.study)
        if not found.ended:
            _run(database, study, home, redis.url)
    page = write_report(database, study.study, home / study.study / "report", force=force)
    return findings(database, study.study), page


def _refuse_others(home: Path, study: Study, force: bool) -> None:
    """A folder that is not Anthology's may have a `redis` or a `models` that is the user's own; its
    model in there is what `make methods` leaves, too, and used as it is."""
    page = place_for(study.study, home / study.study / "report", force=force)
    known = [home / "anthology.db", home / "redis" / "redis.log", page]
    for name in ("redis", "models", "worker.log", study.study):
        ours = [*known, home / "models" / demo_model.NAME] if name == "models" else known
        if force or any(file.exists() for file in ours) or not os.path.lexists(home / name):
            continue
        raise InputError(
            f"{home / name} exists and is not the demo's; name another folder with --dir, or use "
            "it with --force"
        )


def _run(database: Engine, study: Study, home: Path, broker_url: str) -> None:
    terminal.note("preparing the demo's language model (once)")
    model = demo_model.prepare(home / "models")
    terminal.note(
        f"starting a worker on the CPU; its log is {home / 'worker.log'}\n"
        f"watch it in Flower: celery --broker {broker_url} flower"
    )
    with _worker(model, home / "worker.log") as worker:

        def alive() -> None:
            if worker.poll() is not None:
                raise SetupError(f"the worker ended; its log {home / 'worker.log'} says why")

        while not any(worker.model for worker in progress(database, study.study).workers):
            alive()  # until it shows itself `wait_for` would advise to start one
            time.sleep(0.5)
        found = wait_for(database, study.study, None, alive, every_s=TELL_S)
    if not found.clean:
        raise SetupError(f"the demo's study ended {found.state}; see {home / 'worker.log'}")


def _sigterm_interrupts() -> None:
    """SIGTERM ends the demo like Ctrl-C, so that what it started is stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def _worker(model: Path, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A launcher with one CPU worker, stopped at the end."""
    command = launcher_command(str(model), "cpu", 1, None, {"max_model_len": MAX_MODEL_LEN}, "info")
    make_file(log)
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, env=safe_path.environment(), stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

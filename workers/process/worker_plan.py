"""Which workers a machine gets: one a GPU (group) and one for the `cpu` queue, each with its locks.

Starts nothing.
"""

import socket
from collections.abc import Sequence
from typing import IO, Any

from anthology.models.errors import SetupError
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.language_model.names import model_queue
from anthology.workers.process import environments, gpus, locks
from anthology.workers.process.children import Child
from anthology.workers.process.environments import CPU_ENVIRONMENT, cpu_options


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
        environment = environments.for_engine(model, cpu_options(options), served)
        environment |= environments.unless_set(CPU_ENVIRONMENT)
        child = Child(f"{name}@{host}", model_queue(model), concurrency or 3, environment, [lock])
        return [child, aggregator]
    if tensor_parallel > 1:
        options = {**options, "tensor_parallel_size": tensor_parallel}
    children = []
    for group in gpus.choose(gpu_choice, tensor_parallel):
        held = [_reserve_gpu(gpu) for gpu in group]
        name, lock = _gpu_name(group)
        environment = environments.for_engine(model, options, served)
        environment[gpus.VISIBLE] = ",".join(gpu.visible for gpu in group)
        environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # NVML's numbers, which `group` has
        children.append(
            Child(
                f"{name}@{host}", model_queue(model), concurrency or 8, environment, [*held, lock]
            )
        )
    return [*children, aggregator]


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

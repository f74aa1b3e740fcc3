"""vLLM plugin that ties vLLM's own processes to the worker that started them, and lets it know
why they could not start.

vLLM's EngineCore survives a SIGKILL of its parent (vLLM issues 34643, 55510) and would keep the
GPU's memory.
"""

import multiprocessing
import os
import signal

from anthology.models.runtime.parent_process import parent_death_signal
from anthology.workers.engine.load_errors import note_errors

WORKER_MARK = "ANTHOLOGY_WORKER"  # set by the launcher in the environment of a worker


def tie_engine_process() -> None:
    """Entry point `vllm.general_plugins`: runs in every process that vLLM starts."""
    parent = multiprocessing.parent_process()
    ask = parent_death_signal()
    if WORKER_MARK not in os.environ or parent is None:
        return
    note_errors()
    if ask is None:
        return
    ask(signal.SIGKILL)
    if os.getppid() != parent.pid:  # it died before we could ask
        os._exit(1)

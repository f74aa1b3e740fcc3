"""What a Python that we start imports: our rooms, never what lies in the folder it is started in.

`python -m` looks in the current folder first, where a user may well have an `anthology.py`.
"""

import os
import sys
from pathlib import Path

import anthology

OURS = str(Path(anthology.__file__).parents[1])


def environment() -> dict[str, str]:
    """This process's environment, for a Python that is not to look in its current folder.

    A variable and not `-P`: vLLM starts Pythons of its own, which load our plugin (`python -m
    vllm.model_executor.models.registry`), and they inherit it.
    """
    safe = {**os.environ, "PYTHONSAFEPATH": "1"}
    if OURS not in _kept():  # a checkout that is not installed was found as the current folder
        safe["PYTHONPATH"] = os.pathsep.join(filter(None, [OURS, os.environ.get("PYTHONPATH")]))
    return safe


def _kept() -> list[str]:
    """Where this process looks without the folder of its script, or the current one."""
    return sys.path if sys.flags.safe_path else sys.path[1:]

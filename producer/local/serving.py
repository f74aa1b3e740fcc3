"""`anthology worker`: checks what can be checked here, then becomes the launcher process.

The workers room is reached by starting it, never by importing it.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from anthology.models.errors import InputError
from anthology.models.jobs import broker
from anthology.models.language_model.engine_options import refuse
from anthology.models.runtime import gpu_choice, safe_path, vllm_version
from anthology.models.settings import Settings
from anthology.producer.submission.engine_args import parsed

LOG_LEVELS = ("debug", "info", "warning", "error")


def serve(
    model: str | None,
    gpus: str,
    tensor_parallel: int,
    concurrency: int | None,
    engine_args: list[str],
    log_level: str,
    served: Sequence[str] = (),
) -> NoReturn:
    """Raises `InputError` or `SetupError` before any process starts; does not return otherwise.

    What GPUs there are the launcher finds out, and then it opens the database.
    """
    settings = Settings()
    if model is not None:
        model = os.path.expanduser(model)
        check_model(model)
    options = parsed(engine_args)
    refuse(options)
    gpu_choice.numbers(gpus)
    if log_level.lower() not in LOG_LEVELS:
        raise InputError(f"--log-level takes {', '.join(LOG_LEVELS)}, not {log_level!r}")
    if model is not None:
        vllm_version.usable()
    broker.check(settings.broker_url)
    sys.stdout.flush()
    command = launcher_command(
        model, gpus, tensor_parallel, concurrency, options, log_level, served
    )
    os.execve(sys.executable, command, safe_path.environment())


def launcher_command(
    model: str | None,
    gpus: str,
    tensor_parallel: int,
    concurrency: int | None,
    options: dict[str, Any],
    log_level: str,
    served: Sequence[str] = (),
) -> list[str]:
    """The command line of `workers/process/launcher.py`, whose arguments are one JSON object.

    To be started with the environment of `models/runtime/safe_path.py`.
    """
    arguments = {
        "model": model, "gpu_choice": gpus, "tensor_parallel": tensor_parallel,
        "concurrency": concurrency, "options": options, "log_level": log_level,
        "served": list(served),
    }  # fmt: skip
    return [sys.executable, "-m", "anthology.workers.process.launcher", json.dumps(arguments)]


def check_model(model: str) -> None:
    """A path must be a model folder; a hub name is left to vLLM."""
    path = Path(model)
    if path.is_dir():
        if not (path / "config.json").exists():
            raise InputError(f"{model} has no config.json; give the folder of a model")
    elif path.exists():
        raise InputError(f"{model} is a file; give the folder of a model")
    elif model.startswith((".", "/", "~")) or model.count("/") != 1:
        raise InputError(
            f"there is no model at {model}; give the folder that holds its config.json"
        )

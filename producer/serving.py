"""`anthology worker`: checks what can be checked here, then becomes the launcher process.

The workers room is reached by starting it, never by importing it.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml

from models import gpu_choice, queue, safe_path, vllm_version
from models.errors import InputError
from models.settings import Settings

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
    options = engine_options(engine_args)
    gpu_choice.numbers(gpus)
    if log_level.lower() not in LOG_LEVELS:
        raise InputError(f"--log-level takes {', '.join(LOG_LEVELS)}, not {log_level!r}")
    if model is not None:
        vllm_version.usable()
    queue.check(settings.broker_url)
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
    """The command line of `workers.launcher`, whose arguments are one JSON object.

    To be started with the environment of `models.safe_path`.
    """
    arguments = {
        "model": model, "gpu_choice": gpus, "tensor_parallel": tensor_parallel,
        "concurrency": concurrency, "options": options, "log_level": log_level,
        "served": list(served),
    }  # fmt: skip
    return [sys.executable, "-m", "workers.launcher", json.dumps(arguments)]


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


def engine_options(engine_args: list[str]) -> dict[str, Any]:
    """`dtype=float32` and the like, values read as YAML, dashes in names as underscores."""
    options = {}
    for argument in engine_args:
        name, separator, value = argument.partition("=")
        if not separator or not name:
            raise InputError(f"--engine-arg takes NAME=VALUE, not {argument!r}")
        try:
            options[name.strip().replace("-", "_")] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise InputError(f"--engine-arg {name}: {value!r} is not a value") from None
    return options

"""Where a model is on this machine, if it is here: a submit host needs none."""

import os
from pathlib import Path
from typing import Any

from sqlmodel import Session

from anthology.models.language_model.model_files import Content
from anthology.producer.monitoring.servers import servers


def find_model(
    session: Session, model: str, content: Content | None = None
) -> tuple[str | None, dict[str, Any]]:
    """A folder on this machine whose tokenizer is the model's: a worker's, or the demo's.

    With the engine arguments by which the worker found the tokenizer. That it runs a tokenizer's
    own code is no reason to run it here.
    """
    for server in servers(session):
        arguments = server.info.get("tokenizer_arguments") or {}
        here = is_model(server.model) and Path(arguments.get("tokenizer") or server.model).is_dir()
        if here and server.has(model, content):
            return os.path.expanduser(server.model), arguments
    return (os.path.expanduser(model) if is_model(model) else None), {}


def is_model(place: str) -> bool:
    """Whether a model's folder is there; one that only has its name has no config.json."""
    return (Path(os.path.expanduser(place)) / "config.json").is_file()

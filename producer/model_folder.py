"""Where a study's model is on this machine, if it is here: a submit host needs none."""

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from models.study import Study
from models.tables import EngineRow, WorkerRow


def find_model(session: Session, study: Study) -> tuple[str | None, dict[str, Any]]:
    """A model folder on this machine whose tokenizer is the study's: a worker's, or the demo's.

    With the engine arguments by which the worker found the tokenizer. That it runs a tokenizer's
    own code is no reason to run it here.
    """
    served = session.execute(
        select(col(WorkerRow.model), col(EngineRow.info))
        .outerjoin(EngineRow, col(EngineRow.id) == col(WorkerRow.engine_id))
        .where(col(WorkerRow.queue) == study.queue, col(WorkerRow.model).is_not(None))
        .order_by(col(WorkerRow.seen_at).desc())
    )
    for model, info in served:
        arguments = (info or {}).get("tokenizer_arguments") or {}
        if is_model(model) and Path(arguments.get("tokenizer") or model).is_dir():
            return model, arguments
    return (study.model if is_model(study.model) else None), {}


def is_model(place: str) -> bool:
    """Whether a model's folder is there; one that only has its name has no config.json."""
    return (Path(place) / "config.json").is_file()

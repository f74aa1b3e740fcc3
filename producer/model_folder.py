"""Where a study's model is on this machine, if it is here: a submit host needs none."""

from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from models.study import Study
from models.tables import WorkerRow


def find_model(session: Session, study: Study) -> str | None:
    """A model folder on this machine whose tokenizer is the study's: a worker's, or the demo's."""
    served = session.execute(
        select(col(WorkerRow.model))
        .where(col(WorkerRow.queue) == study.queue, col(WorkerRow.model).is_not(None))
        .order_by(col(WorkerRow.seen_at).desc())
    ).scalars()
    return next((m for m in (*served, study.model) if m is not None and is_model(m)), None)


def is_model(place: str) -> bool:
    """Whether a model's folder is there; one that only has its name has no config.json."""
    return (Path(place) / "config.json").is_file()

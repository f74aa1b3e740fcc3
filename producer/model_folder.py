"""Where a study's model is on this machine, if it is here: a submit host needs none."""

import os
from pathlib import Path

from sqlmodel import Session

from models.model_files import Content
from models.study import Study
from producer.servers import servers


def find_model(session: Session, study: Study, content: Content | None = None) -> str | None:
    """A model folder on this machine whose tokenizer is the study's: a worker's, or the demo's."""
    served = [s.model for s in servers(session) if s.has(study.model, content)]
    places = map(os.path.expanduser, [*served, study.model])
    return next((place for place in places if is_model(place)), None)


def is_model(place: str) -> bool:
    """Whether a model's folder is there; one that only has its name has no config.json."""
    return (Path(os.path.expanduser(place)) / "config.json").is_file()

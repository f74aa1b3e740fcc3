"""Engines whose models' contents a test makes up, and studies whose model is on this machine."""

from pathlib import Path
from typing import Any

from fake_model import small_study
from sqlalchemy import Engine, insert

from anthology.models.database.sessions import writing
from anthology.models.database.tables import EngineRow
from anthology.models.language_model.engine_identity import identity_of
from anthology.producer.submission import storage
from anthology.producer.surveys.respondents import read_humans

PARTS = ("config", "weights", "tokenizer", "template", "generation", "code")
A = {"kind": "llama", **dict.fromkeys(PARTS, "aa")}
B = {**A, "weights": "bb"}
FILES = {"config": "c", "weights": "w", "tokenizer": "t", "template": None}
MORE = {"vllm": "0.32", "body_dtype": "float32", "head_dtype": "float32", "quantization": None}


def engine(database: Engine, name: str, content: Any, *, names: Any = None, **changes: Any) -> str:
    """An engine of this version; its files' samples are those of `OLDER` unless told."""
    info = {"model": f"/models/{name}", **FILES, **MORE, "content": content, **changes}
    info |= {"names": names or [f"/models/{name}"], "identity": identity_of(info)}
    return add(database, name, info)


def add(database: Engine, name: str, info: dict[str, Any]) -> str:
    with writing(database) as session:
        session.execute(insert(EngineRow).values(id=name, info=info))
    return name


def submit(database: Engine, folder: Path, content: Any = None, **changes: Any) -> None:
    """As `store`, with the model on this machine."""
    study = small_study(folder, **{"conditions": ["none"], **changes})
    storage.write(database, study, read_humans(study), {study.model: {"content": content}})

"""What is stored of submissions, and what is submitted: changed files, models on this machine."""

from pathlib import Path

import chat_templates
from sqlalchemy import Engine, func, select
from sqlmodel import SQLModel
from tokenizers import normalizers

JOBS = {
    "backstory": 3,
    "interview": 0,
    "critic": 0,
    "poll": 3,
    "match": 3,
    "calibrate": 0,
    "survey": 12,
    "measure": 1,
}


def rows(database: Engine) -> dict[str, int]:
    """How many rows each table has that a study fills, of those that have any."""
    with database.connect() as connection:
        counts = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
            if name != "namespace"
        }
    return {name: count for name, count in counts.items() if count}


def write_changed(folder: Path, old: str, new: str) -> Path:
    path = folder / "small.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def model_folder(folder: Path, template: str | None = None) -> str:
    """A tokenizer with what makes its folder a model's; without a template letters `e` and `f` are
    one token."""
    tokenizer = chat_templates.tokenizer_with(template)
    if template is None:
        normal = normalizers.Replace("f", "e")
        tokenizer.backend_tokenizer.normalizer = normal
    tokenizer.save_pretrained(folder)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    return str(folder)


ALIKE = {"options": {"beef": 1, "beee": 2, "ham": 3}, "questions": {"roads": "Which?"}}

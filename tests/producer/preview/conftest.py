"""What the tests of previews share: a database, and tokenizers under models' names."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_model import FakeTokenizer
from previewed import model_folder
from sqlalchemy import Engine

from anthology.models.database.sessions import open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def model(tmp_path: Path) -> str:
    return model_folder(tmp_path / "tiny")


@pytest.fixture
def of_characters(monkeypatch: pytest.MonkeyPatch) -> str:
    """The fake worker's tokenizer under a model's name."""
    monkeypatch.setattr(
        "anthology.producer.preview.preview.load_tokenizer", lambda *_: FakeTokenizer()
    )
    return "characters"

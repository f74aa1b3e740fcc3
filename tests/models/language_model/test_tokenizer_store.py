"""What was made of a tokenizer's files is found again for the same files only."""

from pathlib import Path

import pytest

from anthology.models.language_model.tokenizer_store import file_of, keep, read


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (made / name).write_text(name)
    return made


def found(folder: Path, mode: str = "auto", own_code: bool = False) -> Path:
    file = file_of(folder, mode, own_code)
    assert file is not None
    return file


def test_the_same_files_in_another_folder_are_the_same(folder: Path, tmp_path: Path) -> None:
    before = found(folder)
    assert found(folder.rename(tmp_path / "moved")) == before


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "chat_template.jinja", "own.py"])
def test_another_file_is_another_tokenizer(folder: Path, name: str) -> None:
    before = found(folder)
    (folder / name).write_text("changed")
    assert found(folder) != before


def test_weights_are_not_read(folder: Path) -> None:
    before = found(folder)
    (folder / "model.safetensors").write_text("changed")
    assert found(folder) == before


def test_how_it_is_read_makes_a_difference(folder: Path) -> None:
    assert len({found(folder), found(folder, "hf"), found(folder, own_code=True)}) == 3


def test_what_is_kept_is_the_users_alone(folder: Path) -> None:
    file = found(folder)
    assert read(file) is None
    keep(file, b"description")
    assert read(file) == b"description"
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    assert [left.name for left in file.parent.iterdir()] == [file.name]


def test_a_cache_that_cannot_be_written_is_none(folder: Path, cache: Path) -> None:
    cache.write_text("a file where a folder should be")
    file = found(folder)
    keep(file, b"description")
    assert read(file) is None


def test_a_folder_that_is_gone_is_kept_nowhere(tmp_path: Path) -> None:
    assert file_of(tmp_path / "nowhere", "auto", False) is None

"""Sums of files are right, and read once."""

import hashlib
import json
import os
import stat
from pathlib import Path

import pytest

from anthology.models.language_model import file_sums
from anthology.models.language_model.file_sums import sums


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANTHOLOGY_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(file_sums, "_known", {})
    monkeypatch.setattr(file_sums, "SETTLED_NS", -1)
    return tmp_path / "home"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights"
    path.write_bytes(b"weights")
    return path


def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in another process, which cannot read files."""
    monkeypatch.setattr(file_sums, "_known", {})
    monkeypatch.setattr(file_sums.hashlib, "file_digest", None)


def test_sums_are_kept_for_other_processes_and_for_their_user_alone(
    home: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [hashlib.sha256(b"weights").hexdigest()]
    assert sums([file]) == wanted
    assert stat.S_IMODE((home / "model-sums.json").stat().st_mode) == 0o600
    forgotten(monkeypatch)
    assert sums([file]) == wanted


def test_a_file_that_has_just_changed_is_read_again(
    home: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_sums, "SETTLED_NS", 3600 * 10**9)
    before = sums([file])
    file.write_bytes(b"WEIGHTS")
    assert sums([file]) != before


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"a": 1}', '{"a": [[1], "x"]}', "null"])
def test_a_damaged_store_is_as_good_as_none(home: Path, file: Path, damage: str) -> None:
    home.mkdir()
    (home / "model-sums.json").write_text(damage)
    assert sums([file]) == [hashlib.sha256(b"weights").hexdigest()]
    assert json.loads((home / "model-sums.json").read_text())


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(
    home: Path, file: Path, tmp_path: Path
) -> None:
    home.write_text("a file stands in its place")
    assert sums([file]) == [hashlib.sha256(b"weights").hexdigest()]
    assert sorted(os.listdir(tmp_path)) == ["home", "weights"]


def test_who_wants_nothing_written_gets_nothing_written(home: Path, file: Path) -> None:
    sums([file], keep=False)
    assert not home.exists()

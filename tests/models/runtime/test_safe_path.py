"""Where the Pythons that we start look for what they import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from anthology.models.runtime import safe_path
from anthology.workers.runner import app_names

WHERE = "import anthology.workers.runner.app_names as names; print(names.__file__)"


def found_in(folder: Path, environment: dict[str, str]) -> Path:
    """The file of ours that a Python started there imports."""
    done = subprocess.run(
        [sys.executable, "-c", WHERE], cwd=folder, env=environment, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    return Path(done.stdout.strip())


@pytest.mark.parametrize("first", ["", "elsewhere"])
def test_files_in_the_current_folder_are_not_taken_for_ours(
    first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "anthology").mkdir()
    (tmp_path / "anthology" / "__init__.py").write_text("raise RuntimeError('not ours')")
    monkeypatch.setattr(sys, "path", [first, *sys.path])
    assert found_in(tmp_path, safe_path.environment()) == Path(app_names.__file__)


def test_a_checkout_that_was_found_as_the_current_folder_is_found_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = tmp_path / "checkout" / "anthology" / "workers" / "runner" / "app_names.py"
    names.parent.mkdir(parents=True)
    names.touch()
    for package in list(names.parents)[:3]:
        (package / "__init__.py").touch()
    monkeypatch.setattr(safe_path, "OURS", str(tmp_path / "checkout"))
    monkeypatch.setattr(sys, "path", ["", *sys.path[1:]])
    assert found_in(tmp_path, safe_path.environment()) == names


def test_what_is_installed_is_not_put_before_everything_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`site-packages` on PYTHONPATH would come before the standard library."""
    monkeypatch.setenv("PYTHONPATH", "mine")
    monkeypatch.setattr(sys, "path", ["bin", "lib", safe_path.OURS])
    assert safe_path.environment()["PYTHONPATH"] == "mine"
    monkeypatch.setattr(sys, "path", [safe_path.OURS, "lib"])
    assert safe_path.environment()["PYTHONPATH"] == os.pathsep.join([safe_path.OURS, "mine"])

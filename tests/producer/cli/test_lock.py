"""`anthology lock`: of a file and of a study, for people and for programs."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import small_study, store, write_study
from sqlalchemy import Engine

pytestmark = pytest.mark.usefixtures("home")
PARTS = ["study", "lock", "plan", "prompts", "code"]


def test_a_file_and_its_study_have_the_lines_of_one_lock(
    anthology: Any, home: Path, database: Engine
) -> None:
    path = write_study(home)
    of_file = anthology("lock", path)
    assert [line.split()[0] for line in of_file.out.splitlines()] == PARTS
    store(database, small_study(home))
    of_study = anthology("lock", "small")
    assert of_study.out == of_file.out
    assert "which submitted is not stored" in of_study.err
    found = anthology("lock", "small", "--json").json
    assert of_file.out == "".join(f"{part:<9}{found[part]}\n" for part in PARTS)


def test_a_file_needs_no_database(anthology: Any, home: Path) -> None:
    assert anthology("lock", write_study(home)).code == 0
    assert not (home / "a.db").exists()


def test_what_is_not_there_is_one_sentence(anthology: Any) -> None:
    assert "nowhere.yaml: no such file" in anthology("lock", "nowhere.yaml").failed(2)
    assert "no study has been submitted to" in anthology("lock", "small").failed(2)

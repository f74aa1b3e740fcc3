"""The lock of a study: before and after submission the same, and another for another plan."""

from pathlib import Path

import pytest
from every_condition import every_condition
from fake_model import small_study, store, write_study
from sqlalchemy import Engine

from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.lock import lock as locking
from anthology.producer.lock.lock import lock_of_file, lock_of_study


def test_a_study_has_the_lock_of_its_file(database: Engine, tmp_path: Path) -> None:
    """Also with primed and imported pools, of which a submission writes what it found."""
    for path in (write_study(tmp_path), every_condition(tmp_path, "fake")):
        before = lock_of_file(path)
        study = Study.load(path)
        store(database, study)
        after = lock_of_study(database, study.study)
        assert (before.stored, after.stored) == (False, True)
        assert after.as_json() == before.as_json() | {"stored": True}


def test_looking_at_a_file_writes_nothing(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    there = set(tmp_path.rglob("*"))
    lock_of_file(path)
    assert set(tmp_path.rglob("*")) == there


def test_the_plan_changes_with_study_and_people_and_not_with_what_others_found(
    tmp_path: Path,
) -> None:
    plain = lock_of_file(write_study(tmp_path / "a"))
    chunk = lock_of_file(write_study(tmp_path / "b", chunk=9))
    people = lock_of_file(write_study(tmp_path / "c", people=9))
    row = {"source": "s", "condition": "c", "figures": {"wd": 0.2}}
    quoting = lock_of_file(write_study(tmp_path / "d", published=[row]))
    assert len({plain.plan, chunk.plan, people.plan}) == 3
    assert plain.prompts == chunk.prompts == people.prompts
    assert quoting == plain
    scaled = lock_of_file(write_study(tmp_path / "e", scales={"spending": ["roads", "-parks"]}))
    assert (scaled.prompts, scaled.plan != plain.plan) == (plain.prompts, True)


def test_the_whole_lock_is_of_all_three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_study(tmp_path)
    wholes = {lock_of_file(path).whole, lock_of_file(write_study(tmp_path, chunk=9)).whole}
    for part in ("code_digest", "prompts_digest"):
        with monkeypatch.context() as patched:
            patched.setattr(locking, part, lambda *_: "0" * 64)
            wholes.add(lock_of_file(write_study(tmp_path)).whole)
    assert len(wholes) == 4


def test_a_file_that_a_submission_would_refuse_has_no_lock(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    (tmp_path / "humans.csv").write_text("id,weight\n")
    with pytest.raises(InputError):
        lock_of_file(path)


def test_a_study_that_is_not_there_is_named(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    with pytest.raises(InputError, match="there is no study 'smal'"):
        lock_of_study(database, "smal")

"""What others published may be told, or put right, when a study has been submitted."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import write_study
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology import submit
from anthology.models.database.sessions import open_database
from anthology.models.database.tables import StudyRow
from anthology.models.errors import InputError
from anthology.models.study.study import Study

ROW: dict[str, Any] = {"source": "s", "condition": "c", "beside": "none", "figures": {"wd": 0.2}}
SAID = "what was published stands beside the study as this file has it"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> Engine:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", redis_url)
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", url)
    return open_database(url)


def stored(database: Engine) -> tuple[Any, str]:
    with Session(database) as session:
        row = session.execute(select(StudyRow).where(col(StudyRow.name) == "small")).scalar_one()
        return row.spec, row.digest


def test_the_same_study_with_other_published_rows_is_the_same_and_has_these(
    database: Engine, tmp_path: Path
) -> None:
    assert submit(write_study(tmp_path, conditions=["none"])).new
    plain, digest = stored(database)
    for rows in ([ROW], [ROW, {**ROW, "figures": {"alpha": 0.7}}]):
        path = write_study(tmp_path, conditions=["none"], published=rows)
        before = stored(database)
        dry = submit(path, dry_run=True)
        assert (dry.new, dry.notes[0].startswith(SAID)) == (False, True)
        assert stored(database) == before
        done = submit(path)
        assert (done.new, done.notes[0].startswith(SAID)) == (False, True)
        spec, still = stored(database)
        assert still == digest
        assert Study.from_spec(spec).published == Study.load(path).published
        assert submit(path).notes == []
    submit(write_study(tmp_path, conditions=["none"]))
    assert stored(database) == (plain, digest)


def test_what_else_is_changed_beside_them_is_refused_and_nothing_is_stored(
    database: Engine, tmp_path: Path
) -> None:
    submit(write_study(tmp_path, conditions=["none"]))
    before = stored(database)
    with pytest.raises(InputError, match="exists with other settings"):
        submit(write_study(tmp_path, conditions=["none"], chunk=5, published=[ROW]))
    assert stored(database) == before

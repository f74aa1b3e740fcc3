"""Submitting all studies of a file with `vary`: all or none, with what they share counted once."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import write_study
from sqlalchemy import select
from sqlmodel import Session, col

from anthology import submit
from anthology.models.database.sessions import open_database
from anthology.models.database.tables import PoolRow, StudyRow
from anthology.models.errors import InputError
from anthology.models.settings import Settings
from anthology.models.study.study import Study
from anthology.producer.submission.estimate import together
from anthology.producer.submission.submission import Submission, submit_all

VARY = {"model": ["org/A", "org/B"], "questionnaire.temperature": [0.7, 1.0]}


def names(column: Any) -> list[str]:
    with Session(open_database(Settings().database)) as session:
        return list(session.execute(select(column).order_by(column)).scalars())


def amounts(found: list[Submission]) -> list[Any]:
    shown = [one.as_json() for one in found]
    return [
        {key: one[key] for key in ("jobs", "personas_shared", "prompt_tokens")} for one in shown
    ]


def test_a_dry_run_counts_what_submitting_them_in_turn_does(
    only_redis: Path, tmp_path: Path
) -> None:
    studies = Study.grid(write_study(tmp_path, vary=VARY))
    expected = submit_all(studies, dry_run=True)
    assert not only_redis.exists()
    done = submit_all(studies)
    assert amounts(done) == amounts(expected)
    total = together(done)
    assert total.personas == 2 * studies[0].pools_declared[0].count
    alone = submit(studies[0].model_copy(update={"study": "alone"}), dry_run=True)
    assert alone.jobs["backstory"] == 0
    assert total.jobs["backstory"] == 2 * done[0].jobs["backstory"] > 0
    assert names(col(PoolRow.name)) == ["people-A", "people-B"]
    assert len(names(col(StudyRow.name))) == 4


def test_again_it_resumes_and_a_value_more_adds_its_studies(
    only_redis: Path, tmp_path: Path
) -> None:
    submit_all(Study.grid(write_study(tmp_path, vary=VARY)))
    more = {**VARY, "questionnaire.temperature": [0.5, 0.7, 1.0]}
    done = submit_all(Study.grid(write_study(tmp_path, vary=more)))
    assert [one.study for one in done if one.new] == ["small-A-0.5", "small-B-0.5"]


def test_nothing_is_written_where_one_of_them_is_refused(only_redis: Path, tmp_path: Path) -> None:
    other = {"study": "small-2", "chunk": 2, "seed": 9, "pool": {"name": "other", "count": 9}}
    submit(write_study(tmp_path, **other))
    with pytest.raises(InputError, match=r"^small-2: study 'small-2' exists with other settings"):
        submit_all(Study.grid(write_study(tmp_path, vary={"chunk": [1, 2]})))
    assert names(col(StudyRow.name)) == ["small-2"]


def test_together_they_must_be_of_a_size_that_is_meant(only_redis: Path, tmp_path: Path) -> None:
    vary = {"seed": [1, 2, 3]}
    pool = {"name": "people", "count": 900_000}
    studies = Study.grid(write_study(tmp_path, vary=vary, pool=pool, chunk=4096))
    with pytest.raises(InputError, match=r"these 3 studies would be .* over 2,000,000 personas"):
        submit_all(studies, dry_run=True)
    assert len(submit_all(studies, dry_run=True, large=True)) == 3


def test_a_script_submits_a_grid_study_by_study(only_redis: Path, tmp_path: Path) -> None:
    path = write_study(tmp_path, vary={"chunk": [4, 8]})
    assert [submit(study).study for study in Study.grid(path)] == ["small-4", "small-8"]
    with pytest.raises(InputError, match=r"Study.grid\(path\)"):
        submit(path)

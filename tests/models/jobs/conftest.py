"""What the tests of the job protocol share: a study's only job, and a last one."""

from pathlib import Path

import pytest
from fake_model import jobs, small_study, store
from held_jobs import set_job
from sqlalchemy import Engine

from anthology.models.database.tables import Job


@pytest.fixture
def job(database: Engine, tmp_path: Path) -> Job:
    """The only job of a study whose one condition is `none`."""
    store(database, small_study(tmp_path, people=4, conditions=["none"]))
    return jobs(database)[0]


@pytest.fixture
def last(database: Engine, tmp_path: Path) -> Job:
    """The last job of such a study, about one person: it fails where a chunk would be split."""
    store(database, small_study(tmp_path, people=2, conditions=["none"], chunk=1))
    first, last = jobs(database)
    set_job(database, first, state="done")
    return last

"""`anthology report STUDY --checklist`: Markdown on stdout, and no page."""

from pathlib import Path
from typing import Any

import pytest
from finished_study import fill, small_study, some_humans
from sqlalchemy import Engine

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def finished(database: Engine) -> None:
    study = small_study()
    fill(database, study, some_humans(study))


@pytest.mark.usefixtures("finished")
def test_it_is_printed_and_nothing_is_written(anthology: Any, home: Path) -> None:
    found = anthology("report", "small", "--checklist")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("# Reporting checklist of study small\n")
    assert found.out.count("For the author to fill in") > 5
    assert not (home / "home").exists()


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize("other", [["--json"], ["--force"], ["--personas"], ["--table", "wd"],
                                   ["--subgroup", "sex=man"]])  # fmt: skip
def test_what_is_of_the_page_does_not_go_with_it(anthology: Any, other: list[str]) -> None:
    said = anthology("report", "small", "--checklist", *other).failed(2)
    assert "--checklist only prints Markdown; leave the other options out" in said


def test_an_unknown_study_is_one_sentence(anthology: Any) -> None:
    assert "no study has been" in anthology("report", "x", "--checklist").failed(2)

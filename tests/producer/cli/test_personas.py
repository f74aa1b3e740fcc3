"""`anthology report STUDY --personas`: a page to find personas beside the report."""

from pathlib import Path
from typing import Any

import pytest
from finished_study import fill, small_study, some_humans
from sqlalchemy import Engine

pytestmark = pytest.mark.usefixtures("home")


def test_personas_are_written_where_they_are_asked_for_and_somebodys_page_stays(
    anthology: Any, database: Engine, home: Path
) -> None:
    study = small_study(measures={"splits": 2, "bootstrap": 20})
    fill(database, study, some_humans(study))
    out = home / "out"
    out.mkdir()
    (out / "personas.html").write_text("mine")
    said = anthology("report", "small", "--personas", "--out", out).failed(2)
    assert "personas.html exists and is not what this command wrote there before" in said
    assert [path.name for path in out.iterdir()] == ["personas.html"]
    assert anthology("report", "small", "--personas", "--out", out, "--force").code == 0
    assert {path.name for path in out.iterdir()} == {"index.html", "personas.html", "personas"}
    assert '<a href="personas.html">' in (out / "index.html").read_text(encoding="utf-8")

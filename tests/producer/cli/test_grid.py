"""The commands on several studies: a file with `vary`, patterns, and what stands side by side."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from fake_model import write_study
from finished_study import fill, small_study, some_humans
from sqlalchemy import Engine

pytestmark = pytest.mark.usefixtures("home")


def test_a_dry_run_lists_all_studies_and_sums_them(anthology: Any, home: Path) -> None:
    file = write_study(home, vary={"chunk": [4, 8]})
    found = anthology("submit", file, "--dry-run")
    assert found.code == 0
    lines = found.out.splitlines()
    assert [line.split()[0] for line in lines] == ["study", "small-4", "small-8", "all", "hours"]
    answers = [int(line.split()[3]) for line in lines[1:4]]
    assert answers[2] == answers[0] + answers[1] > 0
    assert "nothing was written" in found.err
    shown = anthology("submit", file, "--dry-run", "--json").json
    assert [one["study"] for one in shown["studies"]] == ["small-4", "small-8"]
    assert shown["together"]["answers"] == answers[2]


def test_studies_of_a_file_are_submitted_watched_and_waited_for_together(
    anthology: Any, home: Path, with_redis: str
) -> None:
    file = write_study(home, vary={"chunk": [4, 8]})
    assert f"anthology status {file} --watch" in anthology("submit", file).err
    for meant in (file, "small-*"):
        shown = anthology("status", meant, "--json").json
        assert [one["study"] for one in shown] == ["small-4", "small-8"]
        waited = anthology("wait", meant, "--timeout", "0", "--json")
        assert waited.code == 3
        assert [one["study"] for one in waited.json] == ["small-4", "small-8"]
    assert anthology("status", "small-4", "--json").json["study"] == "small-4"
    assert anthology("wait", "small-4", "--timeout", "0", "--json").json["study"] == "small-4"
    assert "2 of these 2 studies were submitted before" in anthology("submit", file).err
    assert "there is no study 'x'" in anthology("wait", "small-4", "x").failed(2)


def test_a_preview_is_of_the_first_study_unless_another_is_named(
    anthology: Any, home: Path
) -> None:
    file = write_study(home, vary={"style.labels": ["lower", "digits"]})
    first = anthology("preview", file)
    assert "(a)" in first.out
    assert "the file has 2 studies; --cell takes: small-lower, small-digits" in first.err
    assert "(1)" in anthology("preview", file, "--cell", "small-digits").out
    assert "has no study 'x'; it has small-lower, small-digits" in (
        anthology("preview", file, "--cell", "x").failed(2)
    )
    assert anthology("preview", file, "--json").json["cells"] == ["small-lower", "small-digits"]


def test_every_command_that_takes_a_file_takes_a_study_that_is_called_like_one(
    anthology: Any, home: Path, with_redis: str
) -> None:
    assert anthology("submit", write_study(home, study="wave.yaml")).code == 0
    assert anthology("status", "wave.yaml", "--json").json["study"] == "wave.yaml"
    assert anthology("wait", "wave.yaml", "--timeout", "0").code == 3
    assert anthology("preview", "wave.yaml", "--json").json["study"] == "wave.yaml"
    assert anthology("lock", "wave.yaml", "--json").json["stored"] is True
    for command in ("status", "wait", "compare", "preview", "lock"):
        said = anthology(command, "none.yaml").failed(2)
        assert "none.yaml: no such file, and there is no study 'none.yaml' in this" in said


def test_measured_studies_are_compared_as_page_table_and_data(
    anthology: Any, home: Path, database: Engine
) -> None:
    for seed in (1, 2):
        study = small_study(f"w-{seed}", seed=seed, measures={"splits": 20, "bootstrap": 20})
        fill(database, study, some_humans(study))
    found = anthology("compare", "w-*")
    assert found.code == 0
    assert "is closest on WD in" in found.out
    assert "seed: 1, 2" in found.out
    page = home / "home" / "comparisons" / "w" / "index.html"
    assert f"page: {page}" in found.err
    assert anthology("compare", "w-1", "w-2").code == 0  # its own page is replaced
    page.write_text("mine")
    assert str(page) in anthology("compare", "w-*").failed(2)
    shown = anthology("compare", "w-*", "--json").json
    assert len(shown["rows"]) == 6
    printed = list(csv.DictReader(io.StringIO(anthology("compare", "w-*", "--csv").out)))
    assert [float(row["wd"]) for row in printed] == [row["wd"] for row in shown["rows"]]

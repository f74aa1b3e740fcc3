"""`anthology report STUDY --table FIGURES`: a table for a paper on stdout, and no page."""

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from finished_study import fill, small_study, some_humans
from sqlalchemy import Engine
from sqlmodel import select

from anthology.models.database.sessions import open_database, reading
from anthology.models.database.tables import Metric
from anthology.models.statistics.figures import FIGURES

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("finished") / "a.db"
    engine = open_database(f"sqlite:///{file}")
    study = small_study()
    fill(engine, study, some_humans(study))
    engine.dispose()
    return file


@pytest.fixture
def finished(once: Path, home: Path) -> Iterator[Engine]:
    shutil.copy(once, home / "a.db")
    engine = open_database(f"sqlite:///{home / 'a.db'}")
    yield engine
    engine.dispose()


def test_csv_has_every_figure_to_the_last_digit_of_conditions_and_floors(
    anthology: Any, finished: Engine, home: Path
) -> None:
    names = ",".join(figure.name for figure in FIGURES)
    found = anthology("report", "small", "--table", names, "--format", "csv")
    assert (found.code, found.err) == (0, "")
    lines = list(csv.DictReader(io.StringIO(found.out)))
    assert [line["kind"] for line in lines] == ["condition"] * 3 + ["floor_at_n", "floor"]
    with reading(finished) as session:
        stored = session.exec(select(Metric).where(Metric.subgroup == "all")).all()
    cells = {
        (m.condition, f"{m.name}{end}"): value
        for m in stored
        for end, value in (("", m.value), ("_low", m.low), ("_high", m.high))
    }
    told = 0
    for line in lines:
        of = line["name"] if line["kind"] == "condition" else line["kind"]
        for name in list(line)[3:]:
            value = cells.get((of, name))
            assert (float(line[name]) if line[name] else None) == value, (of, name)
            told += value is not None
    assert told > 100
    assert not (home / "home").exists()


@pytest.mark.usefixtures("finished")
def test_markdown_is_what_is_printed_unless_another_format_is_named(anthology: Any) -> None:
    found = anthology("report", "small", "--table", "wd, fro").out
    assert found == anthology("report", "small", "--table", "WD,Fro,wd", "--format", "md").out
    assert found.startswith("**Study small: virtual people against 40 humans**\n\n| Condition |")


@pytest.mark.usefixtures("finished")
def test_latex_has_a_row_for_each_condition_and_floor(anthology: Any) -> None:
    lines = anthology("report", "small", "--table", "wd,alpha", "--format", "latex").out
    rows = [line for line in lines.splitlines() if line.endswith("\\\\")]
    assert [name for row in rows if (name := row.split(" & ")[0])] == [
        "Condition", "none", "natural/greedy", "natural/max\\_weight",
        "8 other real people", "Two halves of the humans",
    ]  # fmt: skip
    assert rows[0] == "Condition & $n$ & WD & $\\alpha$ \\\\"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--table", "wd,nope"], "--table: no figure is called 'nope'; there are wd, tv, fro,"),
        (["--table", "kapa"], "--table: no figure is called 'kapa'; did you mean kappa?"),
        (["--table", ""], "--table names no figure; say which it has, as --table wd,"),
        (["--table", "wd", "--format", "xlsx"], "--format takes latex, csv, md, not 'xlsx'"),
        (["--format", "csv"], "--format is of a table; say which figures it has with --table"),
        (["--table", "wd", "--json"], "--table only prints a table; only --format goes with it"),
    ],
)  # fmt: skip
def test_what_cannot_be_printed_is_one_sentence(
    anthology: Any, options: list[str], said: str
) -> None:
    assert anthology("report", "small", *options).failed(2).startswith(said)

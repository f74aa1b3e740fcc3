"""`anthology report STUDY --table FIGURES`: a table for a paper on stdout, and no page."""

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from finished_study import fill, small_study, some_humans
from sqlalchemy import Engine
from sqlmodel import select

from anthology.models.database.sessions import open_database, reading
from anthology.models.database.tables import Metric
from anthology.models.statistics.across_groups import OF_CONDITIONS
from anthology.models.statistics.figures import FIGURES
from anthology.models.statistics.scale_scores.names import COMPARED, FRO, OF_SCORES

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("finished") / "a.db"
    engine = open_database(f"sqlite:///{file}")
    study = small_study(
        scales={"views": ["spend", "-war"], "others": ["war", "spend"]},
        measures={"splits": 60, "bootstrap": 20, "subgroups": ["age"]},
    )
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


@pytest.mark.parametrize("subgroup", ["all", "age=young"])
def test_csv_has_figures_of_scales_and_groups_as_they_are_stored(
    anthology: Any, finished: Engine, subgroup: str
) -> None:
    names = [f"scale/views/{name}" for name in (*OF_SCORES, *COMPARED)] + ["wd", FRO]
    names += [f"groups/age/{name}" for name in OF_CONDITIONS] if subgroup == "all" else []
    found = anthology("report", "small", "--table", ",".join(names), "--format", "csv",
                      "--subgroup", subgroup)  # fmt: skip
    assert (found.code, found.err) == (0, "")
    lines = list(csv.DictReader(io.StringIO(found.out)))
    assert [line["kind"] for line in lines[3:]] == ["humans", "floor_at_n", "floor"]
    with reading(finished) as session:
        stored = session.exec(select(Metric).where(Metric.subgroup == subgroup)).all()
    cells = {(one.condition, one.name): one for one in stored}
    told = 0
    for line in lines:
        of = line["name"] if line["kind"] == "condition" else line["kind"]
        for name in names:
            there = line["kind"].startswith("floor")
            one = cells.get((of, name.removesuffix("_drawn") if there else name))
            assert (float(line[name]) if line[name] else None) == (one and one.value), (of, name)
            assert not (one and one.low) or float(line[f"{name}_low"]) == one.low
            told += one is not None
    assert told > 30


@pytest.mark.usefixtures("finished")
def test_a_mistyped_name_is_refused_before_a_document_is_written(
    anthology: Any, home: Path
) -> None:
    for wrong in (["--table", "scale/vews/wd"], ["--table", "wd", "--subgroup", "age=Old"]):
        found = anthology("report", "small", *wrong, "--format", "docx", "--out", "new/a.docx")
        assert "did you mean" in found.failed(2)
    assert not (home / "new").exists()


@pytest.mark.usefixtures("finished")
def test_word_gets_a_document_with_what_markdown_has(anthology: Any, home: Path) -> None:
    options = ["report", "small", "--table", "wd,scale/views/mean", "--subgroup", "age=young"]
    file = home / "new" / "table.docx"
    made = anthology(*options, "--format", "docx", "--out", str(file))
    assert (made.code, made.out, made.err) == (0, "", f"table: {file}\n")
    [table] = docx.Document(str(file)).tables
    found = [" ".join(" | ".join(cell.text for cell in row.cells).split()) for row in table.rows]
    shown = anthology(*options).out.replace("\\", "").splitlines()
    rows = [line.strip("| ") for line in shown if line.startswith("| ")]
    assert found == rows
    assert len(rows) == 1 + 3 + 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--table", "wd,nope"], "--table: no figure is called 'nope'; there are wd, tv, fro,"),
        (["--table", "kapa"], "--table: no figure is called 'kapa'; did you mean kappa?"),
        (["--table", ""], "--table names no figure; say which it has, as --table wd,"),
        (["--table", "wd", "--format", "xlsx"], "--format takes md, latex, csv, docx, not"),
        (["--format", "csv"], "--format is of a table; say which figures it has with --table"),
        (["--table", "wd", "--json"], "--table is no page; --format and --subgroup go with it"),
        (["--subgroup", "gender=Male"], "--subgroup is of a table; say which figures it has"),
        (["--table", "views.alpha"], "--table: no figure is called 'views.alpha'; of a scale"),
        (["--table", "wd/(K−1)"], "--table: no figure is called 'wd/(K−1)'; did you mean wd_norm"),
        (["--table", "wd", "--format", "docx"], "--format docx is a document and no text; name"),
        (["--table", "wd", "--format", "docx", "--out", "a.doc"], "--out names the document of"),
        (["--table", "wd", "--out", "a.docx"], "a table as md is printed, so send it to a file"),
        (["--table", "wd", "--format", ""], "--format takes md, latex, csv, docx, not"),
        (["--table", "wd", "--force"], "a table as md is printed, so send it to a file"),
    ],
)  # fmt: skip
def test_what_cannot_be_printed_is_one_sentence(
    anthology: Any, options: list[str], said: str
) -> None:
    assert anthology("report", "small", *options).failed(2).startswith(said)

"""Studies beside each other, from a database of measured ones; and the page of them."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fake_model import run_study, write_study
from finished_study import fill, small_study, some_humans
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import PoolRow
from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.comparison.compared import compared
from anthology.producer.comparison.page import page
from anthology.producer.comparison.table import header, rows
from anthology.producer.reporting.findings import findings

MEASURES = {"splits": 20, "bootstrap": 20}


def add(
    database: Engine, name: str, people: int = 40, *, measured: bool = True, **changes: Any
) -> None:
    study = small_study(name, measures=MEASURES, **changes)
    fill(database, study, some_humans(study, people), measured=measured)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('compared') / 'a.db'}")
    for name, seed, labels in (
        ("w-1-x", 1, "upper"),
        ("w-1-y", 1, "digits"),
        ("w-2-x", 2, "upper"),
    ):
        add(engine, name, seed=seed, style={"labels": labels})
    add(engine, "others", people=30)
    add(engine, "waiting", measured=False)
    add(engine, "waiting-too", measured=False)
    questions = dict(list(small_study().spec["questionnaire"]["questions"].items())[:2])
    add(engine, "asks-less", questionnaire={"questions": questions})
    return engine


def test_rows_and_floors_are_those_of_each_studys_findings(database: Engine) -> None:
    found = compared(database, ["w-*"])
    assert [study["study"] for study in found["studies"]] == ["w-1-x", "w-1-y", "w-2-x"]
    for study in found["studies"]:
        own = findings(database, study["study"])
        mine = [row for row in found["rows"] if row["study"] == study["study"]]
        assert [{**row, "study": None} for row in mine] == [
            {**row, "study": None} for row in own["rows"] if row["subgroup"] == "all"
        ]
        assert (study["floor"], study["floor_at_n"]) == (own["floor"], own["floor_at_n"])
    assert found["differ"] == ["seed", "style.labels"]
    assert found["studies"][2]["settings"] == {"seed": "2", "style.labels": "upper"}
    assert (found["title"], found["apart"]) == ("w", None)
    assert [one["figure"] for one in found["conclusions"]] == ["wd", "fro", "alpha"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["w-1-x", "others"], "w-1-x and others are not of the same humans"),
        (["w-1-x", "asks-less"], "w-1-x and asks-less do not ask the same questions"),
    ],
)
def test_nothing_is_concluded_across_other_humans_or_questions(
    database: Engine, names: list[str], said: str
) -> None:
    found = compared(database, names)
    assert said in found["apart"]
    assert found["conclusions"] == []
    assert found["apart"] in unescape(page(found))


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["w-1-x"], "w-1-x is one study; compare takes two or more"),
        (["w-1-x", "w-1-x"], "w-1-x is one study"),
        (["w-1-x", "waiting"], "study 'waiting' is not measured yet"),
        (["w-1-x", "waiting*"], "2 studies are not measured: waiting, waiting-too;"),
        (["w-1-x", "nobody"], "there is no study 'nobody'"),
        (["w-1-x,waiting"], "there is no study 'w-1-x,waiting'"),
        (["x*"], "no study is called like 'x*'; known: "),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(
    database: Engine, names: list[str], said: str
) -> None:
    with pytest.raises(InputError) as raised:
        compared(database, names)
    assert said in str(raised.value)


def test_the_table_has_a_row_for_each_study_and_condition(database: Engine) -> None:
    found = compared(database, ["w-*"])
    head, body = header(found), list(rows(found))
    assert len(body) == 9
    assert {len(row) for row in body} == {len(head)}
    assert head[:5] == ["study", "seed", "style.labels", "condition", "n"]
    first = dict(zip(head, body[0], strict=True))
    assert first["wd"] == found["rows"][0]["wd"]
    assert first["wd_floor"] == found["studies"][0]["floor"]["wd"]
    assert first["alpha_high"] == found["rows"][0]["alpha_high"]


def test_the_page_needs_no_network_and_says_what_holds(database: Engine) -> None:
    text = page(compared(database, ["w-*"]))
    assert re.search(r'class="verdict">\S+ is closest on WD in \d of 3 studies; closer than', text)
    assert re.findall(r'(?:src|href)="(?!#)', text) == []
    pictures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(pictures) == 4
    for condition in ("none", "natural/greedy", "natural/max_weight", "labels upper", "seed 1"):
        assert condition in pictures[0]


def test_every_row_says_of_which_setting_it_is_so_that_rows_can_be_sorted(database: Engine) -> None:
    text = page(compared(database, ["w-*"]))
    assert "<th></th>" not in text
    tables = re.findall(r"<th>Setting</th>.*?</table>", text, re.DOTALL)
    assert tables
    for table in tables:
        assert table.count("<th>seed</th>") == table.count("<th>style.labels</th>") == 2


def test_a_name_from_a_file_becomes_no_markup(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    for name, asker in (("a", "Q"), ("b", "<b>Q</b>")):
        add(database, name, style={"asker": asker})
    text = page(compared(database, ["a", "b"]))
    assert "<b>Q" not in text
    assert "&lt;b&gt;Q" in text


def test_a_grid_whose_pools_are_named_apart_runs_and_is_compared_by_condition(
    tmp_path: Path,
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    path = write_study(
        tmp_path, pool=None, pools={"wide": {"count": 9}, "own": {"primed_by": "bio"}},
        conditions=["none", {"pool": "wide", "match": "greedy"}, {"pool": "own"}],
        vary={"pools.wide.temperature": [0.5, 1.0], "style.reminder": ["never", "in_surveys"]},
    )  # fmt: skip
    for study in Study.grid(path):
        run_study(database, study)
    found = compared(database, [str(path)])
    assert (found["title"], found["apart"]) == ("small", None)
    assert {row["condition"] for row in found["rows"]} == {"none", "wide/greedy+qa", "own"}
    assert found["differ"] == ["pools.wide.temperature", "style.reminder"]
    assert {one["of"] for one in found["conclusions"][0]["closest"]} == {4}
    with Session(database) as session:
        pools = sorted(session.execute(select(col(PoolRow.name))).scalars())
    assert pools == ["own-in_surveys", "own-never", "wide-0.5", "wide-1.0"]

"""Figures of single questions in subgroups: as findings, on the page, in tables and archives."""

import csv
import json
import re

import pytest
from finished_study import fill, small_study, some_humans
from measured import figures
from pages import sections
from sqlalchemy import delete
from sqlmodel import Session, col

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Metric
from anthology.models.statistics.figures import VERSION
from anthology.producer.reporting.figures.item_tables import MOST_BESIDE, item_tables
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_belonging import Belonging
from anthology.producer.transfer.archive_import import import_archive
from anthology.producer.transfer.export import export_study

GROUPS = ["gender=Male", "gender=Female", "age=young * gender=Male", "age=young * gender=Female",
          "age=middle * gender=Male", "age=middle * gender=Female", "age=old * gender=Male",
          "age=old * gender=Female"]  # fmt: skip
BESIDE = "Question by question, everybody and 8 subgroups"


@pytest.fixture(scope="module")
def crossed(tmp_path_factory):
    """With so many respondents that every cell has some."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('crossed') / 'a.db'}")
    measures = {"splits": 60, "bootstrap": 20, "subgroups": ["gender", "age*gender"]}
    study = small_study(
        pool={"name": "small-pool", "count": 61}, conditions=["none", "natural/greedy"],
        measures=measures,
    )  # fmt: skip
    fill(database, study, some_humans(study, 120, 60))
    return database


def without_items_of_subgroups(database):
    with Session(database) as session:
        of_items = col(Metric.name).startswith("item/"), col(Metric.subgroup) != "all"
        session.execute(delete(Metric).where(*of_items))
        session.commit()


def test_findings_have_every_question_of_every_subgroup_as_it_is_stored(crossed):
    found = findings(crossed, "small")
    rows = found["items_in_subgroups"]
    asked = ["spend", "war", "job"]
    assert [(row["subgroup"], row["question"]) for row in rows] == [
        (group, question) for group in GROUPS for question in asked
    ]
    for row in rows:
        at = f"item/{row['question']}/"
        for one in row["conditions"]:
            stored = figures(crossed, one["condition"], row["subgroup"])
            assert one["tv"]["value"] == stored[f"{at}tv"].value is not None
            assert one["tv"]["drawn"] == stored[f"{at}tv_drawn"].value
            assert one["kappa"]["low"] == stored[f"{at}kappa"].low
            assert one["n"] == stored[f"{at}tv"].n
        for floor in ("floor", "floor_at_n"):
            stored = figures(crossed, floor, row["subgroup"])
            assert row[floor]["tv_sd"] == stored[f"{at}tv_sd"].value
            assert row[floor]["n"] == found["floors"][row["subgroup"]][floor]["n"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_questions_beyond_the_floor_are_those_far_above_what_as_few_real_people_score(crossed):
    found = findings(crossed, "small")
    known = []
    for row in (*found["items"], *found["items_in_subgroups"]):
        name = "tv" if row["question"] == "job" else "wd"
        floor = row["floor_at_n"]
        for one in row["conditions"]:
            above = (one[name]["drawn"] - floor[name]) / floor[f"{name}_sd"]
            known.append((above, one["floor_at_n_p_holm"], one["beyond_floor_at_n"]))
    assert {beyond for _, _, beyond in known} == {True, False}
    assert all(beyond == (p < 0.05) for _, p, beyond in known)
    assert all(not beyond for above, _, beyond in known if above < 1.5)
    assert all(beyond for above, _, beyond in known if above > 6)


def test_the_page_has_them_under_each_subgroup_and_beside_each_other(crossed):
    found = findings(crossed, "small")
    for row in (*found["items"], *found["items_in_subgroups"]):
        for one in row["conditions"]:
            one["homogenised_surely"], one["beyond_floor_at_n"] = False, False
            if (row.get("subgroup"), row["question"]) == ("gender=Female", "war"):
                one["beyond_floor_at_n"] = one["condition"] == "none"
    shown = sections(page(crossed, "small", found))
    by_subgroup = shown.split('<details id="by-subgroup">')[1]
    women = by_subgroup.split('<h3 dir="auto">gender = Female</h3>')[1].split("<h3")[0]
    women = women.split("<summary>Question by question</summary>")[1].split("</details>")[0]
    assert [women.count(f"<th>{symbol}</th>") for symbol in ("WD", "TV", "s²")] == [1, 1, 1]
    assert women.count('<td class="warn">') == 1
    (marked,) = re.findall(r"<tr><th>(\w+)</th>\s*<td class=\"warn\">", women)
    assert marked == "war"

    beside = shown.split(f"<summary>{BESIDE}</summary>")[1].split("</details>")[0]
    ordered, nominal, *_ = beside.split("<table")[1:]
    heads = re.findall(r"<th(?: dir=\"auto\")?>([^<]*)</th>", ordered.split("</thead>")[0])
    assert heads[:4] == ["WD", "everybody", "gender = Male", "gender = Female"]
    assert len(heads) == 2 + len(GROUPS)
    assert ordered.count('<td class="warn">') == 1
    assert ordered.count("<td>0 of 2</td>") == len(GROUPS)
    assert ordered.count("<td>1 of 2</td>") == 1
    assert "<th>job</th>" in nominal
    assert nominal.count("<td>0 of 1</td>") == 1 + len(GROUPS)
    assert [beside.count(f"<h3>{name}</h3>") for name in ("none", "natural/greedy")] == [1, 1]


def test_many_subgroups_are_parted_among_tables_which_all_have_everybody(crossed):
    found = findings(crossed, "small")
    own = [row for row in found["items_in_subgroups"] if row["subgroup"] == "gender=Male"]
    found["items_in_subgroups"] = [
        {**row, "subgroup": f"g{k}"} for k in range(MOST_BESIDE + 1) for row in own
    ]
    made = item_tables(found, small_study(conditions=["none", "natural/greedy"]))
    of_wd = [one for one in made["subgroups_beside"] if one.figure.name == "wd"]
    assert [len(one.groups) for one in of_wd] == [MOST_BESIDE, 1] * 2
    everybody = found["items"][0]["conditions"][0]
    assert all(one.rows[0][1][0] == everybody for one in of_wd[:2])


def test_a_study_measured_before_shows_everybodys_alone(own):
    without_items_of_subgroups(own)
    found = findings(own, "small")
    assert "items_in_subgroups" not in found
    assert len(found["items"]) == 3
    shown = page(own, "small", found)
    assert "Question by question</summary>" not in shown
    assert "Question by question, everybody" not in shown
    assert "The figures, question by question" in shown


def test_archives_and_exported_tables_carry_them(crossed, tmp_path):
    url = f"sqlite:///{tmp_path / 'there.db'}"
    import_archive(export_archive(crossed, "small", tmp_path / "a.zip"), url)
    there = findings(open_database(url), "small")
    assert there["items_in_subgroups"] == findings(crossed, "small")["items_in_subgroups"]
    files = export_study(crossed, "small", tmp_path / "out", "csv")
    metrics = next(file for file in files if "metrics" in file.name)
    with metrics.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["name"] == "item/war/wd"]
    assert {row["subgroup"] for row in rows if row["condition"] == "floor_at_n"} == {"all", *GROUPS}
    assert {int(row["version"]) for row in rows} == {VERSION}
    belonging = Belonging(small_study(), 40, 40, {"small-pool": 9})
    row = {"condition": "none", "subgroup": "gender=Male", "name": "item/spend/wd", "value": 0.2}
    assert belonging.stranger("metrics", row) is None
    assert belonging.stranger("metrics", row | {"subgroup": "gender=Mole"})

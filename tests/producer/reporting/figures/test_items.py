"""Figures of single questions: as findings, on the page, and in an archive."""

import json

from finished_study import small_study
from pages import sections
from sqlmodel import Session

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Metric
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.reporting.figures.items import items
from anthology.producer.reporting.figures.stored import by_place, stored_of
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_belonging import Belonging
from anthology.producer.transfer.archive_import import import_archive

HEADING = "The figures, question by question"


def test_findings_have_every_question_in_every_condition_beside_its_own_floors(reported):
    found, study = findings(reported, "small"), small_study()
    assert [one["question"] for one in found["items"]] == ["spend", "war", "job"]
    overall = {row["condition"]: row for row in found["rows"] if row["subgroup"] == "all"}
    for name in study.condition_names:
        rows = [r for one in found["items"] for r in one["conditions"] if r["condition"] == name]
        assert len(rows) == 3
        assert abs(sum(row["tv"]["value"] for row in rows) / 3 - overall[name]["tv"]) < 1e-9
        drawn = sum(row["tv"]["drawn"] for row in rows) / 3
        assert abs(drawn - overall[name]["tv_drawn"]) < 1e-9
        assert rows[0]["wd"]["low"] <= rows[0]["wd"]["value"] <= rows[0]["wd"]["high"]
    spend, _, job = found["items"]
    assert "wd" not in job["conditions"][0]
    assert job["conditions"][0]["homogenised_surely"] is None
    assert spend["floor"]["wd_sd"] > 0
    assert spend["floor_at_n"]["n"] == found["floor_at_n"]["n"]
    json.dumps(found)


def test_the_page_shows_them_and_marks_homogenised_questions_alone(reported):
    found = findings(reported, "small")
    for one in (*found["items"], *found.pop("items_in_subgroups")):
        for row in one["conditions"]:
            row["homogenised_surely"] = row["beyond_floor_at_n"] = False
    found["items"][1]["conditions"][0]["homogenised_surely"] = True
    del found["items"][2]["conditions"][0]  # nobody answered
    part = sections(page(reported, "small", found)).split(f"<h2>{HEADING}</h2>")[1]
    part = part.split("<h2>")[0]
    before, more = part.split("<summary>The other figures, question by question</summary>")
    assert [before.count(f"<th>{symbol}</th>") for symbol in ("WD", "TV", "s²")] == [1, 1, 1]
    assert before.count('<td class="warn">') == 1
    assert before.count("<td>–</td>") == 1
    assert "<th>κ</th>" in more
    assert more.count("<th>job</th>") < more.count("<th>war</th>")


def test_a_ratio_that_may_be_above_1_marks_no_question():
    def flag(value, high):
        place = {"condition": "none", "subgroup": "all", "n": 8}
        ratio = Metric(name="item/spend/variance_ratio", value=value, low=0.1, high=high, **place)
        wd = Metric(name="item/spend/wd", value=0.2, **place)
        [spend, *_] = items(by_place([ratio, wd]), small_study())["items"]
        return spend["conditions"][0]["homogenised_surely"]

    assert [flag(0.7, 0.9), flag(0.7, 1.1), flag(0.85, 0.9)] == [True, False, False]
    assert flag(0.7, None) is False
    assert flag(None, None) is None


def test_a_study_measured_before_has_none(reported):
    with Session(reported) as session:
        stored = stored_of(session, find_study(session, "small"))
    before = by_place(one for one in stored if not one.name.startswith("item/"))
    assert items(before, small_study()) == {}
    found = findings(reported, "small")
    del found["items"], found["items_in_subgroups"]
    assert HEADING not in page(reported, "small", found)


def test_an_archive_has_them_and_those_of_no_other_question(reported, tmp_path):
    url = f"sqlite:///{tmp_path / 'there.db'}"
    import_archive(export_archive(reported, "small", tmp_path / "a.zip"), url)
    assert findings(open_database(url), "small")["items"] == findings(reported, "small")["items"]
    belonging = Belonging(small_study(), 40, 40, {"small-pool": 9})
    row = {"condition": "none", "subgroup": "all", "name": "item/spend/wd", "value": 0.2}
    assert belonging.stranger("metrics", row) is None
    for change in (
        {"name": "item/job/wd"}, {"name": "item/peace/wd"},
        {"condition": "floor", "name": "item/spend/kappa"}, {"name": "item/spend/ks", "value": 1.5},
    ):  # fmt: skip
        assert belonging.stranger("metrics", row | change)

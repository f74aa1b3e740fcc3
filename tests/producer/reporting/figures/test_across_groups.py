"""The groups of a trait side by side, as findings and on the page."""

import re

import pytest
from finished_study import fill, small_study, some_humans
from pages import sections, unexplained

from anthology.models.database.sessions import open_database
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.report import write_report


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    made = open_database(f"sqlite:///{tmp_path_factory.mktemp('across') / 'a.db'}")
    measures = {"splits": 5, "bootstrap": 20, "subgroups": ["gender"]}
    study = small_study(conditions=["none", "bio"], measures=measures)
    fill(made, study, some_humans(study, 80, 40))
    fill(made, small_study("without", conditions=["none"], measures={**measures, "subgroups": []}),
         some_humans(study, 80, 40))  # fmt: skip
    return made


def test_every_condition_has_its_spread_within_and_the_gap_between_the_groups_that_are_named(
    database,
):
    found = findings(database, "small")
    [entry] = found["across_groups"]
    assert (entry["traits"], entry["figure"]) == ("gender", "wd")
    wd = {(row["condition"], row["subgroup"]): row["wd"] for row in found["rows"]}
    for row in entry["conditions"]:
        of_groups = {g: wd[row["condition"], g] for g in ("gender=Male", "gender=Female")}
        gap = row["parity_gap"]
        assert gap["value"] == pytest.approx(max(of_groups.values()) - min(of_groups.values()))
        assert of_groups[gap["farthest"]] - of_groups[gap["nearest"]] == pytest.approx(gap["value"])
        assert 0 <= gap["low"] <= gap["value"] <= gap["high"]
        assert row["within_spread"]["low"] < row["within_spread"]["value"]
    assert entry["floor_at_n"]["parity_gap"] > 0
    assert entry["floor"]["within_spread_sd"] > 0


def test_the_page_shows_them_beside_real_people_and_without_subgroups_there_is_nothing(
    database, tmp_path
):
    whole = write_report(database, "small", tmp_path / "one").read_text(encoding="utf-8")
    assert not unexplained(whole, "groups")
    page = sections(whole)
    start = page.index("<h3>Within and between groups</h3>")
    part = page[start : page.index("</dl>", start)]
    assert "<h4>gender</h4>" in part
    rows = re.findall(r"<tr[^>]*><th>(.*?)</th>", part)
    told = findings(database, "small")["across_groups"][0]["floor_at_n"]["n"]
    assert rows[1:] == [
        "none", "bio", f"{told} other real people", "Two halves of the humans"
    ]  # fmt: skip
    assert "gender = Male" in part
    assert "across_groups" not in findings(database, "without")
    other = write_report(database, "without", tmp_path / "two").read_text(encoding="utf-8")
    assert "Within and between groups" not in other

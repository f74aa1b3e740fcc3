"""A study whose people were asked again: report, JSON, tables, archive."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, run_study
from forged_archives import forged, packed, refusal
from moved_studies import members
from retested import QUESTIONS, retested
from sqlalchemy import Engine

from anthology.models.database.sessions import open_database
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.method import how_read
from anthology.producer.reporting.page import page
from anthology.producer.reporting.verdict import verdict
from anthology.producer.submission.submission import submit
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive
from anthology.producer.transfer.export import export_study

LIKES = {"too little": 6.0, "about right": 3.0, "too much": 1.0, "Yes": 3.0, "No": 1.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("retest")


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[Engine]:
    found = open_database(f"sqlite:///{folder / 'here.db'}")
    run_study(found, retested(folder, conditions=["none", "bio"]), FakeEngine(LIKES))
    yield found
    found.dispose()


@pytest.fixture(scope="module")
def archived(database: Engine, folder: Path) -> dict[str, bytes]:
    return members(export_archive(database, "small", folder / "a.zip"))


def test_findings_have_the_row_beside_the_conditions_and_shares_in_theirs(
    database: Engine,
) -> None:
    found = findings(database, "small")
    assert [row["subgroup"] for row in found["retest"]] == ["all", "sex=man", "sex=woman"]
    assert {row["condition"] for row in found["rows"]} == {"none", "bio"}
    own = found["retest"][0]
    assert 0 < own["agreement_low"] < own["agreement"] < own["agreement_high"]
    assert (own["n"], own["wd"], own["label_mass"]) == (16, None, None)
    for row in found["rows"]:
        assert 0 < row["agreement"] < own["agreement"]
        assert 0 < row["agreement_of_retest"] < 1
    json.dumps(found)


def test_the_page_shows_people_asked_again_and_what_is_reached_of_it(database: Engine) -> None:
    shown, found = page(database, "small"), findings(database, "small")
    again = shown.count("The same people, asked again")
    assert again == 2 * 3, "in the tables of main and of individual figures, in every subgroup"
    [none, *_] = found["rows"]
    assert f"{none['agreement_of_retest']:.0%} of retest</small>" in shown
    assert "the second answers of the same people to 2 of the 3 questions" in shown
    assert "so this row has none of them" in shown
    assert "Other grey rows" in shown
    assert "roads (roads_w2) and vote (vote_w2)" in shown


def test_the_verdict_says_who_comes_nearest_to_how_people_agree_with_themselves(
    folder: Path, database: Engine
) -> None:
    found = findings(database, "small")
    rows = {row["condition"]: row for row in found["rows"] if row["subgroup"] == "all"}
    rows["none"]["agreement_of_retest"], rows["bio"]["agreement_of_retest"] = 0.4, 0.61
    rows["bio"] |= {"agreement_of_retest_low": 0.5, "agreement_of_retest_high": 0.72}
    found["retest"][0]["agreement"] = 0.8
    *_, said = verdict(found, retested(folder / "again", conditions=["none", "bio"]))
    assert said == (
        "Asked again, the same people gave their first answer 80% of the time; of that bio "
        "reaches 61% [50%, 72%], the most of all conditions."
    )


def test_tables_have_second_answers_and_a_codebook_that_reads_them(
    database: Engine, folder: Path
) -> None:
    files = {path.stem: path for path in export_study(database, "small", folder / "out", "csv")}
    with files["small-respondents"].open() as file:
        people = list(csv.DictReader(file))
    second = read_humans(retested(folder / "read", conditions=["none"])).answers["roads@retest"]
    told = [person["retest_roads"] for person in people]
    assert told == ["" if position < 0 else str(position + 1) for position in second]
    assert "retest_parks" not in people[0]
    with files["small-codebook"].open() as file:
        entries = [row for row in csv.DictReader(file) if row["kind"] == "retest"]
    assert [(row["name"], row["position"], row["option"]) for row in entries[:3]] == [
        ("roads", "1", "too little"),
        ("roads", "2", "about right"),
        ("roads", "3", "too much"),
    ]
    with files["small-metrics"].open() as file:
        rows = {(row["condition"], row["name"]) for row in csv.DictReader(file)}
    assert {("retest", "kappa"), ("bio", "kappa_of_retest")} <= rows


def test_an_archive_gives_the_same_study(
    database: Engine, archived: dict[str, bytes], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'there.db'}"
    import_archive(packed(tmp_path / "a.zip", archived), url)
    there = open_database(url)
    here, moved = findings(database, "small"), findings(there, "small")
    assert (moved["rows"], moved["retest"]) == (here["rows"], here["retest"])
    assert (
        members(export_archive(there, "small", tmp_path / "b.zip"))["respondents.jsonl"]
        == (archived["respondents.jsonl"])
    )
    there.dispose()


def second(answers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: place for name, place in (answers | changes).items() if place != "gone"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"roads@retest": "gone"}, "answers are not of the study's columns"),
        ({"parks@retest": 0}, "answers are not of the study's columns"),
        ({"roads@retest": 3}, "answers have an option of roads@retest that is none"),
    ],
)
def test_second_answers_that_cannot_be_the_studys_are_refused(
    archived: dict[str, bytes], tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    files = forged(
        archived, "respondents", lambda row: row | {"answers": second(row["answers"], **change)}
    )
    assert said in refusal(packed(tmp_path / "a.zip", files), f"sqlite:///{tmp_path / 'b.db'}")


def test_a_dry_run_says_how_many_were_asked_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    retested(tmp_path, conditions=["none"])
    done = submit(tmp_path / "small.yaml", dry_run=True)
    assert "32 of 40 answers to 2 questions have a second one" in str(done)


def test_how_it_was_read_names_the_columns_where_there_are_any(tmp_path: Path) -> None:
    asked = dict(how_read(retested(tmp_path, conditions=["none"])))
    assert asked["Asked again"] == (
        "in the survey’s columns in brackets: roads (roads_w2) and vote (vote_w2)"
    )
    parks = {"questions": {"parks": QUESTIONS["parks"]}}
    study = retested(tmp_path, conditions=["none"], questionnaire=parks)
    assert "Asked again" not in dict(how_read(study))

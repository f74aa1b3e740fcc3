"""What the virtual people are worth: as findings, in words, on the page, in an archive."""

import re

import pytest
from finished_study import fill, small_study, some_humans
from pages import sections, unexplained
from sqlmodel import Session, col, select

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Metric
from anthology.producer.reporting.figures.prediction_powered import in_words
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('asked') / 'a.db'}")
    study = small_study(
        conditions=["none", "qa"], pool=None, chunk=64,
        measures={"splits": 2, "bootstrap": 20, "labelled": 30},
    )  # fmt: skip
    fill(database, study, some_humans(study, 64, 64))
    return database


def effective(value, low, high):
    return {"value": value, "low": low, "high": high}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (effective(131.2, 118.4, 147.0), "131 humans alone [118, 147]: it saves 31."),
        (
            effective(104.0, 100.0, 112.0),
            "104 humans alone [100, 112]: whether it saves any is not settled.",
        ),
        (effective(100.3, 100.0, 101.0), "100 humans alone [100, 101]: it saves none."),
    ],
)
def test_it_is_said_in_words_and_may_be_none(found, said):
    assert in_words("qa", 100, found) == (f"100 humans and the simulation by qa are worth {said}")


def test_what_is_unknown_is_said_to_be():
    assert in_words("qa", 100, effective(None, None, None)).endswith("people answered too alike.")


def test_findings_have_it_of_every_mean_and_share(asked):
    found = findings(asked, "small")["prediction_powered"]
    assert [row["condition"] for row in found["conditions"]] == ["none", "qa"]
    assert {row["labelled"] for row in found["conditions"]} == {30}
    for row in found["conditions"]:
        assert 0 <= row["hold"] <= row["intervals"] <= 2
    of_means = [row["question"] for row in found["questions"] if row["option"] is None]
    assert of_means == ["spend", "spend", "war", "war"]
    assert len(found["questions"]) == 2 * (2 + 3 + 3 + 4)
    for row in found["questions"]:
        assert row["labelled"] == 30 <= row["effective_humans"]["value"] <= row["pairs"]
        assert row["powered"]["value"] != row["classical"]["value"] or row["lambda"] == 0


def test_the_page_says_it_and_shows_every_question(asked):
    shown = sections(page(asked, "small"))
    of_differences = {"correlation_of_difference", "correlation_p"}
    assert unexplained(page(asked, "small"), "worth") == of_differences
    section = shown.split("What the virtual people are worth</h2>")[1].split("<h2>")[0]
    assert section.count("30 humans and the simulation by") == 2
    assert len(re.findall(r"95% intervals \d of [12] hold", section)) == 2
    assert section.count("<tr>") == 1 + 2 + 2 + 2 * (2 + 3 + 3 + 4)
    assert re.search(r"worth \d+ humans alone \[\d+, \d+\]", section)


def test_one_interval_holds_and_two_hold(asked):
    with Session(asked) as session:
        for place, name in enumerate(("spend", "war")):
            own = select(Metric).where(col(Metric.condition) == "none")
            row = session.execute(own.where(col(Metric.name) == f"powered/{name}")).scalars().one()
            truth = own.where(col(Metric.name) == f"all_humans/{name}")
            middle = session.execute(truth).scalars().one().value + place  # the second misses
            row.low, row.high = middle - 0.1, middle + 0.1
        session.flush()
        session.commit()
    assert "intervals 1 of 2 holds what" in page(asked, "small")


def test_an_archive_takes_it_along(asked, tmp_path):
    url = f"sqlite:///{tmp_path / 'there.db'}"
    import_archive(export_archive(asked, "small", tmp_path / "a.zip"), url)
    there = findings(open_database(url), "small")
    assert there["prediction_powered"] == findings(asked, "small")["prediction_powered"]


def test_of_few_people_nothing_is_said(reported, html):
    assert "prediction_powered" not in findings(reported, "small")
    assert "What the virtual people are worth" not in html


def test_where_it_was_asked_for_and_cannot_be_known_the_page_says_so(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'few.db'}")
    measures = {"splits": 2, "bootstrap": 20, "labelled": "all"}
    study = small_study(conditions=["none"], pool=None, measures=measures)
    fill(database, study, some_humans(study))
    assert "prediction_powered" not in findings(database, "small")
    assert "measures.labelled: all" in page(database, "small").split("are worth</h2>")[1]

"""What a simulation is worth for differences: in words, as findings, on the page, in an archive."""

from finished_study import fill, small_study, some_humans
from pages import sections, unexplained
from sqlmodel import Session, select

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Metric
from anthology.producer.reporting.figures.powered_differences import in_words
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page
from anthology.producer.transfer.archive_belonging import Belonging


def row(name, value, low, *, helped):
    return {"comparison": name, "labelled": 50, "helped": helped,
            "effective_humans": {"value": value, "low": low, "high": 90.0}}  # fmt: skip


def test_it_is_said_in_words_for_which_and_may_be_none():
    begin = "Of 2 differences between groups the simulation by qa is"
    one, other = row("a", 61.4, 52.0, helped=True), row("b", 70.2, 49.9, helped=False)
    assert in_words("qa", [one, other]) == (
        f"{begin} worth something for 1: a (50 humans are worth 61 alone [52, 90])."
    )
    assert in_words("qa", [other, row("c", 50.2, 50.0, helped=False)]) == (
        f"{begin} surely worth something for none; at most, unsettled, b (50 humans are worth 70 "
        "alone [50, 90])."
    )
    none = row("c", 50.2, 50.0, helped=False)
    assert in_words("qa", [none, none]) == f"{begin} worth something for none."
    many = [row(name, 60.0, 55.0, helped=True) for name in "abcde"]
    assert in_words("qa", many).endswith("; and 2 more.")
    unknown = row("a", None, None, helped=False)
    assert in_words("qa", [unknown]).endswith("for any: people answered too alike.")


def test_findings_page_and_archive_have_it(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    study = small_study(
        conditions=["none", "qa"], pool=None, chunk=80,
        measures={"splits": 2, "bootstrap": 20, "labelled": 40, "contrasts": ["gender"]},
    )  # fmt: skip
    fill(database, study, some_humans(study, 80, 80))
    found = findings(database, "small")["prediction_powered"]["differences"]
    assert [one["condition"] for one in found["conditions"]] == ["none", "qa"]
    assert len(found["comparisons"]) == 2 * found["conditions"][0]["comparisons"]
    for one in found["comparisons"]:
        assert 20 <= one["labelled"] <= min(40, one["effective_humans"]["value"])
        assert one["correlation_p"] <= one["correlation_p_holm"] <= 1
        assert one["powered"]["value"] != one["classical"]["value"] or one["lambda"] == 0
    assert not unexplained(page(database, "small"), "worth")
    shown = sections(page(database, "small")).split("<h3>Differences between groups</h3>")[1]
    assert found["conditions"][1]["in_words"].replace("=", " = ") in shown
    assert shown.split("</table>")[0].count("<tr>") == 1 + len(found["comparisons"])
    belonging = Belonging(study, 80, 80, {})
    with Session(database) as session:
        rows = [metric.model_dump() for metric in session.execute(select(Metric)).scalars()]
    assert {belonging.stranger("metrics", metric) for metric in rows} == {None}
    one = next(metric for metric in rows if metric["name"].startswith("correlation_p of "))
    assert belonging.stranger("metrics", {**one, "value": 2.0}).startswith("value")
    assert belonging.stranger("metrics", {**one, "condition": "floor"}).startswith("name")
    database.dispose()

"""Differences between groups: as findings, on the page, and moved in an archive."""

import pytest
from finished_study import fill, small_study, some_humans
from pages import sections, unexplained
from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Metric
from anthology.producer.reporting.figures.contrasts import contrasts
from anthology.producer.reporting.figures.stored import by_place
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.report import write_report
from anthology.producer.transfer.archive_belonging import Belonging

GAP = {"trait": "gender", "groups": ["Male"], "ratings": ["spend", "war"], "name": "a <b>gap</b>"}
STUDY = small_study(
    conditions=["none", "natural/greedy"],
    measures={"splits": 10, "bootstrap": 20, "contrasts": ["gender", GAP]},
)
NAMES = [
    "spend of gender=Male less gender=Female",
    "war of gender=Male less gender=Female",
    "a <b>gap</b>",
]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('contrasts') / 'a.db'}")
    fill(database, STUDY, some_humans(STUDY, 120, 60))
    return database


def made_up(**values):
    """Rows of humans and of one condition about one comparison, as they are stored."""
    stored = []
    for condition, difference, half, p in values.values():
        name = f"of {NAMES[0]}"
        rows = {"difference": (difference, difference - half, difference + half),
                "mean_one": (2.0, 1.9, 2.1), "mean_other": (2.0 - difference, 1.0, 3.0),
                "apart_p": (p, None, None)}  # fmt: skip
        stored += [
            Metric(study_id=1, condition=condition, subgroup="all", name=f"{figure} {name}",
                   value=value, low=low, high=high, n=9)
            for figure, (value, low, high) in rows.items()
        ]  # fmt: skip
    return contrasts(by_place(stored), STUDY)


def test_every_comparison_has_humans_and_conditions_beside_each_other(measured):
    found = findings(measured, "small")["contrasts"]
    assert [one["comparison"] for one in found["comparisons"]] == NAMES
    assert found["comparisons"][2]["other"] == {"group": "gender=Male", "items": ["war"]}
    for one in found["comparisons"]:
        humans = one["humans"]
        assert humans["difference"] == pytest.approx(humans["mean_one"] - humans["mean_other"])
        assert [row["condition"] for row in one["conditions"]] == STUDY.condition_names
        for row in one["conditions"]:
            assert row["apart"] == pytest.approx(row["difference"] - humans["difference"])
            assert row["apart_low"] < row["apart"] < row["apart_high"]
            assert row["apart_p"] <= row["apart_p_holm"] <= 1
    assert [row["comparisons"] for row in found["conditions"]] == [3, 3]


@pytest.mark.parametrize(
    ("humans", "simulated", "same_sign", "ratio"),
    [(0.5, 0.25, True, 0.5), (0.5, -0.1, False, -0.2), (0.1, 0.5, None, None)],
)
def test_signs_and_ratios_are_of_differences_that_the_humans_settle(
    humans, simulated, same_sign, ratio
):
    found = made_up(them=("humans", humans, 0.2, None), us=("none", simulated, 0.1, 0.04))
    (row,) = found["comparisons"][0]["conditions"]
    assert row["same_sign"] is same_sign
    assert row["ratio"] == (None if ratio is None else pytest.approx(ratio))
    settled = int(ratio is not None)
    assert found["conditions"] == [
        {"condition": "none", "comparisons": 1, "settled": settled,
         "same_sign": int(same_sign is True), "apart": 1}
    ]  # fmt: skip


def test_without_figures_of_humans_there_is_nothing():
    assert made_up(us=("none", 0.5, 0.1, 0.0)) is None
    assert contrasts({}, small_study()) is None


def test_the_page_has_a_row_for_each_and_takes_no_name_for_markup(measured, tmp_path):
    page = write_report(measured, "small", tmp_path / "out").read_text(encoding="utf-8")
    assert not unexplained(page, "contrast")
    part = sections(page).split("Differences between groups")[1].split("</details>")[0]
    assert part.count('<th colspan="12"') == 3
    assert part.count("<th>natural/greedy</th>") == 1 + 3
    assert "a &lt;b&gt;gap&lt;/b&gt;" in part
    assert "<b>gap" not in page


def test_no_difference_is_not_said_to_point_the_other_way(tmp_path):
    """A model that gives everybody one answer has a difference of 0."""
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    fill(database, STUDY, some_humans(STUDY, 120, 60))
    name = f"difference of {NAMES[0]}"
    for simulated, warned in ((0.0, False), (-0.1, True)):
        with Session(database) as session:
            for row in session.execute(select(Metric).where(col(Metric.name) == name)).scalars():
                row.value, row.low, row.high = (
                    (0.5, 0.3, 0.7) if row.condition == "humans" else (simulated, -0.2, 0.2)
                )
            session.commit()
        page = write_report(database, "small", tmp_path / str(warned)).read_text(encoding="utf-8")
        part = sections(page).split('<th colspan="12"')[1]
        assert ("⚠" in part) is warned


def test_an_archives_contrasts_are_those_of_its_study(measured):
    belonging = Belonging(STUDY, 120, 60, {"small-pool": 9})
    with Session(measured) as session:
        rows = [metric.model_dump() for metric in session.execute(select(Metric)).scalars()]
    assert any(row["condition"] == "humans" for row in rows)
    assert {belonging.stranger("metrics", row) for row in rows} == {None}
    row = next(row for row in rows if row["name"] == f"p of {NAMES[0]}")
    for change, why in (
        ({"name": "p of others"}, "name"), ({"value": 2.0}, "value"),
        ({"condition": "humans", "name": f"apart of {NAMES[0]}"}, "name"),
    ):  # fmt: skip
        assert belonging.stranger("metrics", {**row, **change}).startswith(why)
    plain = Belonging(small_study(), 120, 60, {"small-pool": 9})
    assert plain.stranger("metrics", row) is None  # `anthology measure` may have been asked
    assert plain.stranger("metrics", {**row, "name": f"p of {NAMES[2]}"}).startswith("name")

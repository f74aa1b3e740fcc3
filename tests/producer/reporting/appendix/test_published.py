"""Published rows beside the run: the right row's value, and the difference."""

from html import unescape
from pathlib import Path
from typing import Any

import pytest
from finished_study import fill, small_study, some_humans

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Metric
from anthology.models.study.published import PublishedRow
from anthology.producer.reporting.appendix.published import beside
from anthology.producer.reporting.figures.stored import by_place
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page

ROWS = [
    {"source": "A & B <2024>, Table 2", "condition": "greedy", "beside": "natural/greedy",
     "figures": {"wd": 0.2, "wd_drawn": 0.3, "fro": 1.174, "constant_items": 1}},
    {"source": "A & B <2024>, Table 5", "condition": "greedy, men", "beside": "natural/greedy",
     "subgroup": "gender=Male", "figures": {"wd": 0.1}},
    {"source": "elsewhere", "condition": "GPT", "figures": {"alpha": 0.7}},
    {"source": "A & B <2024>, Table 6", "condition": "greedy, men", "beside": "natural/greedy",
     "item": "war", "subgroup": "gender=Male", "figures": {"wd": 0.1}},
]  # fmt: skip


@pytest.fixture(scope="module")
def quoting(tmp_path_factory: pytest.TempPathFactory) -> Any:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('published') / 'a.db'}")
    study = small_study(published=ROWS)
    fill(database, study, some_humans(study))
    return database


def test_a_published_figure_stands_beside_the_value_of_its_condition_and_subgroup(
    quoting: Any,
) -> None:
    found = findings(quoting, "small")
    ours = {(row["condition"], row["subgroup"]): row for row in found["rows"]}
    everybody, men = ours["natural/greedy", "all"], ours["natural/greedy", "gender=Male"]
    first, second, third, of_men = found["published"]
    for one in first["figures"]:
        assert one["value"] == everybody[one["figure"]] is not None
        assert one["difference"] == pytest.approx(one["value"] - one["published"])
    assert (first["figures"][0]["low"], first["figures"][0]["high"]) == (
        everybody["wd_low"], everybody["wd_high"],
    )  # fmt: skip
    assert first["figures"][1]["low"] is None  # one of drawn answers has no interval
    assert second["figures"][0]["value"] == men["wd"] != everybody["wd"]
    (war,) = (row for row in found["items_in_subgroups"] if row["question"] == "war")
    (ours_of_men,) = (r for r in war["conditions"] if r["condition"] == "natural/greedy")
    assert of_men["figures"][0]["value"] == ours_of_men["wd"]["value"] is not None
    assert third == {
        "source": "elsewhere", "condition": "GPT", "beside": None, "subgroup": None,
        "figures": [{"figure": "alpha", "published": 0.7, "value": None, "low": None, "high": None,
                     "difference": None}],
    }  # fmt: skip


def test_a_figure_that_is_undefined_here_has_no_difference() -> None:
    row = PublishedRow(source="s", condition="c", beside="bio", figures={"wd": 0.2})
    ours = Metric(study_id=1, condition="bio", subgroup="all", name="wd", value=None, n=2)
    (found,) = beside([row], by_place([ours]))
    assert found["figures"][0]["difference"] is None


def test_the_page_has_them_in_a_table_with_a_signed_difference(quoting: Any) -> None:
    found = findings(quoting, "small")
    text = page(quoting, "small", found)
    assert "A &amp; B &lt;2024&gt;, Table 2" in text
    shown = unescape(text[text.index("Beside what was published") :])
    one = found["published"][0]["figures"][0]
    assert f"{one['difference']:+.3f}".replace("-", "−") in shown
    assert "WD drawn" in shown
    assert "gender = Male" in shown


GAP = "a <b>gap</b>"
OF_PARTS: list[dict[str, Any]] = [
    {"beside": "humans", "contrast": GAP, "figures": {"difference": 1.63}},
    {"beside": "none", "contrast": GAP, "figures": {"difference": 0.048, "apart": 0.1}},
    {"beside": "none", "contrast": "war of gender=Male less gender=Female", "figures": {"t": 2}},
    {"beside": "none", "scale": "E", "subgroup": "gender=Male", "figures": {"alpha": 0.7}},
    {"beside": "humans", "scale": "E", "figures": {"mean": 2.0}},
    {"beside": "none", "item": "job", "figures": {"tv": 0.3}},
    {"beside": "humans", "figures": {"alpha": 0.651}},
]


def test_figures_of_contrasts_scales_items_and_the_humans_stand_beside_their_own(
    tmp_path: Path,
) -> None:
    gap = {"trait": "gender", "groups": ["Male"], "ratings": ["spend", "war"], "name": GAP}
    study = small_study(
        conditions=["none"], scales={"E": ["spend", "-war"]},
        measures={"splits": 4, "bootstrap": 20, "subgroups": ["gender"], "contrasts": [gap]},
        published=[{"source": "s", "condition": "c", **row} for row in OF_PARTS],
    )  # fmt: skip
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    fill(database, study, some_humans(study))
    found = findings(database, "small")
    gaps = found["contrasts"]["comparisons"][0]
    ours = gaps["conditions"][0]
    scales = {one["subgroup"]: one for one in found["scales"]}
    job = next(one for one in found["items"] if one["question"] == "job")["conditions"][0]
    wanted = [
        [(gaps["humans"][f"difference{end}"]) for end in ("", "_low", "_high")],
        [(ours[f"difference{end}"]) for end in ("", "_low", "_high")],
        [None] * 3,  # not measured
        [*scales["gender=Male"]["conditions"][0]["alpha"].values()],
        [*scales["all"]["humans"]["mean"].values()],
        [job["tv"][end] for end in ("value", "low", "high")],
        [found["floor"]["alpha"], None, None],
    ]
    got = [row["figures"][0] for row in found["published"]]
    assert [[one[end] for end in ("value", "low", "high")] for one in got] == wanted
    assert got[0]["difference"] == pytest.approx(wanted[0][0] - 1.63)
    assert found["published"][1]["figures"][1]["value"] == ours["apart"]
    shown = page(database, "small", found).split("Beside what was published", 2)[-1]
    for said in ("a &lt;b&gt;gap&lt;/b&gt;", "scale E", ">job<", "all questions", "<td>humans</td>",
                 "war of gender = Male less gender = Female"):  # fmt: skip
        assert said in shown


def test_a_study_that_quotes_nothing_has_no_such_table(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    study = small_study()
    fill(database, study, some_humans(study))
    found = findings(database, "small")
    assert "published" not in found
    assert "Beside what was published" not in page(database, "small", found)

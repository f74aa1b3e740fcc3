"""Published rows beside the run: the right row's value, and the difference."""

from html import unescape
from pathlib import Path
from typing import Any

import pytest
from finished_study import fill, small_study, some_humans

from anthology.models.database.sessions import open_database
from anthology.models.study.published import PublishedRow
from anthology.producer.reporting.appendix.published import beside
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page

ROWS = [
    {"source": "A & B <2024>, Table 2", "condition": "greedy", "beside": "natural/greedy",
     "figures": {"wd": 0.2, "wd_drawn": 0.3, "fro": 1.174, "constant_items": 1}},
    {"source": "A & B <2024>, Table 5", "condition": "greedy, men", "beside": "natural/greedy",
     "subgroup": "gender=Male", "figures": {"wd": 0.1}},
    {"source": "elsewhere", "condition": "GPT", "figures": {"alpha": 0.7}},
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
    first, second, third = found["published"]
    for one in first["figures"]:
        assert one["value"] == everybody[one["figure"]] is not None
        assert one["difference"] == pytest.approx(one["value"] - one["published"])
    assert (first["figures"][0]["low"], first["figures"][0]["high"]) == (
        everybody["wd_low"], everybody["wd_high"],
    )  # fmt: skip
    assert first["figures"][1]["low"] is None  # one of drawn answers has no interval
    assert second["figures"][0]["value"] == men["wd"] != everybody["wd"]
    assert third == {
        "source": "elsewhere", "condition": "GPT", "beside": None, "subgroup": None,
        "figures": [{"figure": "alpha", "published": 0.7, "value": None, "low": None, "high": None,
                     "difference": None}],
    }  # fmt: skip


def test_a_figure_that_is_undefined_here_has_no_difference() -> None:
    row = PublishedRow(source="s", condition="c", beside="bio", figures={"wd": 0.2})
    ours = {"condition": "bio", "subgroup": "all", "wd": None, "wd_low": None, "wd_high": None}
    (found,) = beside([row], [ours])
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


def test_a_study_that_quotes_nothing_has_no_such_table(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    study = small_study()
    fill(database, study, some_humans(study))
    found = findings(database, "small")
    assert "published" not in found
    assert "Beside what was published" not in page(database, "small", found)

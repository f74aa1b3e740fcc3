"""Scales of items: as findings, on the page, in an archive, and told later."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, run_study, small_study, write_study
from forged_archives import packed
from measured import figures
from measured_scales import SCALES
from moved_studies import members
from pages import unexplained
from sqlalchemy import Engine
from surveyed import LIKES

from anthology import submit
from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Metric
from anthology.models.errors import InputError
from anthology.models.settings import Settings
from anthology.producer.control.measuring import Wanted, measure
from anthology.producer.lock.lock import lock_of_study
from anthology.producer.reporting.figures.scales import scales
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_belonging import Belonging
from anthology.producer.transfer.archive_import import import_archive

CONDITIONS = ["none", "bio"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scales")


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[Engine]:
    found = open_database(f"sqlite:///{folder / 'here.db'}")
    study = small_study(folder, people=40, conditions=CONDITIONS, scales=SCALES)
    run_study(found, study, FakeEngine(LIKES))
    yield found
    found.dispose()


def test_findings_have_every_scale_in_every_subgroup_beside_the_humans(database: Engine) -> None:
    found = findings(database, "small")
    assert [(one["scale"], one["subgroup"]) for one in found["scales"]] == [
        (scale, subgroup) for scale in SCALES for subgroup in ("all", "sex=man", "sex=woman")
    ]
    first = found["scales"][0]
    assert first["items"] == ["roads", "-parks"]
    assert [row["condition"] for row in first["conditions"]] == CONDITIONS
    assert first["humans"]["mean"]["low"] < first["humans"]["mean"]["value"]
    stored = figures(database, "bio")["scale/spending/wd"]
    assert first["conditions"][1]["wd"]["value"] == stored.value
    assert first["floor"].keys() == {"n", "wd", "wd_sd", "difference", "difference_sd"}
    [between, *_] = found["scale_correlations"]
    assert between["humans"]["correlations"][0]["scales"] == list(SCALES)
    assert between["conditions"][0]["fro"]["value"] > 0
    json.dumps(found)


def test_the_page_has_a_table_for_every_scale_and_says_what_goes_against_one(
    database: Engine,
) -> None:
    shown, found = page(database, "small"), findings(database, "small")
    for scale in SCALES:
        assert f"<h3>{scale}</h3>" in shown
    assert not unexplained(shown, "scale")
    assert "roads, −parks" in shown
    assert "<b>voting</b>: parks, vote" in shown.split("Scales by subgroup")[1]
    assert "Between scales" in shown
    assert "Scales by subgroup" in shown
    assert "against the rest of the scale" not in shown
    found["scales"][0]["against"] = ["-parks"]
    told = page(database, "small", found)
    assert "Among the humans −parks goes against the rest of the scale" in told


def test_an_item_goes_against_its_scale_where_its_interval_is_below_0(folder: Path) -> None:
    def stored(name: str, value: float, low: float, high: float) -> tuple[str, Metric]:
        return name, Metric(
            study_id=1, condition="humans", subgroup="all", name=name, value=value, low=low,
            high=high, n=40,
        )  # fmt: skip

    humans = dict([
        stored("scale/spending/mean", 2.0, 1.9, 2.1),
        stored("scale/spending/rest/roads", -0.1, -0.3, 0.1),
        stored("scale/spending/rest/parks", -0.3, -0.5, -0.1),
    ])  # fmt: skip
    study = small_study(folder, conditions=CONDITIONS, scales={"spending": SCALES["spending"]})
    found = scales({("humans", "all"): humans}, study, [])
    assert [one["against"] for one in found["scales"]] == [["-parks"]]
    assert found["scale_correlations"] == []


def test_an_archive_has_them_and_no_figures_of_other_scales(
    database: Engine, tmp_path: Path
) -> None:
    files = members(export_archive(database, "small", tmp_path / "a.zip"))
    url = f"sqlite:///{tmp_path / 'there.db'}"
    import_archive(packed(tmp_path / "b.zip", files), url)
    there = open_database(url)
    assert findings(there, "small")["scales"] == findings(database, "small")["scales"]
    there.dispose()
    study = small_study(tmp_path, conditions=CONDITIONS, scales=SCALES)
    belonging = Belonging(study, 40, 40, {})
    row = {"condition": "none", "subgroup": "all", "name": "scale/spending/wd"}
    assert belonging.stranger("metrics", row) is None
    for change in (
        {"condition": "humans"}, {"condition": "floor", "name": "scale/spending/alpha"},
        {"name": "scale/parties/wd"}, {"name": "scale/spending/rest/vote"},
    ):  # fmt: skip
        assert str(belonging.stranger("metrics", row | change)).startswith("name ")
    plain = Belonging(small_study(tmp_path, conditions=CONDITIONS), 40, 40, {})
    humans = row | {"condition": "humans", "name": "wd"}
    assert str(plain.stranger("metrics", humans)).startswith("name ")


def test_personas_who_answer_for_themselves_have_scores_and_no_distances(tmp_path: Path) -> None:
    found = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    study = small_study(tmp_path, humans=None, conditions=[{"pool": "natural"}], scales=SCALES)
    run_study(found, study, FakeEngine(LIKES))
    told = findings(found, "small")
    [spending, _] = told["scales"]
    assert (spending["humans"], spending["floor"]) == (None, None)
    assert spending["conditions"][0].keys() == {
        "condition", "n", "mean", "sd", "alpha", "omega", "rest",
    }  # fmt: skip
    assert "Glass" not in page(found, "small")
    found.dispose()


def test_scales_may_be_told_when_a_study_has_run_and_wait_for_the_command_that_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", redis_url)
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", url)
    settings = Settings(database_url=url, broker_url=redis_url)
    database = open_database(url)
    run_study(database, small_study(tmp_path, conditions=CONDITIONS), FakeEngine(LIKES))
    before = lock_of_study(database, "small")

    def told(items: Any) -> dict[str, Any]:
        done = submit(write_study(tmp_path, conditions=CONDITIONS, scales=items))
        assert not done.new
        assert "`anthology measure small` has their figures" in done.notes[0]
        return findings(database, "small")

    assert told(SCALES)["scales"] == []
    assert "there are no figures yet" in page(database, "small")
    measure(settings, "small", Wanted())
    assert len(findings(database, "small")["scales"]) == 6
    locked = lock_of_study(database, "small")
    assert locked.plan != before.plan
    turned = told({"spending": ["roads", "parks"]})
    assert turned["scales"] == [], "figures of other scales do not stand under these names"
    with pytest.raises(InputError, match="exists with other settings"):
        submit(write_study(tmp_path, conditions=CONDITIONS, scales=SCALES, chunk=5))
    database.dispose()

"""Figures that `anthology measure` stored, and those of earlier versions, in archives."""

import json

from finished_study import fill, small_study, some_humans
from forged_archives import packed, signed
from moved_studies import members

from anthology.models.database.sessions import open_database
from anthology.models.settings import Settings
from anthology.models.statistics.figures import VERSION
from anthology.producer.control.measuring import Wanted, measure
from anthology.producer.reporting.findings import findings
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_figures import StudyFigures
from anthology.producer.transfer.archive_import import import_archive


def settings(database):
    return Settings(database_url=str(database.url), broker_url="redis://127.0.0.1:1/0")


def there(path, folder):
    url = f"sqlite:///{folder / 'there.db'}"
    import_archive(path, url)
    return open_database(url)


def test_figures_of_more_subgroups_and_by_other_settings_move_too(here, tmp_path):
    fill(here, small_study(), some_humans(small_study()))
    measure(settings(here), "small", Wanted(["age*gender"], bootstrap=30))
    path = export_archive(here, "small", tmp_path / "first.zip")
    assert b'"subgroup":"age=old * gender=Male"' in members(path)["metrics.jsonl"]
    moved = there(path, tmp_path)
    again = export_archive(moved, "small", tmp_path / "second.zip")
    assert again.read_bytes() == path.read_bytes()
    assert findings(moved, "small") == findings(here, "small")
    assert findings(moved, "small")["measures"]["bootstrap"] == 30


def test_figures_between_groups_are_of_traits_that_the_study_has():
    known = StudyFigures(small_study())

    def wrong(condition, name):
        row = {"condition": condition, "subgroup": "all", "name": name, "value": 0.5}
        return [field for field, why in known.wrong(row) if why]

    assert wrong("none", "groups/age*gender/parity_gap_drawn") == []
    assert wrong("floor", "groups/gender/within_spread_sd") == []
    for condition, name in (
        ("none", "groups/party/parity_gap"), ("none", "groups/gender/parity_gap_sd"),
        ("none", "groups/gender*gender/parity_gap"), ("humans", "groups/gender/parity_gap"),
        ("none", "groups//parity_gap"), ("floor", "groups/gender/parity_gap_drawn"),
    ):  # fmt: skip
        assert wrong(condition, name) == ["name"], name


def test_figures_of_an_archive_from_before_they_had_versions_are_told_as_older(here, tmp_path):
    fill(here, small_study(), some_humans(small_study()))
    held = members(export_archive(here, "small", tmp_path / "now.zip"))
    rows = [json.loads(line) for line in held["metrics.jsonl"].splitlines()]
    known = [row for row in rows if "floor" not in row["condition"] or row["subgroup"] == "all"]
    for row in known:
        assert row.pop("version") == VERSION
    held["metrics.jsonl"] = "".join(f"{json.dumps(row)}\n" for row in known).encode()
    manifest = {**json.loads(held["manifest.json"]), "revision": "0011"}
    files = signed({**held, "manifest.json": json.dumps(manifest).encode()})
    moved = there(packed(tmp_path / "then.zip", files), tmp_path)
    found = findings(moved, "small")
    assert found["figures_version"] is None
    assert "floors" not in found
    assert found["rows"] == findings(here, "small")["rows"]
    measure(settings(moved), "small", Wanted())
    assert findings(moved, "small") == findings(here, "small")

"""What is told of a story beside its text: where it is exported, and that it travels."""

import csv
import json

import pytest
from fake_model import FakeEngine, run_study, small_study
from forged_archives import forged, packed, refusal, signed
from moved_studies import members
from sqlalchemy import select
from sqlmodel import col

from anthology.models.database.sessions import open_database, reading
from anthology.models.database.tables import Persona
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive
from anthology.producer.transfer.export import export_study

OLD = ["persona", "story", "tokens", "finish_reason", "seed", "error"]
NEW = ["attempts", "screening_draws", "log_likelihood"]
SCREENING = {"question": "Do you live here?", "options": ["Yes", "No"], "wanted": "Yes"}
POOL = {"count": 9, "screening": SCREENING, "reject": {"shorter_than": 26}, "log_likelihood": True,
        "prompts": ["a?", "b?"]}  # fmt: skip


def told(folder, **changes):
    fields = {"pool": None, "pools": {"lives": POOL}, **changes}
    fields.setdefault("conditions", [{"pool": "lives", "match": "greedy"}])
    return small_study(folder, **fields)


def stored(database):
    with reading(database) as session:
        rows = session.execute(select(Persona).order_by(col(Persona.number))).scalars()
        return [row.model_dump(exclude={"job_id", "pool_id"}) for row in rows]


def exported(database, folder):
    export_study(database, "small", folder, "csv")
    with (folder / "small-personas.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("changes", [{}, {"pool": None, "conditions": ["none", "bio"]}])
def test_an_export_of_a_study_without_pools_has_the_columns_that_it_had(here, tmp_path, changes):
    run_study(here, small_study(tmp_path, **changes))
    export_study(here, "small", tmp_path / "out", "csv")
    head = (tmp_path / "out" / "small-personas.csv").read_text().splitlines()[0]
    assert head == ",".join(OLD)


def test_an_export_of_pools_tells_how_each_story_came_to_be(here, tmp_path):
    run_study(here, told(tmp_path), FakeEngine(story=lambda seed: "x" * (1 + seed % 50)))
    rows = exported(here, tmp_path / "out")
    assert list(rows[0]) == ["pool", *OLD, *NEW]
    for row, persona in zip(rows, stored(here), strict=True):
        assert int(row["attempts"]) == persona["attempts"]
        assert int(row["screening_draws"]) == persona["screening_draws"]
        assert float(row["log_likelihood"]) == persona["log_likelihood"]
    assert max(int(row["attempts"]) for row in rows) > 1


def test_an_archive_brings_it_along(here, there_url, tmp_path):
    run_study(here, told(tmp_path), FakeEngine(story=lambda seed: "x" * (1 + seed % 50)))
    import_archive(export_archive(here, "small", tmp_path / "1.zip"), there_url)
    there = open_database(there_url)
    assert stored(there) == stored(here)
    there.dispose()


def test_an_archive_of_an_older_version_has_none_of_it(here, there_url, tmp_path):
    run_study(here, small_study(tmp_path))
    files = members(export_archive(here, "small", tmp_path / "1.zip"))
    rows = [json.loads(line) for line in files["personas.jsonl"].splitlines()]
    lines = [json.dumps({key: row[key] for key in row if key not in NEW}) for row in rows]
    files["personas.jsonl"] = "".join(f"{line}\n" for line in lines).encode()
    manifest = {**json.loads(files["manifest.json"]), "revision": "0006"}
    files["manifest.json"] = json.dumps(manifest).encode()
    import_archive(packed(tmp_path / "old.zip", signed(files)), there_url)
    there = open_database(there_url)
    assert {row[name] for row in stored(there) for name in NEW} == {None}
    there.dispose()


@pytest.mark.parametrize(
    ("field", "value"),
    [("attempts", 1001), ("screening_draws", 2**31 - 1), ("log_likelihood", 0.5),
     ("log_likelihood", -1e300)],
)  # fmt: skip
def test_an_archive_that_tells_the_impossible_is_refused(here, url, tmp_path, field, value):
    run_study(here, told(tmp_path))
    files = members(export_archive(here, "small", tmp_path / "1.zip"))
    wrong = forged(files, "personas", lambda row: {**row, field: value})
    assert field in refusal(packed(tmp_path / "2.zip", wrong), url)

"""What stories were found to state, in archives and exports."""

import json

import pyarrow.parquet as pq
import pytest
from forged_archives import complaint, forged, packed, signed
from mentioned import YES, Stating, mentioning, poll
from moved_studies import members
from sqlalchemy import select

from anthology.models.database.sessions import open_database, reading
from anthology.models.database.tables import Poll
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive
from anthology.producer.transfer.export import export_study

PLAIN = {"polling": {}}


def mentions(database):
    chosen = select(Poll.number, Poll.trait, Poll.mentioned, Poll.probabilities)
    with reading(database) as session:
        return sorted(map(tuple, session.execute(chosen)))


def test_an_archive_takes_them_along(here, there_url, tmp_path):
    poll(here, mentioning(tmp_path), Stating())
    path = export_archive(here, "small", tmp_path / "1.zip")
    import_archive(path, there_url)
    there = open_database(there_url)
    assert export_archive(there, "small", tmp_path / "2.zip").read_bytes() == path.read_bytes()
    assert mentions(there) == mentions(here)
    assert {round(mentioned, 6) for _, _, mentioned, _ in mentions(there)} == set(YES.values())
    there.dispose()


@pytest.mark.parametrize(
    ("asks", "mentioned", "why"),
    [(True, 1.5, "mentioned is not between 0 and 1"),
     (False, 0.5, "mentioned is not asked by this study")],
)  # fmt: skip
def test_what_no_poll_of_the_study_found_is_refused(here, tmp_path, asks, mentioned, why):
    poll(here, mentioning(tmp_path, **({} if asks else PLAIN)), Stating())
    held = members(export_archive(here, "small", tmp_path / "a.zip"))
    files = forged(held, "polls", lambda row: row.update(mentioned=mentioned))
    path = packed(tmp_path / "b.zip", files)
    assert why in complaint(path, f"sqlite:///{tmp_path / 'b.db'}")


def test_an_archive_of_a_version_that_asked_nothing_first_is_imported(here, tmp_path):
    poll(here, mentioning(tmp_path, **PLAIN), Stating())
    held = members(export_archive(here, "small", tmp_path / "a.zip"))
    manifest = json.dumps({**json.loads(held["manifest.json"]), "revision": "0009"}).encode()
    polls = held["polls.jsonl"].replace(b'"mentioned":null,', b"")
    assert b"mentioned" not in polls
    path = packed(tmp_path / "b.zip", signed({**held, "polls.jsonl": polls,
                                              "manifest.json": manifest}))  # fmt: skip
    url = f"sqlite:///{tmp_path / 'b.db'}"
    assert complaint(path, url) == ""
    there = open_database(url)
    assert mentions(there) == mentions(here)
    there.dispose()


@pytest.mark.parametrize("asks", [True, False])
def test_an_export_has_them_with_the_traits_of_studies_that_ask(here, tmp_path, asks):
    poll(here, mentioning(tmp_path, **({} if asks else PLAIN)), Stating())
    export_study(here, "small", tmp_path / "out", "parquet")
    rows = pq.read_table(tmp_path / "out" / "small-traits.parquet").to_pylist()
    assert ("mentioned" in rows[0]) == asks
    if asks:
        stored = {(number, trait): found for number, trait, found, _ in mentions(here)}
        found = {(row["persona"], row["trait"]): row["mentioned"] for row in rows}
        assert found == stored

"""Studies whose stories come from a file, in archives and exports."""

import pandas as pd
import pytest
from fake_model import FakeEngine, jobs, run_study, store
from forged_archives import complaint, packed, signed
from imported import ALL_KNOWN, imported_study
from moved_studies import answers, members, moved_amid_jobs
from sqlalchemy import select, update
from sqlmodel import col

from anthology.models.database.sessions import open_database, reading, writing
from anthology.models.database.tables import Persona, Poll
from anthology.producer.reporting.findings import findings
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive
from anthology.producer.transfer.export import export_study


@pytest.mark.parametrize("known", [{}, {"age": "years"}, ALL_KNOWN])
def test_a_study_goes_on_where_its_archive_is_imported(here, there_url, tmp_path, known):
    study = imported_study(tmp_path / "a", {"traits": known})
    store(here, study)
    there = moved_amid_jobs(here, there_url, tmp_path, FakeEngine, 2)
    assert len(answers(here)) == 8 * 3 * 2
    assert findings(there, "small")["rows"] == findings(here, "small")["rows"]
    there.dispose()


def test_a_pool_that_is_there_already_is_shared(here, there_url, tmp_path):
    there = open_database(there_url)
    run_study(there, imported_study(tmp_path / "a"))
    run_study(here, imported_study(tmp_path / "b", study="second"))
    import_archive(export_archive(here, "second", tmp_path / "1.zip"), there_url)
    with reading(there) as session:
        assert len(session.execute(select(Persona)).all()) == 9
        assert len(session.execute(select(Poll)).all()) == 9 * 2
    assert findings(there, "second")["rows"] == findings(here, "second")["rows"]
    there.dispose()


def test_a_pool_of_other_stories_is_refused(here, there_url, tmp_path):
    there = open_database(there_url)
    store(there, imported_study(tmp_path / "a"))
    store(here, imported_study(tmp_path / "b", study="other", stories=8))
    path = export_archive(here, "other", tmp_path / "1.zip")
    assert "'told' is here, too, but made by another recipe" in complaint(path, there_url)
    there.dispose()


def test_stories_that_were_changed_are_refused(here, there_url, tmp_path):
    there = open_database(there_url)
    store(there, imported_study(tmp_path / "a"))
    store(here, imported_study(tmp_path / "b", study="other"))
    with writing(here) as session:
        session.execute(update(Persona).where(col(Persona.number) == 3).values(story="Mine."))
    path = export_archive(here, "other", tmp_path / "1.zip")
    assert "'told' has other stories here" in complaint(path, there_url)
    there.dispose()


def test_a_job_that_would_write_imported_stories_is_refused(here, tmp_path):
    store(here, imported_study(tmp_path / "a"))
    found = members(export_archive(here, "small", tmp_path / "a.zip"))
    jobs_ = found["jobs.jsonl"].replace(b'"kind":"poll"', b'"kind":"backstory"')
    jobs_ = jobs_.replace(b'"condition":"told"', b'"condition":""')
    path = packed(tmp_path / "b.zip", signed({**found, "jobs.jsonl": jobs_}))
    said = complaint(path, f"sqlite:///{tmp_path / 'b.db'}")
    assert "kind is none of this study" in said


def test_an_export_has_what_the_file_calls_its_stories(here, tmp_path):
    run_study(here, imported_study(tmp_path / "a", {"traits": ALL_KNOWN}))
    export_study(here, "small", tmp_path / "out", "csv")
    people = pd.read_csv(tmp_path / "out" / "small-personas.csv")
    assert people["source_id"].tolist() == [f"u{n}" for n in range(9)]
    assert set(people["finish_reason"]) == {"imported"}
    traits = pd.read_csv(tmp_path / "out" / "small-traits.csv")
    assert len(traits) == 9 * 4
    assert set(traits["probability"]) == {0.0, 1.0}
    assert jobs(here, "poll") == []

"""Studies with primed pools, in archives and exports."""

import pandas as pd
from fake_model import FakeEngine, jobs, store
from forged_archives import complaint, forged, packed
from moved_studies import members, moved_amid_jobs
from primed import Telling, primed_study, stories
from surveyed import drain_but_measure

from anthology.models.database.sessions import open_database
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive
from anthology.producer.transfer.export import export_study


def test_a_study_goes_on_where_its_archive_is_imported(here, url, tmp_path):
    store(here, primed_study(tmp_path / "a"))
    there = moved_amid_jobs(here, url, tmp_path, Telling, 1)
    assert len(stories(here)) == 8
    assert stories(there) == stories(here)
    there.dispose()


def test_a_pool_of_the_same_respondents_is_shared_and_of_others_refused(here, url, tmp_path):
    there = open_database(url)
    store(there, primed_study(tmp_path / "a", study="mine"))
    store(here, primed_study(tmp_path / "b"))
    import_archive(export_archive(here, "small", tmp_path / "1.zip"), url)
    assert sum(job.count for job in jobs(there, "backstory")) == 8
    sampled = {"humans": {"file": "humans.csv", "sample": 5}}
    away = open_database(f"sqlite:///{tmp_path / 'away.db'}")
    store(away, primed_study(tmp_path / "c", study="other", **sampled))
    path = export_archive(away, "other", tmp_path / "2.zip")
    assert "'primed' is here, too, but made by another recipe" in complaint(path, url)
    there.dispose()


def test_an_archive_of_respondents_who_did_not_prime_its_stories_is_refused(here, url, tmp_path):
    store(here, primed_study(tmp_path / "a"))
    good = members(export_archive(here, "small", tmp_path / "a.zip"))

    def another_sex(row):
        row["traits"]["sex"] = 1 - row["traits"]["sex"]

    def a_persona_more(row):
        row["spec"]["pools"]["primed"]["count"] = 7

    for member, change in (("respondents", another_sex), ("study", a_persona_more)):
        path = packed(tmp_path / "b.zip", forged(good, member, change))
        said = complaint(path, url)
        assert "its stories were primed by other respondents than its own; nothing" in said, member


def test_a_poll_of_a_primed_story_is_refused(here, url, tmp_path):
    store(here, primed_study(tmp_path / "a"))
    good = members(export_archive(here, "small", tmp_path / "a.zip"))
    polled = forged(good, "jobs", lambda row: row.update(kind="poll", condition="primed"))
    path = packed(tmp_path / "b.zip", polled)
    assert "kind is none of this study" in complaint(path, url)


def test_an_export_has_each_respondents_own_story(here, tmp_path):
    store(here, primed_study(tmp_path / "a"))
    drain_but_measure(here, FakeEngine())
    export_study(here, "small", tmp_path / "out", "csv")
    people = pd.read_csv(tmp_path / "out" / "small-personas.csv")
    assert people["persona"].tolist() == list(range(8))
    assert set(people["pool"]) == {"primed"}
    taken = pd.read_csv(tmp_path / "out" / "small-answers.csv")
    assert (taken["persona"] == taken["respondent"]).all()
    for name in ("traits", "matches"):
        assert len(pd.read_csv(tmp_path / "out" / f"small-{name}.csv")) == 0

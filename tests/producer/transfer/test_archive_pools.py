"""Pools that an archive brings to where one is already: shared, completed, or refused."""

import json

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, store
from fake_model import small_study as runnable
from moved_studies import answers, members, moved_amid_jobs
from sqlalchemy import select, update
from sqlmodel import SQLModel, col

from anthology.models.database.sessions import open_database, reading, writing
from anthology.models.database.tables import Job, Persona, Poll, PoolRow, StudyRow
from anthology.models.errors import InputError
from anthology.models.jobs import protocol
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.planning import insert_jobs
from anthology.producer.monitoring.progress import progress
from anthology.producer.reporting.findings import findings
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive


def stories(database):
    with reading(database) as session:
        rows = session.execute(select(Persona).order_by(col(Persona.number))).scalars()
        return [(row.number, row.story) for row in rows]


def test_a_pool_of_the_same_recipe_is_shared_and_gets_what_it_lacks(here, there_url, tmp_path):
    first = runnable(tmp_path / "a")
    second = runnable(tmp_path / "b", study="second", conditions=["natural/greedy"])
    run_study(here, first)
    run_study(here, second)
    export_archive(here, "small", tmp_path / "1.zip")
    export_archive(here, "second", tmp_path / "2.zip")
    import_archive(tmp_path / "1.zip", there_url)
    there = open_database(there_url)
    with writing(there) as session:
        lost = col(Persona.number) == 3
        session.execute(Persona.__table__.delete().where(lost))
        session.execute(Poll.__table__.delete().where(col(Poll.number) == 4))
    import_archive(tmp_path / "2.zip", there_url)
    assert stories(there) == stories(here)
    assert len(jobs(there, "backstory")) == len(jobs(here, "backstory"))
    with reading(there) as session:
        assert session.execute(select(col(PoolRow.count))).scalars().all() == [9]
        assert len(set(session.execute(select(col(StudyRow.pool_id))).scalars())) == 1
        assert len(session.execute(select(Poll)).all()) == 9 * 2
    assert findings(there, "second")["rows"] == findings(here, "second")["rows"]
    drain(make_runner(there, FakeEngine()))
    assert progress(there, "second").state == "done"
    there.dispose()


@pytest.mark.parametrize("other", [{"story": "Mine."}, {"error": "the story is empty"}])
def test_a_pool_with_other_stories_here_is_refused_and_both_stay_as_they_were(
    here, there_url, tmp_path, other
):
    """One recipe, two machines: polls of a story must not be taken for another's."""
    there = open_database(there_url)
    store(there, runnable(tmp_path / "a", study="mine", conditions=["natural/greedy"]))
    runner = make_runner(there, FakeEngine())
    for job in jobs(there, "backstory"):  # and nobody has polled them yet
        runner.do("backstory", job.id, lambda progress: None)
    with writing(there) as session:
        session.execute(update(Persona).where(col(Persona.number) == 8).values(**other))
    run_study(here, runnable(tmp_path / "b", conditions=["natural/greedy"]))
    path = export_archive(here, "small", tmp_path / "a.zip")
    before = all_rows(there)
    with pytest.raises(InputError, match="pool 'people' has other stories here; import it into"):
        import_archive(path, there_url)
    assert all_rows(there) == before
    there.dispose()


def all_rows(database):
    with reading(database) as session:
        tables = SQLModel.metadata.sorted_tables
        return {table.name: sorted(map(repr, session.execute(select(table)))) for table in tables}


def test_a_study_takes_only_the_personas_that_it_uses_and_a_larger_one_adds_the_rest(
    here, tmp_path
):
    small = runnable(tmp_path / "a", conditions=["natural/greedy"])
    large = runnable(
        tmp_path / "b", study="large", conditions=["natural/greedy"],
        pool={"name": "people", "count": 20, "max_tokens": 64},
    )  # fmt: skip
    run_study(here, small)
    run_study(here, large)
    url = f"sqlite:///{tmp_path / 'b.db'}"
    _, rows = import_archive(export_archive(here, "small", tmp_path / "1.zip"), url)
    assert (rows["personas"], rows["polls"]) == (9, 18)
    import_archive(export_archive(here, "large", tmp_path / "2.zip"), url)
    there = open_database(url)
    assert stories(there) == stories(here)
    for name in ("small", "large"):
        assert progress(there, name).state == "done"
        assert findings(there, name)["rows"] == findings(here, name)["rows"]


def test_a_pool_whose_chunks_are_cut_otherwise_here_is_refused(here, tmp_path):
    run_study(here, runnable(tmp_path / "a", chunk=4))
    there = open_database(f"sqlite:///{tmp_path / 'b.db'}")
    store(there, runnable(tmp_path / "b", study="other", chunk=3))
    export_archive(here, "small", tmp_path / "a.zip")
    with pytest.raises(InputError, match="'people' are cut otherwise than those here"):
        import_archive(tmp_path / "a.zip", f"sqlite:///{tmp_path / 'b.db'}")
    assert stories(there) == []


def test_cancelled_jobs_of_a_shared_pool_are_wanted_again(here, tmp_path):
    store(here, runnable(tmp_path / "a", conditions=["natural/greedy"]))
    url = f"sqlite:///{tmp_path / 'b.db'}"
    there = open_database(url)
    store(there, runnable(tmp_path / "b", study="other", conditions=["natural/greedy"]))
    with writing(there) as session:
        session.execute(update(StudyRow).values(cancelled=True))
        session.execute(update(Job).values(state="cancelled"))
    import_archive(export_archive(here, "small", tmp_path / "a.zip"), url)
    protocol.sweep(there, 5)
    drain(make_runner(there, FakeEngine()))
    assert progress(there, "small").state == "done"
    assert [number for number, _ in stories(there)] == list(range(9))


def test_another_recipe_or_a_study_of_the_same_name_is_refused_and_nothing_is_left(
    here, there_url, tmp_path
):
    run_study(here, runnable(tmp_path / "a"))
    export_archive(here, "small", tmp_path / "a.zip")
    import_archive(tmp_path / "a.zip", there_url)
    with pytest.raises(InputError, match="a study 'small' is in this database already"):
        import_archive(tmp_path / "a.zip", there_url)
    away = open_database(f"sqlite:///{tmp_path / 'away.db'}")
    run_study(away, runnable(tmp_path / "b", study="second", pool={
        "name": "people", "count": 9, "max_tokens": 64, "seed": 9,
    }))  # fmt: skip
    export_archive(away, "second", tmp_path / "b.zip")
    there = open_database(there_url)
    before = {job.key for job in jobs(there)}, stories(there), answers(there)
    with pytest.raises(InputError, match="'people' is here, too, but made by another recipe"):
        import_archive(tmp_path / "b.zip", there_url)
    assert ({job.key for job in jobs(there)}, stories(there), answers(there)) == before
    there.dispose()


def test_jobs_of_a_shared_pool_that_another_study_needs_stay_behind(here, tmp_path):
    run_study(here, runnable(tmp_path / "a"))
    with writing(here) as session:
        pool_id = session.execute(select(col(PoolRow.id))).scalar_one()
        more = span_jobs("backstory", None, "people", 9, 4, 4, "gpu.fake", pool_id=pool_id)
        insert_jobs(session, more)
        session.execute(update(PoolRow).values(count=13))
    found = members(export_archive(here, "small", tmp_path / "a.zip"))
    lines = [json.loads(line) for line in found["jobs.jsonl"].splitlines()]
    assert sum(job["count"] for job in lines if job["kind"] == "backstory") == 9
    assert json.loads(found["pool.jsonl"])["count"] == 9


def test_a_study_of_several_pools_goes_on_where_its_archive_is_imported(here, there_url, tmp_path):
    pools = {"works": {"count": 6, "prompt": "Your work?"}, "lives": {"count": 9}}
    conditions = [{"pool": name, "match": "greedy"} for name in pools]
    study = runnable(tmp_path / "a", pool=None, pools=pools, conditions=conditions)
    store(here, study)
    there = moved_amid_jobs(here, there_url, tmp_path, FakeEngine, 3)
    assert len(answers(here)) == 8 * 3 * 2
    assert findings(there, "small")["rows"] == findings(here, "small")["rows"]
    whole = export_archive(there, "small", tmp_path / "3.zip")
    named = [json.loads(line)["name"] for line in members(whole)["pool.jsonl"].splitlines()]
    assert named == ["lives", "works"]
    there.dispose()

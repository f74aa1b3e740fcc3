"""A study moves between databases whole: the same rows, the same figures, and it goes on there."""

import json
from pathlib import Path

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, store
from fake_model import small_study as runnable
from finished_study import fill, full_study, small_study, some_humans
from memory import peak_of
from moved_studies import answers, members
from sqlalchemy import select, update
from sqlmodel import col

from anthology.models.conditions.registry import named
from anthology.models.database.sessions import open_database, reading, writing
from anthology.models.database.tables import Answer, Job, Persona, PoolRow, StudyRow
from anthology.models.errors import InputError
from anthology.models.jobs import protocol, ready
from anthology.models.settings import Settings
from anthology.producer.cli import commands
from anthology.producer.control.retrying import retry
from anthology.producer.monitoring.progress import progress
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.report import write_report
from anthology.producer.transfer import archive
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive
from anthology.workers.engine.text_model import PromptRefused
from anthology.workers.tasks import measure


def moved(database, name, url, folder):
    """Archives, imports, and archives again; both archives' members, and the other database."""
    first = export_archive(database, name, folder / "first.zip")
    import_archive(first, url)
    there = open_database(url)
    second = export_archive(there, name, folder / "second.zip")
    return members(first), members(second), there


@pytest.mark.parametrize(
    "study", [small_study(), full_study(), full_study("prior", debias="label_prior")],
    ids=lambda study: study.study,
)  # fmt: skip
def test_an_archive_of_an_import_is_the_archive_and_its_figures_are_the_same(
    here, there_url, tmp_path, study
):
    open_database(there_url).dispose()
    fill(here, small_study("another"), some_humans(small_study()))  # other ids than over there
    fill(here, study, some_humans(study))
    before, after, there = moved(here, study.study, there_url, tmp_path)
    assert after == before
    assert len(before["answers.jsonl"].splitlines()) == 3 * 8 * len(study.questionnaire.questions)
    assert findings(there, study.study) == findings(here, study.study)
    assert progress(there, study.study).jobs == progress(here, study.study).jobs
    page = write_report(there, study.study, tmp_path / "there-report").read_bytes()
    assert page == write_report(here, study.study, tmp_path / "here-report").read_bytes()
    there.dispose()


def test_a_study_comes_back_from_postgresql_as_it_went(postgres_url, tmp_path):
    away = open_database(postgres_url)
    study = full_study()
    fill(away, study, some_humans(study))
    before, after, back = moved(away, "full", f"sqlite:///{tmp_path / 'back.db'}", tmp_path)
    assert after == before
    assert findings(back, "full") == findings(away, "full")
    away.dispose()


def test_what_the_other_database_computes_from_the_rows_is_what_is_stored(
    here, there_url, tmp_path
):
    fill(here, small_study(), some_humans(small_study()))
    _, _, there = moved(here, "small", there_url, tmp_path)
    with reading(there) as session:
        study_id = session.execute(select(col(StudyRow.id))).scalar_one()
    held = protocol.Claim(0, "measure", 1, "cpu@test", study_id, None, "", 0, 1)
    [(_, rows)] = measure.rows(there, held)
    with reading(here) as session:
        held = protocol.Claim(0, "measure", 1, "cpu@test", 1, None, "", 0, 1)
        [(_, expected)] = measure.rows(here, held)
    assert [{**row, "study_id": 1} for row in rows] == expected
    there.dispose()


def half_done(database, folder, **changes):
    """A study in the middle: some jobs done, one running, one postponed after two deaths."""
    study = runnable(folder, **changes)
    store(database, study)
    runner = make_runner(database, FakeEngine())
    to_enqueue = ready.due(database)
    for message in to_enqueue[:4]:
        runner.do(message.kind, message.id, lambda progress: None)
    held = protocol.claim(database, to_enqueue[5].id, "w1", 30.0, 5)
    assert held is not None
    with writing(database) as session:
        late = {"deaths": 2, "not_before": 4e9, "error": "the engine died"}
        session.execute(update(Job).where(col(Job.id) == to_enqueue[6].id).values(**late))
        session.execute(update(Job).where(col(Job.id) == to_enqueue[5].id).values(deaths=1))
    return study


def test_a_running_study_goes_on_over_there_to_the_answers_it_would_have_had(
    here, there_url, tmp_path
):
    study = half_done(here, tmp_path / "files")
    before, after, there = moved(here, study.study, there_url, tmp_path)
    assert after == before
    assert {job.state for job in jobs(there)} == {"pending", "done"}
    assert sorted(job.deaths for job in jobs(there))[-2:] == [1, 2]
    assert all(job.lease_until is None and job.not_before == 0 for job in jobs(there))
    protocol.sweep(there, 5)
    drain(make_runner(there, FakeEngine()))
    whole = open_database(f"sqlite:///{tmp_path / 'whole.db'}")
    run_study(whole, study)
    assert progress(there, study.study).state == "done"
    assert answers(there) == answers(whole)
    assert findings(there, study.study)["rows"] == findings(whole, study.study)["rows"]
    there.dispose()


def test_a_study_that_was_retried_twice_moves_with_what_the_retries_retired(
    here, there_url, redis_url, tmp_path
):
    def too_long(prompt):
        return PromptRefused("too long") if "Did you vote" in prompt else None

    settings = Settings(database_url=f"sqlite:///{tmp_path / 'here.db'}", broker_url=redis_url)
    study = runnable(tmp_path / "files", conditions=["none", "natural/greedy"])
    run_study(here, study, FakeEngine(fault=too_long))
    with writing(here) as session:
        session.execute(update(Persona).where(col(Persona.number) == 3).values(error="empty"))
    for model in (FakeEngine(fault=too_long), FakeEngine()):
        assert not retry(settings, "small").nothing
        drain(make_runner(here, model))
    assert [job.first for job in jobs(here, "retired")] == [0, 0, 0]  # a poll, two measurings
    before, after, there = moved(here, "small", there_url, tmp_path)
    assert after == before
    assert progress(there, "small") == progress(here, "small")
    page = write_report(there, "small", tmp_path / "there-report").read_bytes()
    assert page == write_report(here, "small", tmp_path / "here-report").read_bytes()
    there.dispose()


def test_submitting_the_same_file_over_there_resumes(here, tmp_path):
    study = half_done(here, tmp_path / "files")
    _, _, there = moved(here, study.study, f"sqlite:///{tmp_path / 'b.db'}", tmp_path)
    planned = len(jobs(there))
    assert store(there, study) == []
    assert len(jobs(there)) == planned


def test_an_import_that_breaks_off_leaves_nothing(here, there_url, tmp_path, monkeypatch):
    fill(here, small_study(), some_humans(small_study()))
    export_archive(here, "small", tmp_path / "a.zip")

    def broken(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(
        "anthology.producer.transfer.archive_belonging.Belonging._metrics", broken, raising=False
    )
    with pytest.raises(KeyboardInterrupt):
        import_archive(tmp_path / "a.zip", there_url)
    monkeypatch.undo()
    there = open_database(there_url)
    with reading(there) as session:
        for table in (StudyRow, PoolRow, Persona, Answer, Job):
            assert session.execute(select(table)).all() == []
    import_archive(tmp_path / "a.zip", there_url)
    assert findings(there, "small") == findings(here, "small")
    there.dispose()


def test_an_archive_is_of_one_moment_though_workers_go_on_writing(
    postgres_url, tmp_path, monkeypatch
):
    away = open_database(postgres_url)
    study = runnable(tmp_path / "files", conditions=["none"])
    store(away, study)
    written = []

    def write_meanwhile(*arguments):
        drain(make_runner(away, FakeEngine()))
        written.append(len(answers(away)))
        return original(*arguments)

    original = archive.pools_of
    monkeypatch.setattr(archive, "pools_of", write_meanwhile)
    path = export_archive(away, study.study, tmp_path / "a.zip")
    assert written == [8 * 3]
    found = members(path)
    assert found["answers.jsonl"] == b""
    states = {json.loads(line)["state"] for line in found["jobs.jsonl"].splitlines()}
    assert states == {"pending"}
    away.dispose()


def test_an_archive_that_cannot_be_written_leaves_the_earlier_one(here, tmp_path, monkeypatch):
    fill(here, small_study(), some_humans(small_study()))
    path = export_archive(here, "small", tmp_path / "a.zip")
    before = path.read_bytes()
    assert export_archive(here, "small", path).read_bytes() == before

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("anthology.producer.transfer.archive_file._write_lines", full)
    with pytest.raises(InputError, match=r"a\.zip cannot be written: No space left"):
        export_archive(here, "small", path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.glob(".anthology*")] == []


def test_only_an_archive_of_the_study_is_replaced_without_force(here, tmp_path):
    fill(here, small_study(), some_humans(small_study()))
    fill(here, small_study("second"), some_humans(small_study()))
    survey = tmp_path / "survey.sav"
    survey.write_bytes(b"$FL2")
    archive_of_second = export_archive(here, "second", tmp_path / "second.zip")
    changed = export_archive(here, "small", tmp_path / "changed.zip")
    changed.write_bytes(changed.read_bytes()[:-30])
    (tmp_path / "link.zip").symlink_to(export_archive(here, "small", tmp_path / "a.zip"))
    for path in (survey, archive_of_second, changed, tmp_path / "link.zip"):
        before = path.read_bytes()
        with pytest.raises(InputError, match=f"{path.name} exists and is not what"):
            export_archive(here, "small", path)
        assert path.read_bytes() == before
        export_archive(here, "small", path, force=True)
        export_archive(here, "small", path)
    new = export_archive(here, "small", tmp_path / "new" / "a.zip")
    assert [path.stat().st_mode & 0o777 for path in (new, new.parent)] == [0o600, 0o700]


def test_a_folder_in_the_place_of_the_file_and_an_unknown_study_are_refused(here, tmp_path):
    fill(here, small_study(), some_humans(small_study()))
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="folder cannot be written"):
        export_archive(here, "small", tmp_path / "folder")
    with pytest.raises(InputError, match="no study 'smoll'"):
        export_archive(here, "smoll", tmp_path / "b.zip")


def test_memory_does_not_grow_with_the_number_of_answers(here, tmp_path, monkeypatch):
    monkeypatch.setattr("anthology.producer.transfer.archive.BATCH", 100)
    monkeypatch.setattr("anthology.producer.transfer.archive_import.BATCH", 100)
    peaks = {}
    # Jobs of 64 people: of jobs the ids are held.
    changes = {"pool": None, "conditions": [named("none")], "chunk": 64}
    for name, people in (("warm", 10), ("few", 300), ("many", 3000)):
        study = full_study(name).model_copy(update=changes)
        fill(here, study, some_humans(study, people, people), measured=False)
        path = Path(tmp_path / f"{name}.zip")
        url = f"sqlite:///{tmp_path / name}.db"
        out = peak_of(lambda name=name, path=path: export_archive(here, name, path))
        back = peak_of(lambda path=path, url=url: import_archive(path, url))
        peaks[name] = (out, back)
    assert peaks["many"][0] < 1.3 * peaks["few"][0]
    assert peaks["many"][1] < 1.3 * peaks["few"][1]


def test_the_commands_move_a_study_that_can_then_be_waited_for_and_reported(
    here, redis_url, tmp_path, monkeypatch, capsys
):
    study = runnable(tmp_path / "files", conditions=["none"])
    run_study(here, study)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHOLOGY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", redis_url)

    def anthology(database, *arguments):
        monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"sqlite:///{tmp_path / database}")
        monkeypatch.setattr("sys.argv", ["anthology", *arguments])
        with pytest.raises(SystemExit) as end:
            commands.main()
        printed = capsys.readouterr()
        return end.value.code, printed.out, printed.err

    export = ("export", "small", "--format", "archive", "--out", "small.zip")
    assert anthology("here.db", *export) == (0, "small.zip\n", "")
    code, out, _ = anthology("there.db", "import", "small.zip", "--json")
    assert (code, json.loads(out)["study"], json.loads(out)["rows"]["answers"]) == (0, "small", 24)
    again = anthology("there.db", "import", "small.zip")
    assert again[:2] == (2, "")
    assert again[2].count("\n") == 1
    assert anthology("there.db", "wait", "small")[0] == 0
    submitted = anthology("there.db", "submit", str(tmp_path / "files" / "small.yaml"), "--json")
    assert json.loads(submitted[1])["new"] is False
    report = anthology("there.db", "report", "small", "--json")
    assert report[:2] == anthology("here.db", "report", "small", "--json")[:2]

"""Interviews that leave the database: archives of lives half told, tables of what was said."""

import pyarrow.parquet as pq
import pytest
from fake_model import drain, jobs, make_runner, run_study, small_study, store
from forged_archives import complaint, forged, packed
from interviewed import CRITERIA, QUESTIONS, Judged, one_in_three, rows, told
from judged import Two, judged
from moved_studies import answers, members
from sqlalchemy import delete, update
from sqlmodel import col

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import InterviewAnswer, InterviewDraft, Job, Persona
from anthology.models.errors import InputError
from anthology.producer.monitoring.progress import progress
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive
from anthology.producer.transfer.export import export_study


def said(database):
    return [(a.number, a.place, a.text, a.attempts) for a in rows(database, InterviewAnswer)]


def begun(url, study):
    """A study of whose lives the second and the fourth broke off behind their first answers."""
    database = open_database(url)
    store(database, study)
    runner = make_runner(database, Judged(one_in_three))
    for job in jobs(database, "interview"):
        runner.do(job.kind, job.id, lambda progress: None)
    with writing(database) as session:
        broken = col(InterviewAnswer.number).in_([1, 3])
        session.execute(delete(Persona).where(col(Persona.number).in_([1, 3])))
        session.execute(delete(InterviewAnswer).where(broken, col(InterviewAnswer.place) > 0))
        session.execute(delete(Job).where(col(Job.kind) == "poll"))
        session.execute(update(Job).where(col(Job.first) == 0).values(state="pending"))
    return database


def test_a_study_with_lives_half_told_goes_on_where_its_archive_is_imported(
    here, there_url, tmp_path
):
    study = told(tmp_path)
    run_study(here, study, Judged(one_in_three))
    left = begun(f"sqlite:///{tmp_path / 'left.db'}", study)
    path = export_archive(left, "small", tmp_path / "1.zip")
    import_archive(path, there_url)
    there = open_database(there_url)
    assert export_archive(there, "small", tmp_path / "2.zip").read_bytes() == path.read_bytes()
    assert len(said(there)) == 3 * 3 + 2
    drain(make_runner(there, Judged(one_in_three)))
    assert progress(there, "small").state == "done"
    assert (said(there), answers(there)) == (said(here), answers(here))
    there.dispose()


@pytest.mark.parametrize("other", [False, True])
def test_a_life_that_goes_on_here_is_completed_by_an_archive_unless_its_answers_differ(
    here, tmp_path, other
):
    study = told(tmp_path)
    run_study(here, study, Judged(one_in_three))
    path = export_archive(here, "small", tmp_path / "1.zip")
    url = f"sqlite:///{tmp_path / 'there.db'}"
    there = begun(url, told(tmp_path / "b", study="another"))
    if other:
        with writing(there) as session:
            session.execute(
                update(InterviewAnswer).where(col(InterviewAnswer.number) == 1).values(text="Else.")
            )
        with pytest.raises(InputError, match="pool 'lives' has other stories here"):
            import_archive(path, url)
        return
    import_archive(path, url)
    assert said(there) == said(here)
    drain(make_runner(there, Judged(one_in_three)))
    assert [progress(there, name).state for name in ("small", "another")] == ["done", "done"]


def both(url, study, turns):
    """A study whose lives two models are telling, so many turns of its chunks far."""
    database = open_database(url)
    store(database, study)
    two = Two(database, critic=Judged(one_in_three))
    for kind in turns:
        two.take(kind)
    return database, two


BEGUN = ["interview", "interview", "critic", "critic", "interview"]


def test_lives_that_two_models_tell_go_on_where_their_archive_is_imported(
    here, there_url, tmp_path
):
    """What is written and not judged stays behind, and is written again."""
    study = judged(tmp_path)
    store(here, study)
    Two(here, critic=Judged(one_in_three)).drain()
    left, _ = both(f"sqlite:///{tmp_path / 'left.db'}", study, BEGUN)
    path = export_archive(left, "small", tmp_path / "1.zip")
    import_archive(path, there_url)
    there = open_database(there_url)
    assert export_archive(there, "small", tmp_path / "2.zip").read_bytes() == path.read_bytes()
    conditions = [(job.kind, job.condition) for job in jobs(left) if job.study_id is None]
    assert [(j.kind, j.condition) for j in jobs(there) if j.study_id is None] == conditions
    Two(there, critic=Judged(one_in_three)).drain()
    assert progress(there, "small").state == "done"
    assert (said(there), answers(there)) == (said(here), answers(here))
    there.dispose()


def test_lives_that_two_models_tell_here_are_completed_by_an_archive(here, tmp_path):
    store(here, judged(tmp_path))
    Two(here, critic=Judged(one_in_three)).drain()
    path = export_archive(here, "small", tmp_path / "1.zip")
    another = judged(tmp_path / "b", study="another")
    there, two = both(f"sqlite:///{tmp_path / 'there.db'}", another, BEGUN)
    import_archive(path, f"sqlite:///{tmp_path / 'there.db'}")
    assert said(there) == said(here)
    written = len(two.writer.prompts)
    two.drain()
    assert [progress(there, name).state for name in ("small", "another")] == ["done", "done"]
    interviewed = [p for p in two.writer.prompts[written:] if p.endswith("Answer:")]
    assert interviewed == []
    assert rows(there, InterviewDraft) == []


def test_an_archive_brings_the_chunks_that_a_pool_lacks_with_all_their_rounds(here, tmp_path):
    study = judged(tmp_path)
    store(here, study)
    Two(here, critic=Judged(one_in_three)).drain()
    path = export_archive(here, "small", tmp_path / "1.zip")
    few = {"lives": {**study.spec["pools"]["lives"], "count": 4}}
    another = judged(tmp_path / "b", study="another", pools=few)
    there, two = both(f"sqlite:///{tmp_path / 'there.db'}", another, [])
    import_archive(path, f"sqlite:///{tmp_path / 'there.db'}")
    two.drain()
    assert [progress(there, name).state for name in ("small", "another")] == ["done", "done"]
    assert said(there) == said(here)


@pytest.mark.parametrize(
    ("condition", "why"), [("round 0", "condition is none"), ("none", "condition is none")]
)
def test_a_round_that_is_none_is_refused(here, tmp_path, condition, why):
    store(here, judged(tmp_path))
    held = members(export_archive(here, "small", tmp_path / "a.zip"))

    def change(row):
        row.update(condition=condition)

    path = packed(tmp_path / "b.zip", forged(held, "jobs", change, line=0))
    assert why in complaint(path, f"sqlite:///{tmp_path / 'b.db'}")


def test_an_archive_without_interviews_holds_what_it_always_held(here, tmp_path):
    run_study(here, small_study(tmp_path))
    held = members(export_archive(here, "small", tmp_path / "a.zip"))
    assert "interview_answers.jsonl" not in held
    assert len(held) == 12


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda row: row.update(place=3), "place is 3, of 3"),
        (lambda row: row.update(attempts=6), "attempts is 6, of 6"),
        (lambda row: row.update(verdicts={"other": 0.1}), "are of no critic of this study"),
        (lambda row: row.update(verdicts={"nonsense": 2.0}), "is not between 0 and 1"),
        (lambda row: row.update(rejected=[{"text": "I"}]), "rejected.0.verdicts: Field required"),
        (lambda row: row.update(number=5), "number is 5, of 5"),
    ],
)
def test_answers_that_cannot_be_of_the_interview_are_refused(here, tmp_path, change, why):
    run_study(here, told(tmp_path), Judged(one_in_three))
    held = members(export_archive(here, "small", tmp_path / "a.zip"))
    path = packed(tmp_path / "b.zip", forged(held, "interview_answers", change, line=-1))
    assert why in complaint(path, f"sqlite:///{tmp_path / 'b.db'}")


def test_an_export_has_every_answer_and_every_rejected_one(here, tmp_path):
    run_study(here, told(tmp_path), Judged(one_in_three))
    files = export_study(here, "small", tmp_path / "out", "parquet")
    tables = {file.stem.removeprefix("small-"): pq.read_table(file).to_pylist() for file in files}
    stored = rows(here, InterviewAnswer)
    found = tables["interviews"]
    assert [(row["persona"], row["place"] - 1, row["answer"]) for row in found] == [
        (one.number, one.place, one.text) for one in stored
    ]
    assert {row["pool"] for row in found} == {"lives"}
    assert [row["question"] for row in found] == QUESTIONS * 5
    assert found[0]["fault_nonsense"] == pytest.approx(0.1)
    assert found[0]["fault_empty"] is None
    rejected = tables["rejected_answers"]
    assert [row["answer"] for row in rejected] == [r["text"] for a in stored for r in a.rejected]
    assert [row["fault_nonsense"] for row in rejected] == pytest.approx([0.9] * len(rejected))
    assert {f"fault_{fault}" for fault in CRITERIA} < rejected[0].keys()


def test_an_export_without_interviews_has_no_tables_of_them(here, tmp_path):
    run_study(here, small_study(tmp_path))
    names = {file.stem for file in export_study(here, "small", tmp_path / "out", "csv")}
    assert not names & {"small-interviews", "small-rejected_answers"}

"""The `critic` job: another model than the one that writes judges what was said, round by round."""

from pathlib import Path
from typing import Any

from contents import A, B, engine
from fake_model import jobs, run_study, store
from interviewed import CRITERIA, Judged, is_critic, one_in_three, rows, told
from judged import Two, judged
from sqlalchemy import Engine

from anthology.models.database.sessions import open_database, reading
from anthology.models.database.tables import (
    InterviewAnswer,
    InterviewDraft,
    InterviewVerdict,
    Persona,
    Poll,
)
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.monitoring.progress import progress
from anthology.producer.reporting.engines import engine_rows
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page


def answers(database: Engine) -> list[Any]:
    """All that is stored of answers, but for the jobs that did it."""
    found = [one.model_dump(exclude={"job_id"}) for one in rows(database, InterviewAnswer)]
    lives = [one.model_dump(exclude={"job_id"}) for one in rows(database, Persona)]
    return [*found, *lives]


def by_one_model(folder: Path, model: Judged, critic: Any = None) -> list[Any]:
    """What is stored where the model that writes judges, too."""
    database = open_database(f"sqlite:///{folder / 'alone.db'}")
    run_study(database, told(folder, critic), model)
    found = answers(database)
    database.dispose()
    return found


def test_two_models_tell_the_lives_that_one_would(database: Engine, tmp_path: Path) -> None:
    store(database, judged(tmp_path))
    two = Two(database, critic=Judged(one_in_three))
    two.drain()
    assert answers(database) == by_one_model(tmp_path / "alone", Judged(one_in_three))
    assert max(one.attempts for one in rows(database, InterviewAnswer)) > 1
    assert not any(map(is_critic, two.writer.prompts))
    assert all(map(is_critic, two.critic.prompts))
    assert progress(database, "small").state == "done"
    assert len(rows(database, Poll)) == 5 * 2


def test_a_round_writes_one_answer_of_each_life_and_judges_it(
    database: Engine, tmp_path: Path
) -> None:
    store(database, judged(tmp_path, chunk=8))
    two = Two(database, critic=Judged(one_in_three))
    assert "5 people" in two.take("interview")
    assert len(rows(database, InterviewDraft)) == 5
    assert rows(database, InterviewAnswer) == []
    assert "5 people" in two.take("critic")
    rejected = [
        one for one in rows(database, InterviewDraft) if one.text[-2:] in ("0.", "1.", "2.")
    ]
    assert len(rows(database, InterviewAnswer)) == 5 - len(rejected)
    keys = [job.key for job in jobs(database) if job.kind != "survey"]
    assert keys == ["pool:1/interview//0", "pool:1/critic//0", "pool:1/interview/round 2/0"]
    two.writer.prompts.clear()
    two.take("interview")
    again = [one for one in rows(database, InterviewDraft) if one.attempt == 1]
    assert {one.number for one in again} == {one.number for one in rejected}
    assert len(two.writer.prompts) == 5


def test_what_was_written_on_the_way_is_gone_when_its_life_is_over(
    database: Engine, tmp_path: Path
) -> None:
    store(database, judged(tmp_path))
    Two(database, critic=Judged(one_in_three)).drain()
    assert rows(database, InterviewDraft) == []
    assert rows(database, InterviewVerdict) == []


def test_each_answer_is_by_the_job_that_wrote_it(database: Engine, tmp_path: Path) -> None:
    store(database, judged(tmp_path))
    Two(database, critic=Judged(one_in_three)).drain()
    kinds = {job.id: job.kind for job in jobs(database)}
    stored = [*rows(database, InterviewAnswer), *rows(database, Persona)]
    assert {kinds[one.job_id] for one in stored} == {"interview"}


def test_a_life_that_stays_faulty_ends_as_with_one_model(database: Engine, tmp_path: Path) -> None:
    def faulty(answer: str, fault: str) -> bool:
        return fault == CRITERIA["contradiction"] and answer[-2:] in ("0.", "1.", "2.", "3.")

    store(database, judged(tmp_path, {"attempts": 2}))
    Two(database, critic=Judged(faulty)).drain()
    alone = by_one_model(tmp_path / "alone", Judged(faulty), {"attempts": 2})
    assert answers(database) == alone
    assert any("rejected 2 times, last as contradiction" in str(one["error"]) for one in alone)
    errors = sum(one.error is not None for one in rows(database, Persona))
    assert len(rows(database, Poll)) == 2 * (5 - errors)


def test_a_status_counts_the_rounds_to_come_and_names_both_models(
    database: Engine, tmp_path: Path
) -> None:
    store(database, judged(tmp_path))

    def pending() -> tuple[int, int]:
        found = progress(database, "small").jobs
        return found["interview"]["pending"], found["critic"]["pending"]

    notes = progress(database, "small").notes
    assert [note.partition(";")[0] for note in notes] == [
        "no worker serves fake", "no worker serves large",
    ]  # fmt: skip
    # Two jobs for 5 people, then 2 more answers of each to be written, and 3 to be judged: in 4s.
    assert pending() == (2 + 3, 4)
    two = Two(database)
    two.take("interview")
    assert pending() == (1 + 3, 1 + 3)
    two.drain()
    assert pending() == (0, 0)
    assert progress(database, "small").notes == []


def test_a_report_tells_the_critics_work_from_the_authors(database: Engine, tmp_path: Path) -> None:
    store(database, judged(tmp_path))
    two = Two(database)
    two.writing.engine_id = engine(database, "w", A, names=["fake"])
    two.judging.engine_id = engine(database, "c", B, names=["large"])
    two.drain()
    found = findings(database, "small")
    assert found["interviews"][0]["critic"] == "large"
    assert "<h3>lives, judged by large</h3>" in page(database, "small")
    assert set(found["identities"].values()) == {""}
    with reading(database) as session:
        did = {(row[0], row[3]) for row in engine_rows(session, find_study(session, "small"))}
    assert {one for one in did if one[1] in ("interview", "critic")} == {
        ("fake", "interview"), ("large", "critic"),
    }  # fmt: skip


def test_an_empty_answer_is_asked_of_no_critic(database: Engine, tmp_path: Path) -> None:
    store(database, judged(tmp_path, {"attempts": 2}))
    two = Two(database, writer=Judged(story=lambda seed: " \n "))
    two.drain()
    assert {one.error for one in rows(database, InterviewAnswer)} == {
        "rejected 2 times, last as empty"
    }
    assert two.critic.prompts == []

"""The `critic` job: another model than the one that writes judges what was said, round by round."""

from pathlib import Path
from typing import Any

from fake_model import jobs, run_study
from interviewed import CRITERIA, QUESTIONS, Judged, is_critic, one_in_three, rows, told
from judged import Two, judged
from sqlalchemy import Engine
from fake_model import store

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import InterviewAnswer, InterviewDraft, InterviewVerdict, Persona, Poll


def texts(database: Engine) -> list[Any]:
    return [(a.number, a.place, a.text, a.tokens, a.attempts, a.verdicts, a.rejected, a.error) for a in rows(database, InterviewAnswer)]


def test_try(database: Engine, tmp_path: Path) -> None:
    store(database, judged(tmp_path))
    two = Two(database, critic=Judged(one_in_three))
    done = two.drain()
    print(done)
    for j in jobs(database):
        print(j.id, j.key, j.state, j.queue, j.first, j.count)
    alone = open_database(f"sqlite:///{tmp_path / 'alone.db'}")
    run_study(alone, told(tmp_path / "a"), Judged(one_in_three))
    assert texts(database) == texts(alone)
    assert [p.story for p in rows(database, Persona)] == [p.story for p in rows(alone, Persona)]
    assert rows(database, InterviewDraft) == [] == rows(database, InterviewVerdict)

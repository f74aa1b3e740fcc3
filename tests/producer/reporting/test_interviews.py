"""What a report says of interviews: what the critic rejected, and whose life ended for it."""

from pathlib import Path

import pytest
from fake_model import run_study
from interviewed import CRITERIA, Judged, one_in_three, rows, told
from pages import sections
from sqlalchemy import Engine

from anthology.models.database.tables import InterviewAnswer
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page


def test_rejections_are_counted_by_fault_of_all_that_was_written(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, told(tmp_path), Judged(one_in_three))
    [found] = findings(database, "small")["interviews"]
    stored = rows(database, InterviewAnswer)
    rejected = sum(len(answer.rejected) for answer in stored)
    assert rejected
    assert (found["pool"], found["lives"], found["errors"], found["answers"]) == ("lives", 5, 0, 15)
    assert found["attempts"] == pytest.approx((15 + rejected) / 15)
    assert found["rejected"] == pytest.approx(
        {"contradiction": 0.0, "nonsense": rejected / (15 + rejected), "empty": 0.0}
    )
    shown = page(database, "small")
    assert "<h2>Interviews</h2>" in sections(shown)
    assert "<th>nonsense</th>" in shown


def test_lives_that_ended_are_told_with_what_ended_them(database: Engine, tmp_path: Path) -> None:
    def faulty(answer: str, fault: str) -> bool:
        return fault == CRITERIA["contradiction"] and answer[-2:] in ("0.", "1.", "2.", "3.")

    run_study(database, told(tmp_path, {"attempts": 1}), Judged(faulty))
    found = findings(database, "small")
    [interviews] = found["interviews"]
    assert interviews["lives"] + interviews["errors"] == 5
    assert interviews["lives"] == found["personas"]
    assert interviews["errors"]
    shown = page(database, "small")
    assert "<th>interview</th>" in shown
    assert "rejected 1 times, last as contradiction" in shown


def test_without_a_critic_nothing_was_rejected(database: Engine, tmp_path: Path) -> None:
    run_study(database, told(tmp_path, "none"))
    [found] = findings(database, "small")["interviews"]
    assert (found["rejected"], found["attempts"]) == ({}, 1.0)

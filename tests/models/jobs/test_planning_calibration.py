"""What comes next where the label prior is removed: calibration before every survey."""

from collections import Counter
from pathlib import Path
from typing import Any

from fake_model import jobs, small_study, store, study_fields
from planned import at_once, claim, finish, finish_all, kinds
from sqlalchemy import Engine

from anthology.models.database.sessions import writing
from anthology.models.jobs import protocol
from anthology.models.jobs.kinds import CALIBRATION_PEOPLE
from anthology.models.jobs.planning import plan
from anthology.models.study.study import Study


def calibrated(tmp_path: Path, *conditions: str, **changes: Any) -> Study:
    """A study that removes the label prior."""
    questionnaire = {**study_fields()["questionnaire"], "debias": "label_prior"}
    return small_study(
        tmp_path, conditions=list(conditions), questionnaire=questionnaire, **changes
    )


def test_baselines_are_calibrated_at_submission_and_not_surveyed_yet(
    database: Engine, tmp_path: Path
) -> None:
    to_enqueue = store(database, calibrated(tmp_path, "none", "bio", "natural/greedy"))
    assert kinds(to_enqueue) == {"backstory": 3, "calibrate": 2}
    assert [
        (r.condition, r.first, r.count, r.queue) for r in to_enqueue if r.kind == "calibrate"
    ] == [
        ("none", 0, 8, "gpu.fake"), ("bio", 0, 8, "gpu.fake"),
    ]  # fmt: skip


def test_a_condition_is_surveyed_as_soon_as_it_is_calibrated(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "none", "bio"))
    none, _ = jobs(database, "calibrate")
    to_enqueue = finish(database, none)
    assert [(r.kind, r.condition, r.first, r.count) for r in to_enqueue] == [
        ("survey", "none", 0, 4), ("survey", "none", 4, 4),
    ]  # fmt: skip


def test_a_matched_condition_is_calibrated_after_its_match(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "natural/greedy"))
    finish_all(database, "backstory")
    assert kinds(finish_all(database, "poll")) == {"match": 1}
    assert kinds(finish_all(database, "match")) == {"calibrate": 1}
    assert kinds(finish_all(database, "calibrate")) == {"survey": 2}
    assert kinds(finish_all(database, "survey")) == {"measure": 1}


def test_no_more_people_are_calibrated_on_than_a_prior_needs(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "none", people=CALIBRATION_PEOPLE + 8))
    (job,) = jobs(database, "calibrate")
    assert (job.first, job.count) == (0, CALIBRATION_PEOPLE)
    finish(database, job)
    assert sum(job.count for job in jobs(database, "survey")) == CALIBRATION_PEOPLE + 8


def test_a_calibration_that_failed_ends_its_condition_alone(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "none", "bio"))
    none, bio = jobs(database, "calibrate")
    assert protocol.fail(database, claim(database, none), "too long") == []
    assert kinds(finish(database, bio)) == {"survey": 2}
    assert kinds(finish_all(database, "survey")) == {"measure": 1}
    assert {job.condition for job in jobs(database, "survey")} == {"bio"}


def test_a_study_of_which_every_calibration_failed_is_still_measured(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "none"))
    (job,) = jobs(database, "calibrate")
    assert kinds(protocol.fail(database, claim(database, job), "too long")) == {"measure": 1}


def test_calibrations_that_finish_at_once_plan_each_survey_exactly_once(
    database: Engine, tmp_path: Path
) -> None:
    store(database, calibrated(tmp_path, "none", "bio", "qa"))
    found = at_once(database, jobs(database, "calibrate"))
    assert [error for error in found if isinstance(error, Exception)] == []
    assert kinds([message for to_enqueue in found for message in to_enqueue]) == {"survey": 6}
    assert len(jobs(database, "survey")) == 6


def test_planning_a_calibrated_study_again_plans_nothing(database: Engine, tmp_path: Path) -> None:
    store(database, calibrated(tmp_path, "none", "bio"))
    for kind in ("calibrate", "survey", "measure"):
        with writing(database) as session:
            assert plan(session, 1) == []
        finish_all(database, kind)
    assert Counter(job.kind for job in jobs(database)) == {
        "calibrate": 2, "survey": 4, "measure": 1,
    }  # fmt: skip


def test_without_debiasing_nothing_is_calibrated(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    for kind in ("backstory", "poll", "match", "survey", "measure"):
        finish_all(database, kind)
    assert jobs(database, "calibrate") == []

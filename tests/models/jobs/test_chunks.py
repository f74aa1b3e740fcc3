"""How work is cut into jobs: every number once, and no job named twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.kinds import KINDS, priority, who


@given(st.integers(0, 1000), st.integers(0, 500), st.integers(1, 100))
def test_jobs_cover_every_number_exactly_once(first: int, count: int, chunk: int) -> None:
    jobs = span_jobs("survey", 1, "s", first, count, chunk, "q", condition="none")
    covered = [n for job in jobs for n in range(job["first"], job["first"] + job["count"])]
    assert covered == list(range(first, first + count))
    assert all(1 <= job["count"] <= chunk for job in jobs)
    assert len({job["key"] for job in jobs}) == len(jobs)


def test_a_key_names_owner_kind_condition_and_start() -> None:
    (survey,) = span_jobs("survey", 3, "s", 8, 4, 4, "gpu.m", condition="natural/greedy")
    assert survey["key"] == "study:3/survey/natural/greedy/8"
    assert survey["title"] == "survey: s natural/greedy"
    (story,) = span_jobs("backstory", None, "people", 0, 4, 4, "gpu.m", pool_id=2)
    assert story["key"] == "pool:2/backstory//0"
    assert story["title"] == "backstory: people"
    (poll,) = span_jobs("poll", 3, "s", 0, 4, 4, "gpu.m", pool_id=2)
    assert poll["key"] == "study:3/poll//0"


def test_a_new_job_is_pending_and_due() -> None:
    (job,) = span_jobs("measure", 1, "s", 0, 1, 1, "cpu")
    assert (job["state"], job["attempt"], job["deaths"], job["not_before"]) == (
        "pending",
        0,
        0,
        0.0,
    )


def test_later_stages_come_first_and_baselines_fill_what_is_left() -> None:
    order = [
        priority("measure"), priority("match"), priority("survey", True),
        priority("calibrate", True), priority("poll"), priority("backstory"),
        priority("survey"), priority("calibrate"),
    ]  # fmt: skip
    assert order == sorted(order) == [1, 1, 1, 1, 3, 6, 9, 9]


def test_every_kind_of_job_has_its_place_in_the_pipeline() -> None:
    assert KINDS.index("match") < KINDS.index("calibrate") < KINDS.index("survey")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("poll", "personas 32-63"), ("backstory", "personas 32-63"), ("survey", "respondents 32-63"),
     ("calibrate", "respondents 32-63"), ("match", "whole study"), ("measure", "whole study")],
)  # fmt: skip
def test_people_read_which_people_a_job_is_about(kind: str, expected: str) -> None:
    assert who(kind, 32, 32) == expected

"""What is said to somebody who waits without a terminal: enough, and never a flood."""

from dataclasses import replace
from typing import Any

import pytest

from anthology.models.jobs.kinds import KINDS
from anthology.producer.monitoring.heartbeats import Heartbeat
from anthology.producer.monitoring.news import News, why
from anthology.producer.monitoring.progress import Progress

NOBODY = "no worker serves fake; start one with: anthology worker --model <folder of fake>"


def heartbeat(model: str | None, *, loading: bool = False) -> Heartbeat:
    return Heartbeat("gpu0@here" if model else "cpu-jobs0@here", model, 1.0, loading, None)


SERVED = [heartbeat("fake"), heartbeat(None)]


def found(state: str = "waiting", **changes: Any) -> Progress:
    jobs = {kind: {"pending": 0, "running": 0, "done": 0, "failed": 0} for kind in KINDS}
    jobs["survey"]["pending"] = 4
    jobs["measure"]["pending"] = 1
    base = Progress(
        study="s", state=state, jobs=jobs, answers={"stored": 0, "errors": 0}, tokens_per_s=0.0,
        cached_share=0.0, eta_s=None, others_s=0.0, workers=SERVED,
    )  # fmt: skip
    return replace(base, **changes)


def running(done: int = 0) -> Progress:
    one = found("running")
    one.jobs["survey"] |= {"pending": 3 - done, "running": 1, "done": done}
    return one


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_it_says_at_once_where_the_study_is_and_why(clock: Clock) -> None:
    first, reason = News(False, clock=clock).lines(found(workers=[], notes=[NOBODY]))
    assert first.endswith(" UTC, s: waiting, 0 of 5 jobs ended, left unknown yet")
    assert reason == NOBODY


def test_it_says_nothing_while_nothing_changes_and_a_line_every_few_minutes(clock: Clock) -> None:
    news, said = News(False, 180.0, clock=clock), []
    for second in range(3600):
        clock.now = second
        said += news.lines(running())
    assert len(said) == 20
    assert "running, 0 of 5 jobs ended" in said[-1]


def test_a_change_is_said_at_once_with_its_reason(clock: Clock) -> None:
    news = News(False, clock=clock)
    news.lines(running())
    clock.now = 1
    paused = "paused; go on with: anthology resume s"
    assert news.lines(found("paused", notes=[paused]))[1:] == [paused]
    clock.now = 2
    assert news.lines(found("paused", notes=[paused])) == []
    (again,) = news.lines(running())
    assert "s: running" in again


def test_a_kind_of_job_that_ended_is_said_once(clock: Clock) -> None:
    news = News(False, clock=clock)
    news.lines(running())
    over = running(3)
    over.jobs["survey"] |= {"running": 0, "done": 3, "failed": 1}
    assert news.lines(over)[0] == "survey: 4 jobs ended"
    assert not any("jobs ended" in line and "survey:" in line for line in news.lines(over))


@pytest.mark.parametrize("bar", [True, False])
def test_what_goes_to_and_fro_is_no_flood(bar: bool, clock: Clock) -> None:
    """Six hours in which a worker comes and goes every second."""
    news, said = News(bar, clock=clock), []
    for second in range(6 * 3600):
        clock.now = second
        away = found(workers=[], notes=[NOBODY])
        said += news.lines(away if second % 2 else running())
    assert 100 < len(said) < 6 * 60 * 2 + 10


def test_a_database_that_is_away_all_night_is_no_flood(clock: Clock) -> None:
    news, said = News(False, 180.0, clock=clock), []
    for second in range(6 * 3600):
        clock.now = second
        said += news.lines(running(), f"the database cannot be read, trying again: {second}"[:43])
    assert sum("cannot be read" in line for line in said) == 120


def test_with_a_bar_only_reasons_are_said(clock: Clock) -> None:
    news = News(True, 180.0, clock=clock)
    assert news.lines(found(workers=[], notes=[NOBODY])) == [NOBODY]
    clock.now = 1000
    assert news.lines(found(workers=[], notes=[NOBODY])) == []
    assert news.lines(running()) == []


@pytest.mark.parametrize("bar", [False, True])
def test_redis_is_asked_soon_where_nothing_moves_but_not_at_the_first_look(
    bar: bool, clock: Clock
) -> None:
    asked: list[float] = []

    def redis() -> str:
        asked.append(clock.now)
        return "Redis at h cannot be used"

    news = News(bar, 180.0, redis, clock)
    assert "Redis at h cannot be used" not in news.lines(found())
    clock.now = 2
    assert news.lines(found()) == []
    clock.now = 6
    assert "Redis at h cannot be used" in news.lines(found())
    clock.now = 360
    assert "Redis at h cannot be used" not in news.lines(running())
    assert asked == [6]


def test_an_end_is_left_to_the_status_that_follows(clock: Clock) -> None:
    assert News(False, clock=clock).lines(found("cancelled", notes=["x"])) == []


def test_why_nothing_moves() -> None:
    assert why(found()) == []
    assert why(found(workers=[heartbeat("fake", loading=True), heartbeat(None)])) == [
        "gpu0@here is loading fake"
    ]
    assert why(found(others_s=60.0)) == ["the jobs of other studies come first"]
    last = found("running", workers=[heartbeat("fake")])
    last.jobs["survey"] |= {"pending": 0, "done": 4}
    assert why(last) == ["no worker does measure; start one with: anthology worker --cpu-jobs"]
    assert why(replace(last, workers=SERVED)) == []

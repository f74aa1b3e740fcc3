"""Lives of which one model writes and another judges each answer: turns that whatever dies neither
loses nor doubles."""

import random
import re
from pathlib import Path
from typing import Any

import pytest
from contents import A, B, engine
from fake_model import drain, jobs, make_runner, run_study, store
from held_jobs import let_lease_expire, taken
from interviewed import QUESTIONS, Judged, one_in_three, rows, told
from judged import CRITIC, Two, judged
from sqlalchemy import Engine, select
from sqlmodel import Session

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import (
    InterviewAnswer,
    InterviewDraft,
    InterviewVerdict,
    Job,
    Persona,
    Poll,
    PoolRow,
)
from anthology.models.errors import EngineDied, LostLease, StaysAway
from anthology.models.jobs import protocol
from anthology.models.jobs.messages import _priority
from anthology.models.jobs.planning import plan
from anthology.models.jobs.protocol import Usage
from anthology.models.language_model.names import queue_for
from anthology.producer.monitoring.progress import progress
from anthology.workers.runner import job_runner
from anthology.workers.runner.job_runner import JobRunner


@pytest.fixture(autouse=True)
def restarted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose engine died goes on here, as its successor would."""
    monkeypatch.setattr(JobRunner, "leave_dead_engine", lambda runner: runner.stopping.clear())
    monkeypatch.setattr(job_runner, "backoff_s", lambda attempt: -1.0)


def texts(database: Engine) -> list[Any]:
    found = rows(database, InterviewAnswer)
    return [(one.number, one.place, one.text, one.attempts, one.rejected) for one in found]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("undisturbed")
    database = open_database(f"sqlite:///{folder / 'a.db'}")
    run_study(database, told(folder), Judged(one_in_three))
    found = texts(database)
    database.dispose()
    return found


def made(database: Engine) -> list[Job]:
    return [job for job in jobs(database) if job.kind in ("interview", "critic")]


def planned_again(database: Engine) -> None:
    for _ in range(2):
        with writing(database) as session:
            assert plan(session, 1) == []


def test_each_turn_is_planned_once_into_its_models_queue(database: Engine, tmp_path: Path) -> None:
    store(database, judged(tmp_path, chunk=8))
    two = Two(database)
    for kind in ("interview", "critic") * len(QUESTIONS):
        planned_again(database)
        two.take(kind)
    planned_again(database)
    assert {(job.kind, job.queue, job.study_id) for job in made(database)} == {
        ("interview", queue_for("fake", None), None), ("critic", queue_for(CRITIC, None), None),
    }  # fmt: skip
    assert [job.condition for job in made(database)] == [
        "", "", "round 2", "round 2", "round 3", "round 3",
    ]  # fmt: skip
    assert len(jobs(database, "poll")) == 1


def test_polls_wait_for_the_last_turn_of_their_chunk(database: Engine, tmp_path: Path) -> None:
    store(database, judged(tmp_path))
    two = Two(database, critic=Judged(one_in_three))
    two.drain(until=lambda: bool(jobs(database, "poll")))
    [poll] = jobs(database, "poll")
    told_ = {one.number for one in rows(database, Persona)}
    assert set(range(poll.first, poll.first + poll.count)) <= told_ < set(range(5))


def test_lives_that_are_begun_go_on_before_others_begin(database: Engine, tmp_path: Path) -> None:
    store(database, judged(tmp_path, chunk=1, conditions=[{"pool": "lives", "match": "greedy"}]))
    two = Two(database)
    two.take("interview")
    two.take("critic")
    second = next(job for job in jobs(database, "interview") if job.condition == "round 2")
    found = protocol.sweep(database, 5).waiting
    assert found[0].id == second.id
    assert [_priority(one) for one in found] == [3, 6, 6, 6, 6]


@pytest.mark.parametrize("seed", range(2))
def test_whatever_dies_between_rounds_and_within_them_no_answer_is_lost_or_doubled(
    database: Engine, tmp_path: Path, undisturbed: list[Any], seed: int, monkeypatch: Any
) -> None:
    """Workers die as they hold a job, after some of its people were kept or all, and before what
    comes next is planned."""
    luck = random.Random(seed)
    plan_apart = protocol.plan_apart

    def unlucky(session: Session, study_id: int) -> Any:
        return [] if luck.random() < 0.3 else plan_apart(session, study_id)

    monkeypatch.setattr(protocol, "plan_apart", unlucky)
    store(database, judged(tmp_path))
    two = Two(database, critic=Judged(one_in_three))
    for _ in range(400):
        waiting = protocol.sweep(database, 1000).waiting
        if not waiting:
            break
        message = luck.choice(waiting)
        fate = luck.random()
        if fate < 0.6 or message.kind not in ("interview", "critic"):
            two.do(message)
            continue
        job = next(job for job in jobs(database) if job.id == message.id)
        held = taken(database, job)
        if fate < 0.8:
            protocol.keep(database, held, some_rows(two, database, held, luck.random()))
        let_lease_expire(database, job)
        protocol.sweep(database, 1000)
        with pytest.raises(LostLease):
            protocol.finish(database, held, [], Usage(), None)
    assert progress(database, "small").state == "done"
    assert texts(database) == undisturbed
    keys = [job.key for job in jobs(database)]
    assert len(keys) == len(set(keys))
    assert rows(database, InterviewDraft) == [] == rows(database, InterviewVerdict)
    assert len(rows(database, Poll)) == 5 * 2


def some_rows(two: Two, database: Engine, held: Any, share: float) -> Any:
    """What a worker had of a job when it died: of its people the first ones."""
    from anthology.workers.engine.asking import Interviewer
    from anthology.workers.tasks import by_kind

    items = by_kind.items(held.kind, database, held)
    model = two.writer if held.kind == "interview" else two.critic
    interviewer = Interviewer(model, two.writing.tokenizer, Usage())  # type: ignore[arg-type]

    async def of(item: Any) -> Any:
        return [row async for found in item(interviewer) for row in found]

    few = items[: int(share * (len(items) + 1))]
    return [row for item in few for row in model.run(of(item)).result(60)]


def test_a_life_that_kills_the_critic_costs_itself_alone(
    database: Engine, tmp_path: Path, undisturbed: list[Any]
) -> None:
    poison = next(text for number, place, text, *_ in undisturbed if (number, place) == (2, 1))

    def fault(prompt: str) -> Exception | None:
        return EngineDied("the engine process died") if poison in prompt else None

    store(database, judged(tmp_path))
    two = Two(database, critic=Judged(one_in_three, fault=fault))
    two.drain()
    found = progress(database, "small")
    assert found.state == "done with 1 error"
    [line] = found.failures
    assert re.match(r"critic: lives round \d, personas 2-2: the worker died 5 times", line)
    assert [row for row in texts(database) if row[0] != 2] == [
        row for row in undisturbed if row[0] != 2
    ]
    assert [row for row in texts(database) if row[0] == 2] == [
        row for row in undisturbed if row[:2] == (2, 0)
    ]
    assert {one.number for one in rows(database, Poll)} == {0, 1, 3, 4}
    assert found.jobs["interview"]["pending"] == found.jobs["critic"]["pending"] == 0


def test_a_cancelled_studys_lives_are_told_for_the_next_that_shares_them(
    database: Engine, tmp_path: Path, undisturbed: list[Any]
) -> None:
    store(database, judged(tmp_path))
    two = Two(database, critic=Judged(one_in_three))
    two.take("interview")
    with writing(database) as session:
        session.connection().exec_driver_sql("UPDATE study SET cancelled = true")
    held = taken_anyway(database, "critic")
    assert held is None
    pools = judged(tmp_path / "b", study="next").spec["pools"]
    store(database, judged(tmp_path / "b", study="next", model="else",
                           pools={"lives": {**pools["lives"], "model": "fake"}}))  # fmt: skip
    two.drain()
    assert progress(database, "next").state == "done"
    assert texts(database) == undisturbed
    assert len(jobs(database, "interview")) == len({job.key for job in jobs(database, "interview")})


def taken_anyway(database: Engine, kind: str) -> Any:
    [job, *_] = jobs(database, kind)
    return protocol.claim(database, job.id or 0, "w", 30, 5)


def test_the_critics_engine_is_bound_to_the_study_and_not_to_the_stories(
    database: Engine, tmp_path: Path
) -> None:
    store(database, judged(tmp_path, chunk=8))
    writer = engine(database, "w", A, names=["fake"])
    critic = engine(database, "c", B, names=[CRITIC])
    two = Two(database)
    two.writing.engine_id, two.judging.engine_id = writer, critic
    two.take("interview")
    two.take("critic")
    second = next(job for job in jobs(database, "interview") if job.state == "pending")
    with pytest.raises(StaysAway, match=r"begun by another engine \(other weights\)"):
        protocol.claim(database, second.id or 0, "w", 30, 5, engine_id=critic)
    two.drain()
    with Session(database) as session:
        assert session.execute(select(PoolRow)).scalar_one().content == A
    assert {(job.kind, job.engine_id) for job in made(database)} == {
        ("interview", "w"), ("critic", "c"),
    }  # fmt: skip


def test_without_a_model_of_its_own_a_critic_costs_no_job(database: Engine, tmp_path: Path) -> None:
    store(database, told(tmp_path, {"model": "fake"}))
    drain(make_runner(database, Judged()))
    assert jobs(database, "critic") == []
    assert [job.key for job in jobs(database, "interview")] == [
        "pool:1/interview//0", "pool:1/interview//4",
    ]  # fmt: skip

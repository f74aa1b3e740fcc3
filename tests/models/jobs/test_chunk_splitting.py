"""Poison: one person on whom every worker dies costs himself, and not his neighbours."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, small_study, store
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update
from sqlmodel import Session, SQLModel, col

from anthology.models import seeds
from anthology.models.database.sessions import now_s, open_database, reading, writing
from anthology.models.database.tables import Answer, Job, Match, Persona, Poll
from anthology.models.errors import EngineDied, Interrupted
from anthology.models.jobs import protocol, ready
from anthology.models.jobs.chunk_splitting import split
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.planning import Message, insert_jobs
from anthology.models.jobs.protocol import Usage
from anthology.producer.monitoring.progress import progress
from anthology.workers.engine.text_model import Generation, Sampling
from anthology.workers.runner import job_runner
from anthology.workers.runner.job_runner import JobRunner

POISON = 2  # the persona
SEED = seeds.derive(7, "backstory", POISON)
STORY = f"My number is {SEED}."
REASON = "the worker died 5 times on this job: the engine process died"


def dead() -> EngineDied:
    return EngineDied("the engine process died")


@pytest.fixture(autouse=True)
def restarted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose engine died goes on here, as its successor would."""
    monkeypatch.setattr(JobRunner, "leave_dead_engine", lambda runner: runner.stopping.clear())
    monkeypatch.setattr(job_runner, "backoff_s", lambda attempt: -1.0)


def matched_study(folder: Path, **changes: Any) -> Any:
    return small_study(folder, **{"conditions": ["natural/random"], **changes})


def numbers(database: Engine, table: type[SQLModel], column: Any) -> list[int]:
    with reading(database) as session:
        return sorted(set(session.execute(select(column)).scalars()))


def failed(database: Engine) -> list[tuple[str, int, int, str | None]]:
    return [(j.kind, j.first, j.count, j.error) for j in jobs(database) if j.state == "failed"]


def covered(database: Engine, kind: str) -> list[int]:
    """Everybody whom the jobs of a kind are about, as often as they are."""
    return sorted(
        n for job in jobs(database, kind) for n in range(job.first, job.first + job.count)
    )


# --- one poisonous persona -----------------------------------------------------------------------


class PoisonedStories(FakeEngine):
    """Dies of one persona's story."""

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
        if sampling.seed == SEED:
            raise dead()
        return await super().generate(prompt, sampling, usage)


def test_a_story_that_kills_costs_its_persona_alone_and_matching_goes_on(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, matched_study(tmp_path), PoisonedStories())
    assert failed(database) == [("backstory", POISON, 1, REASON)]
    alive = [number for number in range(9) if number != POISON]
    assert numbers(database, Persona, col(Persona.number)) == alive
    assert numbers(database, Poll, col(Poll.number)) == alive
    assert numbers(database, Match, col(Match.persona)) == alive  # 8 respondents, each has one
    assert numbers(database, Answer, col(Answer.respondent)) == list(range(8))
    assert covered(database, "backstory") == covered(database, "poll") == list(range(9))
    found = progress(database, "small")
    assert found.state == "done with 1 error"
    assert found.answers == {"stored": 24, "errors": 0}
    assert found.failures == [f"backstory: people, personas 2-2: {REASON}"]


def test_a_poll_that_kills_costs_its_persona_alone(database: Engine, tmp_path: Path) -> None:
    kills = lambda p: dead() if STORY in p and "How old" in p else None  # noqa: E731
    run_study(database, matched_study(tmp_path), FakeEngine(fault=kills))
    assert [one[:3] for one in failed(database)] == [("poll", POISON, 1)]
    alive = [number for number in range(9) if number != POISON]
    assert numbers(database, Poll, col(Poll.number)) == alive
    assert numbers(database, Match, col(Match.persona)) == alive
    assert covered(database, "poll") == list(range(9))
    assert progress(database, "small").answers == {"stored": 24, "errors": 0}


def test_an_interview_that_kills_costs_its_respondent_alone(
    database: Engine, tmp_path: Path
) -> None:
    kills = lambda p: dead() if STORY in p and "roads" in p else None  # noqa: E731
    run_study(database, matched_study(tmp_path, pool={"name": "people", "count": 8}),
              FakeEngine(fault=kills))  # fmt: skip
    with reading(database) as session:
        victim = session.execute(
            select(col(Match.respondent)).where(col(Match.persona) == POISON)
        ).scalar_one()
    assert [one[:3] for one in failed(database)] == [("survey", victim, 1)]
    others = [number for number in range(8) if number != victim]
    assert numbers(database, Answer, col(Answer.respondent)) == others
    assert covered(database, "survey") == list(range(8))
    assert progress(database, "small").state == "done with 1 error"
    assert progress(database, "small").answers == {"stored": 21, "errors": 0}


def test_what_one_poisonous_persona_leaves_is_what_a_healthy_study_has(tmp_path: Path) -> None:
    """The split changes no seed: everybody else's story is the same."""
    stories = []
    for name, engine in (("healthy", FakeEngine()), ("poisoned", PoisonedStories())):
        database = open_database(f"sqlite:///{tmp_path / name}.db")
        run_study(database, matched_study(tmp_path), engine)
        with reading(database) as session:
            rows = session.execute(select(col(Persona.number), col(Persona.story))).all()
        stories.append({number: story for number, story in rows if number != POISON})
        database.dispose()
    assert stories[0] == stories[1]


class Shared(FakeEngine):
    """An engine whose death is the death of every request in flight, until it is restarted."""

    dead = False

    def __init__(self) -> None:
        # Long enough for all eight to be in flight before one dies, on a busy machine, too.
        super().__init__(fault=self._fault, delay_s=0.25)

    def _fault(self, prompt: str) -> Exception | None:
        self.dead = self.dead or (STORY in prompt and "roads" in prompt)
        return dead() if self.dead else None


def take(runner: JobRunner, message: Message) -> None:
    """As Celery does, which leaves the message of who could not be taken to the next worker."""
    with suppress(Interrupted):
        runner.do(message.kind, message.id, print)


def test_jobs_that_run_beside_a_poisonous_one_do_not_fail_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restarted together they die together, again and again, but for their last time alone."""
    monkeypatch.setattr(JobRunner, "leave_dead_engine", lambda runner: None)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    store(database, matched_study(tmp_path, chunk=1, pool={"name": "people", "count": 8}))
    engine = Shared()
    runner = make_runner(database, engine)
    deaths = 0
    with ThreadPoolExecutor(8) as pool:
        while to_enqueue := ready.due(database):
            list(pool.map(partial(take, runner), to_enqueue[:8]))
            deaths += engine.dead
            engine.dead = False  # the launcher starts the worker again
            runner.stopping.clear()
    assert deaths == 5
    assert [(kind, count) for kind, _, count, _ in failed(database)] == [("survey", 1)]
    assert max(job.deaths for job in jobs(database) if job.state == "done") == 4
    assert progress(database, "small").answers == {"stored": 21, "errors": 0}
    database.dispose()


# --- the split itself ----------------------------------------------------------------------------


def kill_workers(database: Engine, job: Job, times: int) -> protocol.Sweep:
    """Lets workers die on a job by SIGKILL: nothing is said, the lease runs out."""
    found = None
    for _ in range(times):
        assert protocol.claim(database, job.id or 0, "w", 60, 3) is not None
        with writing(database) as session:
            session.execute(
                update(Job).where(col(Job.id) == job.id).values(lease_until=now_s() - 1)
            )
        found = protocol.sweep(database, 3)
    assert found is not None
    return found


def test_a_chunk_on_which_workers_were_killed_is_split_and_rung(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    first, second = jobs(database)
    found = kill_workers(database, first, 3)
    assert sorted((r.kind, r.first, r.count, r.title) for r in found.returned) == [
        ("survey", number, 1, "survey: small none") for number in range(4)
    ]
    assert found.given_up == []
    assert found.planned == []
    mine = [job for job in jobs(database) if job.id != second.id]
    assert {(job.state, job.deaths, job.queue) for job in mine} == {("pending", 0, "gpu.fake")}
    assert [job.key for job in mine] == [f"study:1/survey/none/{n}" for n in range(4)]


def test_a_job_of_one_person_is_given_up_and_not_split(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"], chunk=1))
    job = jobs(database)[0]
    found = kill_workers(database, job, 3)
    assert (found.returned, found.given_up) == ([], [job.id])
    assert failed(database) == [("survey", 0, 1, "the worker died 3 times on this job")]


def test_what_is_not_about_single_people_is_not_split(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["natural/greedy"]))
    runner = make_runner(database, FakeEngine())
    while not jobs(database, "match"):
        for message in ready.due(database):
            runner.do(message.kind, message.id, print)
    (match,) = jobs(database, "match")
    assert match.count == 8
    assert kill_workers(database, match, 3).given_up == [match.id]


def test_people_stored_before_the_split_are_not_asked_again(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["bio"], chunk=8))
    runner = make_runner(database, FakeEngine(fault=lambda p: dead() if "I am old" in p else None))
    drain(runner)
    model = FakeEngine()
    with writing(database) as session:
        old = len([j for j in jobs(database, "survey") if j.state == "failed"])
        session.execute(
            update(Job).where(col(Job.state) == "failed").values(state="pending", deaths=0)
        )
    drain(make_runner(database, model))
    assert 0 < old < 8
    assert sum("I am old" in prompt for prompt in model.prompts) == len(model.prompts) > 0
    assert numbers(database, Answer, col(Answer.respondent)) == list(range(8))


def test_polls_of_a_chunk_whose_stories_are_split_are_split_with_them(
    database: Engine, tmp_path: Path
) -> None:
    """After a retry the stories of a chunk that was polled may be written again, and kill."""
    store(database, small_study(tmp_path, conditions=["natural/greedy"]))
    drain(make_runner(database, FakeEngine()))
    stories = jobs(database, "backstory")[0]
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.id) == stories.id).values(state="pending"))
    kill_workers(database, stories, 3)
    drain(make_runner(database, FakeEngine()))
    assert covered(database, "poll") == covered(database, "backstory") == list(range(9))
    assert Counter(job.count for job in jobs(database, "poll")) == {1: 5, 4: 1}
    assert {job.state for job in jobs(database, "poll")} == {"done"}


@settings(max_examples=30)
@given(
    first=st.integers(0, 10**6), count=st.integers(2, 60),
    kind=st.sampled_from(["survey", "poll", "backstory"]),
)  # fmt: skip
def test_a_split_covers_everybody_exactly_once_under_the_keys_that_single_jobs_have(
    first: int, count: int, kind: str
) -> None:
    database = open_database("sqlite://")
    owner = (None, "people") if kind == "backstory" else (1, "small")
    chunk = span_jobs(kind, *owner, first, count, count, "gpu.fake", condition="c", pool_id=1)
    chunk[0] |= {"state": "failed", "deaths": 5}
    with Session(database) as session:
        session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        (message,) = insert_jobs(session, chunk)
        to_enqueue = split(session, [message.id])
        assert sorted((r.first, r.count) for r in to_enqueue) == [
            (number, 1) for number in range(first, first + count)
        ]
        alone = span_jobs(kind, *owner, first, count, 1, "gpu.fake", condition="c", pool_id=1)
        made = session.execute(select(Job).order_by(col(Job.first))).scalars().all()
        for job, wanted in zip(made, alone, strict=True):
            assert {name: getattr(job, name) for name in wanted} == wanted
        session.rollback()
    database.dispose()

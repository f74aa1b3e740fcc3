"""Submitting: all or nothing in the database, then the queue; again, and it resumes."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from fake_model import FakeEngine, drain, emptied, jobs, make_runner, small_study, write_study
from local_postgres import LocalPostgres
from queues import in_queue
from sqlalchemy import Engine, event, insert, select
from sqlmodel import Session, col
from submitted import ALIKE, JOBS, model_folder, rows, write_changed

from anthology import submit
from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import PoolRow, Respondent, StudyRow, WorkerRow
from anthology.models.errors import InputError, SetupError
from anthology.models.settings import Settings
from anthology.models.study.study import Study
from anthology.producer.control.steering import cancel
from anthology.producer.surveys.respondents import read_humans


@pytest.fixture(scope="module")
def postgres(postgres_server: LocalPostgres) -> Iterator[tuple[str, Engine]]:
    url = postgres_server.create_database("submission")
    engine = open_database(url)
    yield url, engine
    engine.dispose()
    postgres_server.drop_database("submission")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> Iterator[Engine]:
    """An empty database and Redis, and settings that name both."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", redis_url)
    if request.param == "postgresql":
        url, engine = request.getfixturevalue("postgres")
        monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", url)
        yield emptied(engine)
        return
    url = f"sqlite:///{tmp_path / 'anthology.db'}"
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", url)
    engine = open_database(url)
    yield engine
    engine.dispose()


# --- a new study ---------------------------------------------------------------------------------


def test_a_new_study_is_written_and_rung(database: Engine, tmp_path: Path, redis_url: str) -> None:
    done = submit(write_study(tmp_path))
    assert done.as_json() == {
        "study": "small", "new": True, "personas": 9, "answers": 8 * 3 * 6, "hours": None,
        "jobs": JOBS, "personas_shared": 0, "paused": False, "unchecked": None,
        "notes": [], "warnings": (),
        "prompt_tokens": done.prompt_tokens, "output_tokens": done.output_tokens,
        "models": {"fake": done.prompt_tokens + done.output_tokens},
    }  # fmt: skip
    assert done.enqueued == in_queue(redis_url, "gpu.fake") == 9
    assert rows(database) == {
        "study": 1, "pool": 1, "study_pool": 1, "respondent": 8, "job": 9,
    }  # fmt: skip


def test_stories_that_a_cancelled_study_left_are_rung_for_the_next_one(
    database: Engine, tmp_path: Path, redis_url: str
) -> None:
    """Workers dropped their messages; baselines would keep the queue from falling silent."""
    changes = {"conditions": ["none", "natural/greedy"]}
    assert submit(write_study(tmp_path, study="first", **changes)).enqueued == 3 + 2
    cancel(Settings(), "first")
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    done = submit(write_study(tmp_path, study="second", **changes))
    assert done.enqueued == in_queue(redis_url, "gpu.fake") == 3 + 2


def test_what_is_stored_is_what_was_submitted(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path)
    submit(study)
    humans = read_humans(study)
    with Session(database) as session:
        row = session.execute(select(StudyRow)).scalar_one()
        assert Study.from_spec(row.spec) == study
        assert Study.from_spec(row.spec).digest == study.digest == row.digest
        assert (row.humans, row.respondents, row.humans_digest) == (8, 8, humans.digest)
        people = session.execute(select(Respondent).order_by(col(Respondent.number))).scalars()
        for stored, read in zip(people, humans.rows(), strict=True):
            assert {name: getattr(stored, name) for name in read} == read


def test_a_file_or_a_loaded_study_may_be_submitted(database: Engine, tmp_path: Path) -> None:
    assert submit(str(write_study(tmp_path))).new
    assert not submit(small_study(tmp_path)).new


def test_baselines_alone_make_no_pool(database: Engine, tmp_path: Path) -> None:
    done = submit(write_study(tmp_path, conditions=["none"]))
    assert (done.personas, done.jobs["backstory"]) == (0, 0)
    assert rows(database) == {"study": 1, "respondent": 8, "job": 2}


def test_more_people_than_one_statement_takes_are_all_written(
    database: Engine, tmp_path: Path
) -> None:
    submit(write_study(tmp_path, people=5003, conditions=["none"], chunk=4096))
    assert rows(database)["respondent"] == 5003


def test_a_name_with_quotes_in_it_is_only_text(database: Engine, tmp_path: Path) -> None:
    submit(write_study(tmp_path, conditions=["none"]))
    hostile = "x'); DROP TABLE study; --"
    lines = (tmp_path / "humans.csv").read_text().replace("r0,", f'"{hostile}",')
    (tmp_path / "humans.csv").write_text(lines)
    submit(small_study_from(tmp_path, "second"))
    with Session(database) as session:
        stored = session.execute(select(Respondent.source_id).where(col(Respondent.study_id) == 2))
        assert hostile in stored.scalars().all()


def small_study_from(folder: Path, name: str) -> Study:
    """The study in a folder under another name, with the survey as it lies there."""
    study = Study.load(folder / "small.yaml")
    return study.model_copy(update={"study": name})


def test_a_model_that_a_worker_here_serves_is_looked_at_as_well(
    database: Engine, tmp_path: Path
) -> None:
    worker = {"queue": "gpu.fake", "pid": 1, "started_at": 0.0, "seen_at": 1.0, "stopped": False}
    with writing(database) as session:
        model = model_folder(tmp_path / "fake")
        session.execute(insert(WorkerRow), [{**worker, "name": "w", "model": model}])
    path = write_study(tmp_path, questionnaire={**ALIKE, "readout": "text"})
    with pytest.raises(InputError, match="'roads' cannot be read"):
        submit(path)
    assert rows(database) == {"worker": 1}


def test_a_submission_that_is_broken_off_leaves_nothing(
    database: Engine, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here when the jobs are inserted, after the study and its people were."""

    @event.listens_for(Engine, "before_cursor_execute")
    def refuse(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO job"):
            raise OSError("the power is gone")

    try:
        with pytest.raises(SetupError, match="the power is gone"):
            submit(write_study(tmp_path, conditions=["none"]))
    finally:
        event.remove(Engine, "before_cursor_execute", refuse)
    assert rows(database) == {}
    assert in_queue(redis_url, "gpu.fake") == 0


def test_an_open_range_can_be_submitted(database: Engine, tmp_path: Path) -> None:
    write_study(tmp_path, conditions=["none"])
    assert submit(write_changed(tmp_path, "to: 99", "to: null")).new


# --- again ---------------------------------------------------------------------------------------


def test_the_same_study_again_writes_nothing(
    database: Engine, tmp_path: Path, redis_url: str
) -> None:
    first = submit(write_study(tmp_path))
    before = rows(database)
    again = submit(write_study(tmp_path / "elsewhere"))
    assert not again.new
    assert again.enqueued == 0  # every message is still there
    assert again.jobs == first.jobs
    assert rows(database) == before
    assert in_queue(redis_url, "gpu.fake") == 9


def test_the_same_study_again_rings_what_redis_lost(
    database: Engine, tmp_path: Path, redis_url: str
) -> None:
    submit(write_study(tmp_path, conditions=["none", "bio"]))
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    assert submit(write_study(tmp_path, conditions=["none", "bio"])).enqueued == 4
    assert in_queue(redis_url, "gpu.fake") == 4


def test_the_same_study_again_rings_the_backstories_that_redis_lost(
    database: Engine, tmp_path: Path, redis_url: str
) -> None:
    submit(write_study(tmp_path, conditions=["natural/greedy"]))
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    assert submit(write_study(tmp_path, conditions=["natural/greedy"])).enqueued == 3


def test_a_finished_study_again_rings_nothing(
    database: Engine, tmp_path: Path, redis_url: str
) -> None:
    submit(write_study(tmp_path, conditions=["none"]))
    drain(make_runner(database, FakeEngine()))
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    again = submit(write_study(tmp_path, conditions=["none"]))
    assert (again.new, again.enqueued) == (False, 0)


def test_another_study_of_the_same_name_is_refused_with_the_difference(
    database: Engine, tmp_path: Path
) -> None:
    submit(write_study(tmp_path))
    before = rows(database)
    with pytest.raises(InputError) as raised:
        submit(write_changed(tmp_path, "about right: 2", "just right: 2"))
    message = str(raised.value)
    assert message.startswith("study 'small' exists with other settings; give this one another")
    assert '-     "about right": 2' in message.replace("       ", "     ")
    assert '+     "just right": 2' in message.replace("       ", "     ")
    assert rows(database) == before


def test_the_same_study_on_other_people_is_refused(database: Engine, tmp_path: Path) -> None:
    submit(write_study(tmp_path))
    csv = tmp_path / "humans.csv"
    csv.write_text(csv.read_text() + "r99,1,20,1,1,1,1\n")
    with pytest.raises(
        InputError, match=r"exists with other survey data than .*humans\.csv has now"
    ):
        submit(tmp_path / "small.yaml")


@pytest.mark.parametrize("natural", [False, True])
def test_two_submissions_at_once_write_the_study_once(
    database: Engine, tmp_path: Path, natural: bool
) -> None:
    study = small_study(tmp_path, conditions=["natural/greedy" if natural else "none"])
    meet = threading.Barrier(2)

    # Both have looked for the study before either writes it, where the database allows that.
    def wait(session: Session, *_: Any) -> None:
        if session.get_bind().dialect.name == "postgresql":
            meet.wait(10)

    from anthology.producer.submission import storage

    real = storage.write_pools

    def meeting(session: Session, *arguments: Any) -> Any:
        wait(session)
        return real(session, *arguments)

    storage.write_pools = meeting  # type: ignore[assignment]
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(submit(study).new)
        except Exception as error:
            found.append(error)

    try:
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        storage.write_pools = real
    assert sorted(map(str, found)) == ["False", "True"]


# --- pools ---------------------------------------------------------------------------------------


def natural(folder: Path, name: str, **changes: Any) -> Path:
    return write_study(folder, study=name, conditions=["natural/greedy"], **changes)


def test_a_second_study_of_a_pool_makes_no_persona_again(
    database: Engine, tmp_path: Path, redis_url: str
) -> None:
    submit(natural(tmp_path, "one"))
    done = submit(natural(tmp_path, "two"))
    assert (done.new, done.enqueued) == (True, 0)
    assert len(jobs(database, "backstory")) == 3
    assert rows(database)["pool"] == 1
    assert in_queue(redis_url, "gpu.fake") == 3


def test_a_pool_grows_by_what_it_lacks(database: Engine, tmp_path: Path) -> None:
    submit(natural(tmp_path, "one"))
    submit(natural(tmp_path, "two", pool={"name": "people", "count": 12, "max_tokens": 64}))
    assert [(job.first, job.count) for job in jobs(database, "backstory")] == [
        (0, 4), (4, 4), (8, 1), (9, 3),
    ]  # fmt: skip
    with Session(database) as session:
        assert session.execute(select(PoolRow.count)).scalars().all() == [12]


def test_another_recipe_under_the_name_of_a_pool_is_refused(
    database: Engine, tmp_path: Path
) -> None:
    submit(natural(tmp_path, "one"))
    before = rows(database)
    with pytest.raises(InputError) as raised:
        submit(natural(tmp_path, "two", pool={"name": "people", "count": 9, "max_tokens": 65}))
    assert "pool 'people' was made by another recipe" in str(raised.value)
    assert '+ "max_tokens": 65,' in str(raised.value)
    assert rows(database) == before

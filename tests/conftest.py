"""What the tests share: a Redis, a database of each kind, and a tiny language model.

All come from wheels of the extras `dev` and `cpu`, so a missing one is an error, never a skip.
"""

import gc
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import redis
from compiled_once import compile_once
from fake_model import emptied
from families import big_vocabulary_model, families
from hypothesis import settings
from local_postgres import LocalPostgres
from made_once import made_once
from order_of_files import in_order, read_first
from sqlalchemy import Engine
from tiny_model import make

from anthology.models.database.sessions import open_database
from anthology.producer.local.local_redis import LocalRedis
from anthology.workers.runner import housekeeping
from anthology.workers.runner.job_runner import JobRunner

# Machines are shared: an example's first run may take a second in which the others take none.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")
compile_once()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Of what is collected nothing is garbage before the end: looking for it took a sixth."""
    session.config.args = read_first(session.config)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = in_order(items)


def pytest_collection_finish() -> None:
    """What six thousand tests are made of stays until the end: not looking for garbage in it again
    and again saves a tenth of the time, and to look less often a little more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRedis]:
    """One Redis for the whole run; a test that kills servers starts its own."""
    with LocalRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: LocalRedis) -> str:
    """The URL of an empty Redis."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[LocalPostgres]:
    """One PostgreSQL for the whole run; a test that kills servers starts its own."""
    with LocalPostgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: LocalPostgres) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    name = f"test_{uuid4().hex}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once of each kind that the project supports."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'anthology.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def of_all_processes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes of a run share, for what is slow to make and only read."""
    mine = tmp_path_factory.getbasetemp()
    return (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / "shared"


@pytest.fixture(scope="session")
def tiny_model(of_all_processes: Path) -> Path:
    """The folder of a tiny language model in float32, to be read only."""
    return made_once(of_all_processes / "tiny", make)


@pytest.fixture(scope="session")
def family_folders(of_all_processes: Path) -> dict[str, Path]:
    """The folder of each family's tokenizer, to be read only."""
    return families(of_all_processes / "families")


@pytest.fixture(scope="session")
def big_model(of_all_processes: Path) -> Path:
    """The folder of a model whose vocabulary holds the tokens of all families, to be read only."""
    return made_once(of_all_processes / "big", big_vocabulary_model)


@pytest.fixture(scope="session")
def emptied_postgres(postgres_server: LocalPostgres) -> Iterator[Engine]:
    """One PostgreSQL database with its tables, for tests that empty it instead of making one."""
    engine = open_database(postgres_server.create_database("emptied"))
    yield engine
    engine.dispose()
    postgres_server.drop_database("emptied")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An open database with empty tables, once of each kind."""
    if request.param == "postgresql":
        yield emptied(request.getfixturevalue("emptied_postgres"))
        return
    engine = open_database(f"sqlite:///{tmp_path / 'anthology.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def keep_house(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[JobRunner], None]]:
    """Starts a runner's housekeeping, which ends with the test: a worker's goes on for as long as
    its process, and would sweep the databases of later tests."""
    over, always = threading.Event(), housekeeping._always

    def sleep(seconds: float) -> None:
        if over.wait(seconds):
            raise SystemExit

    def until_over(*duty: Any) -> None:
        with suppress(SystemExit):
            always(*duty)

    monkeypatch.setattr(housekeeping, "time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(housekeeping, "_always", until_over)
    yield housekeeping.start
    over.set()
    for thread in threading.enumerate():
        if thread.name.startswith("housekeeping: "):
            thread.join(10)
            assert not thread.is_alive(), f"{thread.name} goes on"

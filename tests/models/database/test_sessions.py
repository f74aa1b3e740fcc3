"""The database as it is opened: pragmas, one clock, sentences and no tracebacks, no passwords."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlmodel import Session

from anthology.models.database.sessions import (
    CONNECTIONS,
    connect,
    explained,
    in_turn,
    now_s,
    open_database,
    open_existing,
    reading,
    writing,
)
from anthology.models.database.tables import PoolRow
from anthology.models.database.transient_errors import passing
from anthology.models.errors import InputError, SetupError
from anthology.producer.local.local_redis import free_port

AT_ONCE_S = 20.0  # machines stall for seconds; who waits for a writer here waits for a minute


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'folder' / 'a.db'}")
    yield engine
    engine.dispose()


def pool(name: str) -> PoolRow:
    return PoolRow(name=name, recipe={"b": 1, "a": [2]}, model="m", count=1, created_at=0.0)


def test_the_clock_is_the_databases_and_goes_on_within_a_transaction(database: Engine) -> None:
    with reading(database) as session:
        before = float(session.execute(select(now_s())).scalar_one())
        time.sleep(0.05)
        after = float(session.execute(select(now_s())).scalar_one())
    assert before == pytest.approx(time.time(), abs=5)
    assert 0.03 < after - before < 5


def test_opening_twice_keeps_what_is_stored(database: Engine, database_url: str) -> None:
    with writing(database) as session:
        session.add(pool("one"))
    again = open_existing(database_url)
    with reading(again) as session:
        stored = session.execute(select(PoolRow)).scalar_one()
        assert (stored.name, list(stored.recipe)) == ("one", ["b", "a"])  # in the order written
    again.dispose()


def test_processes_that_open_a_new_database_at_once_do_not_collide(database_url: str) -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            open_database(database_url).dispose()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_writing_commits_at_the_end_and_rolls_back_on_an_error(database: Engine) -> None:
    with writing(database) as session:
        session.add(pool("kept"))
    with pytest.raises(RuntimeError), writing(database) as session:  # noqa: PT012
        session.add(pool("lost"))
        session.flush()
        raise RuntimeError
    with reading(database) as session:
        assert session.execute(select(PoolRow.name)).scalars().all() == ["kept"]


def test_sqlite_is_set_up_for_many_processes(sqlite: Engine) -> None:
    with sqlite.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 60_000,
    }  # fmt: skip


def test_the_folder_of_a_new_sqlite_file_is_made(sqlite: Engine, tmp_path: Path) -> None:
    assert (tmp_path / "folder" / "a.db").exists()


def test_readers_of_sqlite_do_not_wait_for_a_writer(sqlite: Engine) -> None:
    with writing(sqlite) as writer:
        writer.add(pool("one"))
        writer.flush()
        started = time.monotonic()
        with reading(sqlite) as session:
            assert session.execute(select(PoolRow.name)).scalars().all() == []
        assert time.monotonic() - started < AT_ONCE_S


def test_who_opens_a_database_that_is_up_to_date_does_not_wait_for_a_writer(
    database: Engine, database_url: str
) -> None:
    with writing(database) as writer:
        writer.add(pool("one"))
        writer.flush()
        started = time.monotonic()
        open_database(database_url).dispose()
        open_existing(database_url).dispose()
        assert time.monotonic() - started < AT_ONCE_S


def test_a_second_writer_of_sqlite_waits_for_the_first(sqlite: Engine) -> None:
    """Already when it reads: what it decides on must not be outdated when it writes."""
    order: list[str] = []

    def second() -> None:
        with writing(sqlite) as session:
            found = session.execute(select(PoolRow.name)).scalars().all()
            order.append(f"second sees {found}")

    with writing(sqlite) as session:
        session.execute(select(PoolRow.name))
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        session.add(pool("one"))
        session.flush()
        order.append("first")
    thread.join()
    assert order == ["first", "second sees ['one']"]


def test_a_missing_sqlite_file_is_not_made_by_who_only_looks(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"no study has been submitted to .*none\.db; submit one first"
    ):
        open_existing(f"sqlite:///{tmp_path / 'none.db'}")
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "nonsense", "", "postgresql://h:port/d"])
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="database") as raised:
        connect(url)
    assert "secret" not in str(raised.value)


def test_a_password_in_the_query_is_not_shown() -> None:
    """libpq reads it there, too."""
    url = f"postgresql+psycopg://me@127.0.0.1:{free_port()}/db?password=secret"
    for opened in (open_database, open_existing):
        with pytest.raises(SetupError, match="me@") as raised:
            opened(url)
        assert "secret" not in str(raised.value)


def test_a_server_that_fell_silent_is_noticed_within_a_minute(postgres_url: str) -> None:
    """One without power: nothing comes from it, not even a refusal."""
    with connect(postgres_url).connect() as connection:
        driver: Any = connection.connection.driver_connection
        known = driver.info.get_parameters()
    idle, every, times = (
        int(known[f"keepalives_{part}"]) for part in ("idle", "interval", "count")
    )
    assert idle + every * times <= 60
    assert int(known["tcp_user_timeout"]) <= 60_000


def test_an_unreachable_server_is_one_sentence_without_the_password() -> None:
    port = free_port()
    with pytest.raises(SetupError) as raised:
        open_database(f"postgresql+psycopg://me:secret@127.0.0.1:{port}/db")
    message = str(raised.value)
    assert message.startswith(
        f"the database postgresql+psycopg://me:***@127.0.0.1:{port}/db cannot"
    )
    assert "refused" in message
    assert "secret" not in message
    assert "\n" not in message


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("hello " * 1000)
    with pytest.raises(SetupError, match="file is not a database"):
        open_existing(f"sqlite:///{tmp_path / 'a.db'}")


def test_what_goes_wrong_later_is_explained_too(database: Engine) -> None:
    with (
        pytest.raises(SetupError, match="nothing_like_it"),
        explained(database),
        Session(database) as session,
    ):
        session.execute(text("SELECT * FROM nothing_like_it"))


def test_a_foreign_key_to_nowhere_is_refused_on_sqlite_too(database: Engine) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"), writing(database) as session:
        session.execute(
            text(
                "INSERT INTO match (study_id, method, respondent, persona, weight) "
                "VALUES (1, 'greedy', 0, 0, 1)"
            )
        )


def test_a_locked_sqlite_file_is_an_operational_error(sqlite: Engine) -> None:
    """A job runner waits and tries again after this class of errors."""
    with writing(sqlite) as session:
        session.add(pool("one"))
        session.flush()
        with sqlite.connect() as other:
            other.exec_driver_sql("PRAGMA busy_timeout = 50")
            with pytest.raises(OperationalError, match="locked"):
                other.exec_driver_sql("UPDATE pool SET count = 2")


def test_who_comes_24th_to_a_stalled_database_waits_as_the_first_does(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker's threads; who found SQLAlchemy's 15 connections taken for 30 s was refused."""
    monkeypatch.setattr(database.pool, "_timeout", 0.2)

    def store(_: int) -> str:
        try:
            with writing(database) as session:
                session.add(pool("one"))
        except SQLAlchemyError as error:
            return type(error).__name__
        return "stored"

    with ThreadPoolExecutor(24) as threads:
        with writing(database) as stall:
            stall.add(pool("one"))
            stall.flush()  # SQLite locks its file; in PostgreSQL, too, nobody else can store it
            ends = threads.map(store, range(24))
            time.sleep(1)
            stall.rollback()
        assert sorted(ends) == ["IntegrityError"] * 23 + ["stored"]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((SetupError, InputError)):
        open_database(f"sqlite:///{tmp_path / 'file' / 'a.db'}")


def test_a_password_that_needs_escaping_is_not_quoted() -> None:
    with pytest.raises(InputError, match="percent-encoded") as raised:
        connect("postgresql://me:se@cr:et@host/db")
    assert "et@host" not in str(raised.value)


def test_a_worker_holds_few_connections_and_who_comes_24th_waits_in_turn(database: Engine) -> None:
    """By two engines of this kind, one for jobs and one for leases."""
    few = in_turn(database, 30.0)
    held: list[int] = []

    def read(_: int) -> None:
        with reading(few) as session:
            session.execute(select(PoolRow.name)).all()
            held.append(few.pool.checkedout())  # type: ignore[attr-defined]

    with ThreadPoolExecutor(24) as threads, few.connect(), few.connect():
        ends = [threads.submit(read, n) for n in range(24)]
        assert not [end for end in ends if end.done()]
    assert max(held) <= CONNECTIONS
    assert few.pool.timeout() is None  # type: ignore[attr-defined]  # however long it takes
    few.dispose()


def test_a_worker_that_is_stopped_between_two_statements_keeps_no_row_from_others(
    postgres_url: str,
) -> None:
    """As by a SIGSTOP, or where its machine is suspended: nobody could claim the job."""
    database = open_database(postgres_url)
    stopped, other = in_turn(database, 1.0), in_turn(database, 1.0)
    with writing(other) as session:
        session.add(pool("one"))
    rename = update(PoolRow).values(name="two")
    with pytest.raises(DBAPIError) as raised, writing(stopped) as session:  # noqa: PT012
        session.execute(rename)
        with writing(other) as second:  # waits for the row until the server undoes the first
            second.execute(rename)
        session.execute(rename)
    assert passing(raised.value)
    with writing(stopped) as session:  # a new connection
        assert session.execute(select(PoolRow.name)).scalar_one() == "two"
    for engine in (database, stopped, other):
        engine.dispose()


def test_no_transaction_leaves_a_statement_on_the_server(postgres_url: str) -> None:
    """Behind PgBouncer the next one meets another server process, or one that has the same name."""
    with connect(postgres_url).connect() as connection:
        for _ in range(20):
            connection.execute(select(now_s()))
        found = connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements")
        assert found.scalar_one() == 0
        driver: Any = connection.connection.driver_connection
        assert driver.prepare_threshold is None

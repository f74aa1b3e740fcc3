"""What a submission, dry or not, finds in the database already, and what speaks against it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, small_study, store, write_study
from sqlalchemy import Engine, text, update
from sqlmodel import SQLModel

from anthology import submit
from anthology.models.database import migrations
from anthology.models.database.sessions import connect, open_database, writing
from anthology.models.database.tables import StudyRow
from anthology.models.errors import InputError
from anthology.models.study import study_file
from anthology.producer.cli import printing
from anthology.producer.local.local_redis import free_port
from anthology.producer.monitoring.named import studies_meant

NATURAL: dict[str, Any] = {"conditions": ["natural/greedy"]}
MANY = {"name": "people", "count": 12, "max_tokens": 64}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> str:
    """Settings with a Redis and a SQLite file that does not exist yet; its URL."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", redis_url)
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", url)
    return url


@pytest.fixture
def database(here: str) -> Iterator[Engine]:
    engine = open_database(here)
    yield engine
    engine.dispose()


def content(database: Engine) -> list[Any]:
    with database.connect() as connection:
        return [
            connection.execute(table.select()).all() for table in SQLModel.metadata.sorted_tables
        ]


def test_a_dry_run_knows_a_study_that_is_there(database: Engine, tmp_path: Path) -> None:
    path = write_study(tmp_path)
    assert submit(path, dry_run=True).new
    done = submit(path)
    before = content(database)
    again = submit(path, dry_run=True)
    assert not again.new
    assert again.jobs == done.jobs
    assert content(database) == before


def test_the_file_of_a_study_that_is_there_is_read_as_when_it_was_submitted(
    database: Engine, tmp_path: Path
) -> None:
    """Later versions refuse more: that its question called `age` asks for another column than the
    trait, say."""
    age = {"question": "How old do you feel?", "column": "sex"}
    questions = {"options": {"young": 1, "old": 2}, "questions": {"age": age}}
    path = write_study(tmp_path, questionnaire=questions, conditions=["none"], pool=None)
    with pytest.raises(InputError, match=r"questions\.age.*: is called as the trait 'age'"):
        submit(path)
    store(database, study_file.load(path, stored=True))
    before = content(database)
    assert not submit(path).new
    assert studies_meant(database, [str(path)]) == ["small"]
    assert content(database) == before
    path.write_text(path.read_text() + "nonsense: 1\n")
    with pytest.raises(InputError, match="nonsense: is not a field here"):
        submit(path)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"chunk": 5}, "study 'small' exists with other settings"),
        ({"measures": {"splits": 5}}, "as it was; `anthology measure small` has other figures"),
        ({"people": 9}, "study 'small' exists with other survey data"),
        (
            {"study": "two", "pool": {**MANY, "max_tokens": 65}},
            "pool 'people' was made by another recipe",
        ),
    ],
)
def test_a_dry_run_refuses_what_a_submission_would(
    tmp_path: Path, dry_run: bool, changes: dict[str, Any], refusal: str
) -> None:
    submit(write_study(tmp_path))
    with pytest.raises(InputError, match=refusal):
        submit(write_study(tmp_path, **changes), dry_run=dry_run)


def padded(path: Path, column: int) -> None:
    """Writes two zeros before every number of a column of the survey beside a study file."""
    humans = path.parent / "humans.csv"
    head, *lines = humans.read_text().splitlines()
    rows = [line.split(",") for line in lines]
    spelled = [",".join([*row[:column], f"00{row[column]}", *row[column + 1 :]]) for row in rows]
    humans.write_text("\n".join([head, *spelled]) + "\n")


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(("column", "code"), [(0, "1"), (4, "1"), (3, "1"), (0, "001")])
def test_a_study_of_an_earlier_version_is_the_same_though_ids_and_codes_keep_their_text_now(
    database: Engine, tmp_path: Path, column: int, code: str, dry_run: bool
) -> None:
    """What was stored then: ids and codes by their numbers."""
    path = write_study(tmp_path)
    humans = tmp_path / "humans.csv"
    humans.write_text(humans.read_text().replace("\nr", "\n"))
    submit(path)
    before = content(database)
    padded(path, column)
    path.write_text(path.read_text().replace("too little: 1", f"too little: {code}"))
    assert not submit(path, dry_run=dry_run).new
    assert content(database) == before


def test_a_file_that_earlier_versions_let_in_is_refused_for_a_new_study(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    padded(path, 4)
    with pytest.raises(InputError, match="the study file has it without its zeros"):
        submit(path)


@pytest.mark.parametrize("count", [4, 9, 12])
def test_people_that_a_shared_pool_has_are_no_jobs_of_the_next_study(
    database: Engine, tmp_path: Path, count: int
) -> None:
    submit(write_study(tmp_path, study="one", **NATURAL))
    drain(make_runner(database, FakeEngine()))
    made = len(jobs(database))
    second = write_study(tmp_path, study="two", pool={**MANY, "count": count}, **NATURAL)
    dry, done = submit(second, dry_run=True), submit(second)
    assert (dry.personas, dry.personas_shared) == (count, min(count, 9))
    assert dry.as_json() == done.as_json()
    drain(make_runner(database, FakeEngine()))
    ran = [job.kind for job in jobs(database)][made:]
    assert done.jobs == {kind: ran.count(kind) for kind in done.jobs}


def test_a_pool_that_is_written_and_polled_costs_no_tokens_again(
    database: Engine, tmp_path: Path
) -> None:
    submit(write_study(tmp_path, study="one", **NATURAL))
    drain(make_runner(database, FakeEngine()))
    # As much as a survey with a pool of none: only the conversations after the stories are left.
    second = submit(write_study(tmp_path, study="two", **NATURAL), dry_run=True)
    alone = sum(job.output_tokens for job in jobs(database, "survey"))
    assert second.output_tokens == alone


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_cancelled_study_is_refused(database: Engine, tmp_path: Path, dry_run: bool) -> None:
    path = write_study(tmp_path, conditions=["none"])
    submit(path)
    with writing(database) as session:
        session.execute(update(StudyRow).values(cancelled=True))
    with pytest.raises(InputError, match="'small' was cancelled; submit it again under another"):
        submit(path, dry_run=dry_run)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_paused_study_says_how_it_goes_on(
    database: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str], dry_run: bool
) -> None:
    path = write_study(tmp_path, conditions=["none"])
    submit(path)
    with writing(database) as session:
        session.execute(update(StudyRow).values(paused=True))
    printing.submission(submit(path, dry_run=dry_run), dry_run)
    assert "is paused; go on with: anthology resume small\n" in capsys.readouterr().err


def test_a_dry_run_without_its_database_says_what_it_could_not_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"postgresql://me:secret@127.0.0.1:{free_port()}/name"
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", url)
    found = submit(write_study(tmp_path), dry_run=True)
    assert (found.new, found.answers) == (True, 144)
    printing.submission(found, dry_run=True)
    said = capsys.readouterr().err
    assert "not checked was whether a study or pool of the same name is there: the database" in said
    assert "secret" not in said


def test_a_dry_run_leaves_an_older_database_as_it_is(here: str, tmp_path: Path) -> None:
    engine = connect(here)
    with engine.execution_options(write=True).begin() as connection:
        migrations.upgrade(connection, "0001")
    engine.dispose()  # which writes into the file what still stands in its journal
    before = (tmp_path / "a.db").read_bytes()
    found = submit(write_study(tmp_path), dry_run=True)
    assert "is of an older Anthology, which submitting upgrades" in str(found.unchecked)
    assert (tmp_path / "a.db").read_bytes() == before


def test_a_dry_run_refuses_a_newer_database(database: Engine, tmp_path: Path) -> None:
    with database.execution_options(write=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="was written by a newer Anthology"):
        submit(write_study(tmp_path), dry_run=True)


def test_a_dry_run_makes_no_database(tmp_path: Path) -> None:
    small_study(tmp_path)
    before = set(tmp_path.iterdir())
    found = submit(tmp_path / "small.yaml", dry_run=True)
    assert (found.unchecked, found.hours, set(tmp_path.iterdir())) == (None, None, before)

"""Databases of older versions, with studies in them: upgraded as a whole, or refused and kept.

What a study was like in revision 0001 is written out here, with the digest and keys of its time.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from fake_model import FakeEngine, drain, make_runner, run_study, small_study, store
from sqlalchemy import Engine, MetaData, func, insert, inspect, select, text
from sqlmodel import Session, SQLModel

from anthology.models.database import migrations
from anthology.models.database.migrations.versions import v0002_readouts
from anthology.models.database.sessions import (
    connect,
    open_database,
    open_existing,
    open_to_look,
    reading,
)
from anthology.models.database.tables import Answer, Job, Match, Metric, PoolRow, StudyRow
from anthology.models.errors import InputError, SetupError
from anthology.models.study.study import Study
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.report import write_report
from anthology.producer.submission.storage import write
from anthology.producer.surveys.respondents import read_humans

ROOT = Path(__file__).parents[3]
PARTY = (
    "Generally speaking, do you think of yourself as a Democrat, an independent or a Republican?"
)
SPENDING = "Is the country spending too little, too much, or about the right amount on"

# As version 0001 stored it: every key in its place, since digests are of the text.
OLD: dict[str, Any] = {
    "study": "gss2018", "seed": 2018, "model": "tiny",
    "humans": {"file": "respondents.csv", "id": "id", "weight": None, "sample": 8},
    "pool": {"name": "smollm2-natural", "count": 10, "prompt": "Tell me about yourself.",
             "max_tokens": 24, "min_tokens": 8, "temperature": 0.7, "top_p": 1.0, "seed": None},
    "traits": {
        "gender": {
            "name": "gender", "question": "What is your gender?", "column": "sex",
            "options": {"Male": 0, "Female": 1}, "missing": [], "ordered": False,
            "options_order": "fixed", "bio": "My gender is {}.",
        },
        "party": {
            "name": "party", "question": PARTY, "column": "partyid",
            "options": {"a Democrat": [0, 1], "an independent": [2, 3, 4], "a Republican": [5, 6]},
            "missing": [7], "ordered": True, "options_order": "fixed",
            "bio": "Politically, I think of myself as {}.",
        },
    },
    "questionnaire": {
        "order": "shuffled", "temperature": 1.0,
        "questions": {
            name: {
                "name": name, "question": f"{SPENDING} {what}?", "column": name,
                "options": {"Too little": 1, "About the right amount": 0, "Too much": -1},
                "missing": [], "ordered": True, "options_order": "reversed",
            }
            for name, what in {
                "natenvir": "improving and protecting the environment",
                "natheal": "improving and protecting the nation's health",
                "natcity": "solving the problems of the big cities",
            }.items()
        },
    },
    "style": {"labels": "upper", "brackets": "round", "asker": "Question", "answerer": "Answer"},
    "conditions": ["none", "bio", "qa", "natural/greedy"],
    "chunk": 4,
    "measures": {"splits": 100, "bootstrap": 200, "subgroups": ["gender"]},
}  # fmt: skip
OLD_DIGEST = "1c99d8e6cde8691d05f3b810f276de7ae4e0343eab50cbba62f173b868ea3534"
OLD_KEYS = {"gender": "4be8357e6a9e5c6a", "party": "61b54b3f404539ef"}

NEW_SETTINGS = {"polling", *v0002_readouts.READOUT, *v0002_readouts.SHOWN, "in_series",
                "readout_check", "debias", "turns", "system"}  # fmt: skip


@pytest.fixture
def engines(tmp_path: Path, database_url: str) -> Iterator[tuple[Engine, Engine]]:
    """A database of this version, and an empty one of either kind."""
    here, there = open_database(f"sqlite:///{tmp_path / 'here.db'}"), connect(database_url)
    yield here, there
    here.dispose()
    there.dispose()


def make(engine: Engine, revision: str, *, stamped: bool = False) -> None:
    """The tables of a revision; versions 0001 and 0002 did not write which one it was."""
    with engine.execution_options(write=True).begin() as connection:
        migrations.upgrade(connection, revision)
        if not stamped:
            connection.execute(text("DROP TABLE alembic_version"))


def as_of_0001(spec: Any) -> Any:
    """A study or a recipe without the settings that came later, all of them at their defaults."""
    if not isinstance(spec, dict):
        return spec
    return {key: as_of_0001(value) for key, value in spec.items() if key not in NEW_SETTINGS}


def age(new: Engine, old: Engine) -> None:
    """Copies everything into a database of revision 0001 as that version would have written it."""
    make(old, "0001")
    tables = MetaData()
    tables.reflect(old)
    with new.connect() as source:
        studies = source.execute(select(SQLModel.metadata.tables["study"])).all()
        keys = dict(pair for row in studies for pair in poll_keys(row.spec))
        with old.execution_options(write=True).begin() as target:
            for table in tables.sorted_tables:
                now = SQLModel.metadata.tables[table.name]
                found = source.execute(select(*[now.c[c.name] for c in table.c])).mappings()
                if rows := [as_written(table.name, dict(row), keys) for row in found]:
                    target.execute(insert(table), rows)
                if old.dialect.name == "postgresql" and table.name in ("pool", "study", "job"):
                    last = max([row["id"] for row in rows], default=1)
                    target.execute(select(func.setval(f"{table.name}_id_seq", last)))


def poll_keys(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Today's key of each trait's polls, and that of 0001."""
    study, style = Study.from_spec(spec), as_of_0001(spec["style"])
    for name, trait in study.traits.items():
        yield study.poll_key(trait), v0002_readouts.key_before(spec["traits"][name], style)


def as_written(table: str, row: dict[str, Any], keys: dict[str, str]) -> dict[str, Any]:
    if table == "study":
        spec = as_of_0001(row["spec"])
        spec["questionnaire"] = {
            key: spec["questionnaire"][key] for key in ("order", "temperature", "questions")
        }
        return {**row, "spec": spec, "digest": v0002_readouts.digest(spec)}
    if table == "pool":
        return {**row, "recipe": as_of_0001(row["recipe"])}
    return {**row, "trait_key": keys[row["trait_key"]]} if table == "poll" else row


def shape(engine: Engine) -> dict[str, Any]:
    """All that the database says of its tables, in no order."""
    inspector = inspect(engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column.get("default"))
                for column in inspector.get_columns(table)
            },
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "references": sorted(
                (key["constrained_columns"], key["referred_table"], key["referred_columns"])
                for key in inspector.get_foreign_keys(table)
            ),
            "unique": sorted(
                (found["name"] or "", found["column_names"])
                for found in inspector.get_unique_constraints(table)
            ),
            "indexes": sorted(
                (index["name"], index["column_names"], bool(index["unique"]))
                for index in inspector.get_indexes(table)
            ),
        }
        for table in inspector.get_table_names()
    }


def content(engine: Engine, *tables: type[SQLModel]) -> list[Any]:
    with Session(engine) as session:
        return [
            sorted((row.model_dump() for row in session.execute(select(table)).scalars()), key=str)
            for table in tables
        ]


# --- the schema ----------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
def test_an_upgraded_database_has_the_tables_of_a_new_one(
    engines: tuple[Engine, Engine], database_url: str, revision: str,
    request: pytest.FixtureRequest, tmp_path: Path,
) -> None:  # fmt: skip
    """But for the defaults that columns needed for the rows that were there."""
    _, old = engines
    make(old, revision)
    open_database(database_url).dispose()
    upgraded = shape(old)
    for column in ("paused", "any_engine"):
        kind, nullable, default = upgraded["study"]["columns"][column]
        assert default in ("0", "false")
        upgraded["study"]["columns"][column] = (kind, nullable, None)
    if old.dialect.name == "postgresql":
        server = request.getfixturevalue("postgres_server")
        fresh = open_database(server.create_database(f"fresh_{uuid4().hex}"))
    else:
        fresh = open_database(f"sqlite:///{tmp_path / 'fresh.db'}")
    assert upgraded == shape(fresh)
    fresh.dispose()


def test_the_revision_of_a_new_database_is_the_last_one_there_is() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "models" / "database" / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


# --- what is stored ------------------------------------------------------------------------------


def test_the_study_of_0001_is_told_by_its_digest_and_its_polls_by_their_keys() -> None:
    """The values are those that version stored, so what the upgrade looks for is what is there."""
    assert v0002_readouts.digest(OLD) == OLD_DIGEST
    found = {n: v0002_readouts.key_before(t, OLD["style"]) for n, t in OLD["traits"].items()}
    assert found == OLD_KEYS


def test_an_upgraded_study_is_what_submitting_its_file_now_would_store() -> None:
    """Fails for a setting that came new without a revision: the file would not resume."""
    upgraded, now = v0002_readouts.restated(OLD), Study.from_spec(OLD)
    assert upgraded == now.spec
    assert v0002_readouts.digest(upgraded) == now.digest
    for name, trait in now.traits.items():
        found = v0002_readouts.key_after(upgraded["traits"][name], upgraded["style"])
        assert found == now.poll_key(trait)


def test_a_finished_study_of_0001_is_reported_as_it_was(
    engines: tuple[Engine, Engine], database_url: str, tmp_path: Path
) -> None:
    new, old = engines
    study = small_study(tmp_path)
    run_study(new, study)
    age(new, old)
    upgraded = open_database(database_url)
    tables = (Answer, Job, Match, Metric, PoolRow, StudyRow)
    assert content(upgraded, *tables) == content(new, *tables)
    assert findings(upgraded, "small") == findings(new, "small")
    page = write_report(upgraded, "small", tmp_path / "report").read_text()
    assert "natural/greedy" in page
    upgraded.dispose()


def test_an_unfinished_study_of_0001_goes_on_and_ends_as_if_nothing_had_been(
    engines: tuple[Engine, Engine], database_url: str, tmp_path: Path
) -> None:
    new, old = engines
    study = small_study(tmp_path)
    store(new, study)
    runner = make_runner(new, FakeEngine())
    for kind in ("backstory", "poll"):
        for job in [row for row in content(new, Job)[0] if row["kind"] == kind]:
            runner.do(kind, job["id"], lambda progress: None)
    age(new, old)
    drain(runner)

    upgraded = open_database(database_url)
    is_new, _ = write(upgraded, study, read_humans(study))
    model = FakeEngine()
    drain(make_runner(upgraded, model))

    assert not is_new
    assert {job["state"] for job in content(upgraded, Job)[0]} == {"done"}
    stored = ({**row, "job_id": 0} for row in content(upgraded, Answer)[0])
    wanted = ({**row, "job_id": 0} for row in content(new, Answer)[0])
    assert sorted(stored, key=str) == sorted(wanted, key=str)
    assert content(upgraded, Match, Metric) == content(new, Match, Metric)
    upgraded.dispose()


def test_a_study_that_has_another_content_is_still_refused_after_an_upgrade(
    engines: tuple[Engine, Engine], database_url: str, tmp_path: Path
) -> None:
    new, old = engines
    store(new, small_study(tmp_path))
    age(new, old)
    upgraded = open_database(database_url)
    other = small_study(tmp_path, seed=8)
    with pytest.raises(InputError, match="exists with other settings"):
        store(upgraded, other)
    upgraded.dispose()


def test_a_worker_of_the_version_before_writes_on_beside_an_upgrade(
    engines: tuple[Engine, Engine], database_url: str, tmp_path: Path
) -> None:
    """Its statements name the columns that it knows, so the new ones have to do without it."""
    new, old = engines
    store(new, small_study(tmp_path))
    make(old, "0002")
    known = MetaData()
    known.reflect(old)
    open_database(database_url).dispose()
    with new.connect() as source, old.execution_options(write=True).begin() as target:
        for name in ("pool", "study", "job"):
            columns = [SQLModel.metadata.tables[name].c[c.name] for c in known.tables[name].c]
            found = source.execute(select(*columns)).mappings().all()
            target.execute(insert(known.tables[name]), [dict(row) for row in found])
    studies = content(old, StudyRow)[0]
    assert [(row["paused"], row["identity"], row["any_engine"]) for row in studies] == [
        (False, None, False)
    ]


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize("opened", [open_database, open_existing])
def test_a_newer_database_is_refused_in_one_sentence(opened: Any, database_url: str) -> None:
    engine = open_database(database_url)
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = shape(engine)
    with pytest.raises(
        InputError, match=r"written by a newer Anthology \(schema 9999\); upgrade"
    ) as raised:
        opened(database_url)
    assert "\n" not in str(raised.value)
    assert shape(engine) == before
    engine.dispose()


def test_who_only_looks_does_not_upgrade_but_says_what_does(
    engines: tuple[Engine, Engine], database_url: str
) -> None:
    _, old = engines
    make(old, "0001")
    before = shape(old)
    with pytest.raises(InputError, match="of an older Anthology; start `anthology worker` or"):
        open_existing(database_url)
    assert shape(old) == before


@pytest.mark.parametrize("opened", [open_database, open_existing])
@pytest.mark.parametrize(
    "change", ["ALTER TABLE study ADD COLUMN mine INTEGER", "DROP TABLE metric"]
)
def test_tables_that_no_version_made_are_left_alone(
    engines: tuple[Engine, Engine], database_url: str, opened: Any, change: str
) -> None:
    _, old = engines
    make(old, "0001")
    with old.execution_options(write=True).begin() as connection:
        connection.execute(text(change))
    before = shape(old)
    with pytest.raises(InputError, match="tables that no Anthology made so"):
        opened(database_url)
    assert shape(old) == before


def test_tables_of_others_in_a_database_of_postgresql_do_not_matter(postgres_url: str) -> None:
    engine = connect(postgres_url)
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    with pytest.raises(InputError, match="no study has been submitted"):
        open_existing(postgres_url)
    open_database(postgres_url).dispose()
    assert "theirs" in shape(engine)
    engine.dispose()
    open_existing(postgres_url).dispose()


def test_another_programs_sqlite_file_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "theirs.db"
    with sqlite3.connect(file) as theirs:
        theirs.execute("CREATE TABLE cookies (id INTEGER)")
    theirs.close()
    before = file.read_bytes()
    for opened in (open_database, open_existing, open_to_look):
        with pytest.raises(InputError, match=r"another program's \(it has a table cookies\)"):
            opened(f"sqlite:///{file}")
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("revision", ["f5a4f2784254", "0003", migrations.HEAD])
def test_another_programs_revisions_are_not_taken_for_ours(
    revision: str, database_url: str
) -> None:
    """Alembic's table has one name whosever it is."""
    engine = connect(database_url)
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:it)"), {"it": revision})
    before = shape(engine)
    with pytest.raises(InputError, match="is another program's"):
        open_database(database_url)
    assert shape(engine) == before
    engine.dispose()


def test_an_upgrade_that_fails_midway_changes_nothing(
    engines: tuple[Engine, Engine], database_url: str
) -> None:
    _, old = engines
    make(old, "0001", stamped=True)
    with old.execution_options(write=True).begin() as connection:
        connection.execute(text("ALTER TABLE answer ADD COLUMN samples JSON"))
    before = shape(old)
    with pytest.raises(SetupError, match="samples"):
        open_database(database_url)
    assert shape(old) == before


# --- many at once --------------------------------------------------------------------------------

OPEN = """
import sys
from anthology.models.database.sessions import open_database, reading
from anthology.models.database.tables import StudyRow
from sqlalchemy import select
with reading(open_database(sys.argv[1])) as session:
    print([row.paused for row in session.execute(select(StudyRow)).scalars()])
"""


def run(program: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_processes_that_upgrade_at_once_do_it_once(
    engines: tuple[Engine, Engine], database_url: str, tmp_path: Path
) -> None:
    new, old = engines
    store(new, small_study(tmp_path))
    age(new, old)
    processes = [run(OPEN, database_url) for _ in range(4)]
    said = [process.communicate(timeout=60) for process in processes]
    assert said == [("[False]\n", "")] * 4
    with reading(open_existing(database_url)) as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).all() == [
            (migrations.HEAD,)
        ]


def test_opening_a_database_that_is_up_to_date_does_not_load_alembic(database_url: str) -> None:
    program = OPEN + "print('alembic' in sys.modules)"
    for _ in range(2):  # a new one needs no upgrade either
        said, errors = run(program, database_url).communicate(timeout=60)
        assert (said, errors) == ("[]\nFalse\n", "")

"""Databases of older versions, with studies in them: upgraded as a whole."""

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from fake_model import FakeEngine, drain, make_runner, run_study, small_study, store
from old_databases import OLD, OLD_DIGEST, OLD_KEYS, age, content, make, shape
from sqlalchemy import Engine, MetaData, insert, select, text, update
from sqlmodel import SQLModel

from anthology.models.database import migrations
from anthology.models.database.migrations.versions import v0002_readouts
from anthology.models.database.sessions import open_database, open_existing, reading, writing
from anthology.models.database.tables import Answer, Job, Match, Metric, PoolRow, StudyRow
from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.report import write_report
from anthology.producer.submission.storage import write
from anthology.producer.surveys.respondents import read_humans

ROOT = Path(__file__).parents[3]


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
    with writing(new) as session:  # no version said which one it was
        session.execute(update(Metric).values(version=None))
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

"""An import on its way: killed, without room, overtaken, beside workers that go on writing."""

import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, make_runner, run_study, store
from fake_model import small_study as runnable
from finished_study import fill, small_study, some_humans
from running import COMMAND, System, eventually
from sqlalchemy import Engine, func, select, update
from sqlmodel import SQLModel, col

from anthology.models.database.sessions import open_database, reading, writing
from anthology.models.database.tables import Answer, Job, PoolRow, StudyRow
from anthology.models.errors import InputError
from anthology.models.jobs import protocol, ready
from anthology.producer.monitoring.lookup import find_study, study_names
from anthology.producer.monitoring.progress import progress
from anthology.producer.transfer import archive_draft, archive_import
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that takes a second or two to import."""
    folder = tmp_path_factory.mktemp("large")
    database = open_database(f"sqlite:///{folder / 'a.db'}")
    study = small_study("large", conditions=["none", "natural/greedy"])
    fill(database, study, some_humans(study, people=2500, sampled=2500), measured=False)
    path = export_archive(database, "large", folder / "large.zip")
    database.dispose()
    return path


@pytest.fixture
def there(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def counts(database: Engine) -> dict[str, int]:
    """How many rows there are of each table that has any, but of the one that always has one."""
    with reading(database) as session:
        found = {
            name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
            if name != "namespace"
        }
    return {name: count for name, count in found.items() if count}


def importing(path: Path, url: str, folder: Path, **options: Any) -> "subprocess.Popen[str]":
    system = System(folder, "redis://nowhere", url)
    return subprocess.Popen(
        [*COMMAND, "import", str(path)], env=system.environment, cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # fmt: skip


def nobody_sees_it(database: Engine) -> bool:
    with reading(database) as session:
        hidden = session.execute(select(col(StudyRow.name))).scalars().all()
        names = study_names(session)
        for name in [*hidden, "large"]:
            with pytest.raises(InputError, match="there is no study"):
                find_study(session, name)
    swept = protocol.sweep(database, 5)
    return (names, swept.waiting, swept.planned) == ([], [], [])


def test_a_killed_import_is_seen_by_nobody_and_works_when_repeated(
    there: Engine, database_url: str, large: Path, tmp_path: Path
) -> None:
    process = importing(large, database_url, tmp_path)
    eventually(lambda: counts(there).get("answer"), 30, every=0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    assert counts(there)["answer"] < 2 * 2500 * 3, "it was at its end already"
    assert nobody_sees_it(there)
    import_archive(large, database_url)
    again = export_archive(there, "large", tmp_path / "again.zip")
    assert again.read_bytes() == large.read_bytes()
    clean = open_database(f"sqlite:///{tmp_path / 'clean.db'}")
    import_archive(large, f"sqlite:///{tmp_path / 'clean.db'}")
    assert counts(there) == counts(clean)
    assert progress(there, "large").answers == progress(clean, "large").answers
    clean.dispose()


def test_an_import_without_room_says_so_and_works_when_there_is_some(
    large: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'b.db'}"
    there = open_database(url)

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    process = importing(large, url, tmp_path, preexec_fn=no_room)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot be used: " in said
    assert said.count("\n") == 1
    assert nobody_sees_it(there)
    import_archive(large, url)
    again = export_archive(there, "large", tmp_path / "again.zip")
    assert again.read_bytes() == large.read_bytes()
    assert counts(there)["study"] == counts(there)["pool"] == 1
    there.dispose()


def test_a_worker_waits_for_a_large_import_a_moment_at_most(
    there: Engine, database_url: str, large: Path, tmp_path: Path
) -> None:
    store(there, runnable(tmp_path, conditions=["none"], people=400, chunk=400))
    held = protocol.claim(there, ready.due(there)[0].id, "w1", 30.0, 5)
    assert held is not None
    process = importing(large, database_url, tmp_path)
    waited = []
    while process.poll() is None:
        began = time.monotonic()
        assert protocol.renew(there, [held], 30.0) == set()
        if counts(there).get("answer"):
            waited.append(time.monotonic() - began)
    assert process.returncode == 0
    assert len(waited) >= 10, "the import was too short to show anything"
    assert max(waited) < 2.0


def between_batches(monkeypatch: pytest.MonkeyPatch, do: Any) -> None:
    """Calls `do` once, in the middle of the next import: before the metrics are stored."""
    original = archive_import._store

    def store_but_first(draft: Any, archive: Any, name: str, *others: Any) -> None:
        if name == "metrics":
            monkeypatch.setattr(archive_import, "_store", original)
            do()
        original(draft, archive, name, *others)

    monkeypatch.setattr(archive_import, "_store", store_but_first)


@pytest.fixture
def archived(tmp_path: Path) -> Path:
    """The archive of a small study that has run."""
    here = open_database(f"sqlite:///{tmp_path / 'here.db'}")
    run_study(here, runnable(tmp_path / "files"))
    path = export_archive(here, "small", tmp_path / "small.zip")
    here.dispose()
    return path


def test_a_second_import_of_the_same_study_takes_the_place_of_the_first(
    there: Engine, database_url: str, archived: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    between_batches(monkeypatch, lambda: import_archive(archived, database_url))
    with pytest.raises(InputError, match="another import of study 'small' has begun"):
        import_archive(archived, database_url)
    assert progress(there, "small").state == "done"
    assert counts(there)["study"] == counts(there)["pool"] == 1
    assert counts(there)["answer"] == progress(there, "small").answers["stored"]


def test_a_study_submitted_under_its_name_meanwhile_stays(
    there: Engine, database_url: str, archived: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    same = runnable(tmp_path / "same", conditions=["none"])
    between_batches(monkeypatch, lambda: store(there, same))
    with pytest.raises(InputError, match="a study 'small' is in this database already"):
        import_archive(archived, database_url)
    assert set(counts(there)) == {"study", "respondent", "job"}
    assert progress(there, "small").state == "waiting"


def test_a_pool_made_meanwhile_is_shared(
    there: Engine, database_url: str, archived: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    other = runnable(tmp_path / "other", study="other", conditions=["natural/greedy"])
    between_batches(monkeypatch, lambda: store(there, other))
    import_archive(archived, database_url)
    assert counts(there)["pool"] == 1
    assert counts(there)["persona"] == 9
    drain(make_runner(there, FakeEngine()))
    for name in ("small", "other"):
        assert progress(there, name).state == "done"
    with reading(there) as session:
        pools = session.execute(select(col(StudyRow.pool_id))).scalars().all()
        stories = select(col(Job.id)).where(
            col(Job.pool_id).in_(pools), col(Job.study_id).is_(None)
        )
        assert len(set(pools)) == 1
        assert len(session.execute(stories).all()) == 3


def test_what_an_import_left_long_ago_goes_with_the_next_one_of_any_study(
    there: Engine, database_url: str, archived: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_draft, "BATCH", 3)
    row = {"spec": {}, "digest": "", "humans_digest": "", "humans": 1, "respondents": 1}
    pool = {"recipe": {}, "model": "m", "count": 1, "created_at": 0.0, "name": "p"}
    left = archive_draft.begin(there, {**row, "name": "left"}, [pool])
    fresh = archive_draft.begin(there, {**row, "name": "fresh"}, [pool])
    answer = {"condition": "none", "question": "q", "place": 0, "shown": [], "job_id": 0}
    rows = [{**answer, "study_id": left.study_id, "respondent": n} for n in range(10)]
    with left.writing() as session:
        session.execute(Answer.__table__.insert(), rows)  # type: ignore[attr-defined]
    with writing(there) as session:
        old = update(StudyRow).where(col(StudyRow.id) == left.study_id)
        session.execute(old.values(created_at=0.0))
    import_archive(archived, database_url)
    with reading(there) as session:
        names = set(session.execute(select(col(StudyRow.name))).scalars())
        pools = set(session.execute(select(col(PoolRow.name))).scalars())
        mine = select(func.count()).where(col(Answer.study_id) == left.study_id)
        assert session.execute(mine).scalar_one() == 0
        assert study_names(session) == ["small"]
    assert names == {"small", "importing fresh"}
    assert pools == {"people", f"importing {fresh.study_id} 0"}
    with (
        pytest.raises(InputError, match="another import of study 'left' has begun"),
        left.writing(),
    ):
        pass

"""Where an export is written: what it may replace, and what a failure leaves."""

import os
import stat

import pandas as pd
import pytest
from exported_tables import NAMES, finished
from finished_study import (
    fill,
    small_study,
    some_humans,
)
from sqlalchemy import delete, update

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Answer
from anthology.models.errors import InputError
from anthology.producer.transfer.export import export_study
from anthology.producer.transfer.tables.tables import _metrics, matches

KINDS = pytest.mark.parametrize("kind", ["csv", "parquet"])


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@KINDS
def test_an_export_into_the_surveys_folder_touches_no_file_of_a_surveys_usual_names(
    sqlite, tmp_path, kind
):
    out = tmp_path / "study"
    out.mkdir()
    for name in ("respondents", "answers", "data", "personas", "codebook", "metrics", "samples"):
        (out / f"{name}.{kind}").write_text("the survey")
    before = contents(out)
    export_study(sqlite, "small", out, kind)
    assert contents(out).items() >= before.items()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_the_users_own_is_named_and_nothing_is_written(sqlite, tmp_path, name):
    out = tmp_path / "out"
    out.mkdir()
    (out / f"small-{name}.csv").write_text("the user's")
    before = contents(out)
    with pytest.raises(InputError, match=rf"small-{name}\.csv exists and is not what"):
        export_study(sqlite, "small", out, "csv")
    assert contents(out) == before


@KINDS
def test_by_force_a_file_is_replaced_and_ours_from_then_on(sqlite, tmp_path, kind):
    (tmp_path / f"small-answers.{kind}").write_text("the user's")
    export_study(sqlite, "small", tmp_path, kind, force=True)
    export_study(sqlite, "small", tmp_path, kind)
    assert contents(tmp_path)[f"small-answers.{kind}"] != b"the user's"


@KINDS
def test_an_export_replaces_its_own_files_unless_they_were_edited(sqlite, tmp_path, kind):
    files = export_study(sqlite, "small", tmp_path / "out", kind)
    assert export_study(sqlite, "small", tmp_path / "out", kind) == files
    files[3].write_bytes(files[3].read_bytes() + b"a note")
    before = contents(tmp_path / "out")
    with pytest.raises(InputError, match=files[3].name):
        export_study(sqlite, "small", tmp_path / "out", kind)
    assert contents(tmp_path / "out") == before


def test_a_listing_that_is_not_ours_or_of_another_study_lets_nothing_be_replaced(sqlite, tmp_path):
    listing = tmp_path / ".anthology-export-small-csv.json"
    for found in ("{}", "[]", "notes", '{"study": "Small", "files": {}}', '{"study": "small"}'):
        listing.write_text(found)
        with pytest.raises(InputError, match=r"small-csv\.json exists"):
            export_study(sqlite, "small", tmp_path, "csv")
        assert listing.read_text() == found


def test_exports_of_two_kinds_and_studies_lie_side_by_side(sqlite, tmp_path):
    fill(sqlite, small_study("second"), some_humans(small_study("second")))
    for name in ("small", "second"):
        for kind in ("csv", "parquet"):
            for _ in range(2):
                export_study(sqlite, name, tmp_path / "out", kind)
    assert len(contents(tmp_path / "out")) == 4 * (len(NAMES) + 1)


def test_a_file_that_comes_while_an_export_is_made_stays(sqlite, tmp_path, monkeypatch):
    out = tmp_path / "out"

    def slow(*arguments):
        (out / "small-answers.csv").write_text("the user's")
        return _metrics(*arguments)

    monkeypatch.setattr("anthology.producer.transfer.tables.tables._metrics", slow)
    with pytest.raises(InputError, match=r"small-answers\.csv exists"):
        export_study(sqlite, "small", out, "csv")
    assert contents(out) == {"small-answers.csv": b"the user's"}


def test_an_export_that_is_stopped_among_its_moves_leaves_the_earlier_one(
    sqlite, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    export_study(sqlite, "small", out, "csv")
    before = contents(out)
    with writing(sqlite) as session:
        session.execute(update(Answer).values(place=0))
    rename, moves = os.rename, iter(range(99))

    def stopped(source, target):
        if next(moves) == 15:  # eleven are put aside before
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr("anthology.models.runtime.file_writing.os.rename", stopped)
    with pytest.raises(KeyboardInterrupt):
        export_study(sqlite, "small", out, "csv")
    assert contents(out) == before
    assert [path.name for path in out.iterdir() if path.is_dir()] == []


@KINDS
def test_an_export_is_its_users_alone(sqlite, tmp_path, kind):
    files = export_study(sqlite, "small", tmp_path / "a" / "b", kind)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_an_export_is_of_one_moment_though_workers_go_on_writing(
    postgres_url, tmp_path, monkeypatch
):
    database = finished(postgres_url)

    def meanwhile(*arguments):
        with writing(database) as session:
            session.execute(delete(Answer))
        return matches(*arguments)

    monkeypatch.setattr("anthology.producer.transfer.tables.tables.matches", meanwhile)
    export_study(database, "small", tmp_path, "parquet")
    assert len(pd.read_parquet(tmp_path / "small-answers.parquet")) == 72
    database.dispose()


def test_an_unfinished_study_exports_what_there_is(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    study = small_study("half")
    fill(database, study, some_humans(study), measured=False)
    for kind in ("parquet", "csv"):
        files = export_study(database, "half", tmp_path / kind, kind)
        assert len(files) == len(NAMES)
    assert pd.read_parquet(tmp_path / "parquet" / "half-metrics.parquet").empty
    assert list(pd.read_csv(tmp_path / "csv" / "half-metrics.csv")) == [
        "condition", "subgroup", "name", "value", "low", "high", "n", "version",
    ]  # fmt: skip


def test_an_export_that_breaks_off_leaves_the_earlier_files(sqlite, tmp_path, monkeypatch):
    out = tmp_path / "out"
    export_study(sqlite, "small", out, "csv")
    before = {file: file.read_bytes() for file in out.iterdir()}

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("anthology.producer.transfer.tables.tables._metrics", broken)
    with pytest.raises(InputError, match="No space left on device"):
        export_study(sqlite, "small", out, "csv")
    assert {file: file.read_bytes() for file in out.iterdir()} == before


def test_a_folder_that_is_a_file_is_refused(sqlite, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="taken cannot be written"):
        export_study(sqlite, "small", tmp_path / "taken", "csv")


def test_an_unknown_study_is_refused_before_a_folder_is_made(sqlite, tmp_path):
    with pytest.raises(InputError, match="no study 'smoll'"):
        export_study(sqlite, "smoll", tmp_path / "out", "csv")
    assert not (tmp_path / "out").exists()

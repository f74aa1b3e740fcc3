"""Which studies a name, a pattern or a file means."""

from pathlib import Path

import pytest
from fake_model import small_study, store, write_study
from sqlalchemy import Engine

from anthology.models.database.sessions import open_database
from anthology.models.errors import InputError
from anthology.producer.monitoring.named import file_meant, studies_meant


def test_names_patterns_and_files_are_told_apart_and_each_study_counts_once(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    for name in ("b-1", "b-2", "a"):
        store(database, small_study(tmp_path, study=name))
    assert studies_meant(database, ["b-*"]) == ["b-1", "b-2"]
    assert studies_meant(database, ["a", "?-[2]", "b-*", "nobody"]) == ["a", "b-2", "b-1", "nobody"]
    file = str(write_study(tmp_path, study="b", vary={"chunk": [1, 2, 3]}))
    assert studies_meant(database, [file]) == ["b-1", "b-2", "b-3"]
    with pytest.raises(InputError, match=r"no study is called like 'B-\*'; known: a, b-2, b-1"):
        studies_meant(database, ["B-*"])
    with pytest.raises(
        InputError,
        match=r"^nowhere\.yaml: no such file, and there is no study 'nowhere\.yaml' in this",
    ):
        studies_meant(database, ["nowhere.yaml"])


def test_a_study_that_is_called_like_a_file_is_meant_unless_there_is_such_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    store(database, small_study(tmp_path, study="wave.yaml"))
    assert studies_meant(database, ["wave.yaml"]) == ["wave.yaml"]
    write_study(tmp_path, study="inside").rename("wave.yaml")
    assert studies_meant(database, ["wave.yaml"]) == ["inside"]


def test_a_file_that_is_called_like_a_study_is_meant_only_where_there_is_no_such_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    write_study(tmp_path, study="inside").rename("wave")
    assert studies_meant(database, ["wave"]) == ["inside"]
    store(database, small_study(tmp_path, study="wave"))
    assert studies_meant(database, ["wave"]) == ["wave"]


def test_a_database_is_looked_at_only_where_the_files_that_are_there_do_not_settle_it(
    tmp_path: Path,
) -> None:
    def none_there() -> Engine:
        raise InputError("no study has been submitted")

    file = write_study(tmp_path)
    assert file_meant(str(file), none_there) == file
    assert file_meant("small", none_there) is None
    assert file_meant("x" * 300, none_there) is None  # too long for a file
    with pytest.raises(InputError, match=r"^x\.yml: no such file, and no study has been submitted"):
        file_meant("x.yml", none_there)

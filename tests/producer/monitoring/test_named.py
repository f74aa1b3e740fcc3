"""Which studies a name, a pattern or a file means."""

from pathlib import Path

import pytest
from fake_model import small_study, store, write_study

from anthology.models.database.sessions import open_database
from anthology.models.errors import InputError
from anthology.producer.monitoring.named import studies_meant


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
    with pytest.raises(InputError, match=r"nowhere\.yaml: no such file"):
        studies_meant(database, ["nowhere.yaml"])

"""`anthology measure` as people and programs call it."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import run_study, small_study
from sqlalchemy import Engine, update
from steered import count

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Metric

pytestmark = pytest.mark.usefixtures("home")


def test_measuring_anew_says_what_was_stored_and_the_report_no_longer_calls_it_old(
    anthology: Any, database: Engine, home: Path
) -> None:
    run_study(database, small_study(home, conditions=["none"]))
    with writing(database) as session:
        session.execute(update(Metric).values(version=1))
    old = anthology("report", "small")
    assert "older version of Anthology; `anthology measure small`" in old.err
    found = anthology("measure", "small", "--subgroup", "age*sex", "--subgroup", "age", "--json")
    assert (found.code, found.json["study"]) == (0, "small")
    assert found.json["figures"] == count(database, Metric)
    assert found.json["subgroups"][:4] == ["all", "sex=man", "sex=woman", "age=young * sex=man"]
    said = anthology("measure", "small")
    assert said.out == f"{count(database, Metric)} figures of 3 groups stored\n"
    assert said.err == (
        "no longer stored, since only an earlier call asked for it: age=old, age=old * sex=man, "
        "age=old * sex=woman and 3 more; ask in one call for all that is to stand beside "
        "the study's own\nread them with: anthology report small\n"
    )
    assert anthology("measure", "small").err == "read them with: anthology report small\n"
    assert "older version" not in anthology("report", "small").err


def test_everybody_counted_once_is_printed_and_not_stored(
    anthology: Any, database: Engine, home: Path
) -> None:
    run_study(database, small_study(home, conditions=["none"]))
    stored = anthology("report", "small", "--json").json
    shown = anthology("measure", "small", "--unweighted", "--json")
    assert shown.err == "everybody counts once; nothing was stored\n"
    assert shown.json.keys() == stored.keys()
    assert shown.json["rows"] != stored["rows"]
    assert "small: 8 virtual people" in anthology("measure", "small", "--unweighted").out
    assert anthology("report", "small", "--json").json == stored

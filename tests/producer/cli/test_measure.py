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
    assert shown.json["measures"] == {**stored["measures"], "weight": None}
    said = anthology("measure", "small", "--unweighted").out
    assert said.startswith(
        "small: 8 virtual people a condition against 8 humans, everybody counted"
    )
    assert anthology("report", "small", "--json").json == stored


def test_figures_with_another_weight_say_which_it_is_and_are_not_stored(
    anthology: Any, database: Engine, home: Path
) -> None:
    run_study(database, small_study(home, conditions=["none"]))
    stored = anthology("report", "small", "--json").json
    file = home / "humans.csv"
    head, *rows = file.read_text().splitlines()
    weights = ["", "0", *(str(n) for n in range(1, len(rows) - 1))]
    lines = [f"{row},{weight}" for row, weight in zip(rows, weights, strict=True)]
    file.write_text("\n".join([f"{head},wtssps", *lines]) + "\n")
    shown = anthology("measure", "small", "--weight", "wtssps", "--subgroup", "age", "--json")
    assert shown.code == 0
    assert shown.err == (
        "1 of 8 people have no weight in 'wtssps' and are left out\n"
        "1 of 8 people have the weight 0 in 'wtssps' and are left out\n"
        "people count by 'wtssps'; nothing was stored\n"
    )
    assert shown.json["measures"] == {**stored["measures"], "weight": "wtssps"}
    assert [row["n"] for row in shown.json["rows"] if row["subgroup"] == "all"] == [6]
    assert {"age=young", "age=old"} <= {row["subgroup"] for row in shown.json["rows"]}
    file.rename(home / "moved.csv")
    lost = anthology("measure", "small", "--weight", "wtssps").failed(2)
    assert lost.endswith("say with --humans FILE where it is")
    said = anthology("measure", "small", "--weight", "wtssps", "--humans", home / "moved.csv").out
    title = "small: 8 virtual people a condition against 8 humans, weighted by 'wtssps'"
    assert said.splitlines()[0].strip() == title
    assert anthology("report", "small", "--json").json == stored

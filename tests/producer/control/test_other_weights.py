"""`measure --weight` and `--unweighted`: the same people and answers, counted otherwise."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from fake_model import FakeEngine, drain, make_runner, run_study, small_study
from old_databases import content
from retested import retested
from sqlalchemy import Engine
from surveyed import answers

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Match, Metric, Respondent, StudyRow
from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.control.measuring import Wanted, measured_unweighted, measured_with
from anthology.producer.reporting.findings import findings
from anthology.producer.submission import storage
from anthology.producer.surveys.respondents import read_as_before, read_humans

CONDITIONS = ["none", "natural/greedy"]
HUMANS = {"file": "humans.csv", "id": "id", "weight": "weight"}
FIGURES = ("rows", "floor", "floor_at_n", "floors", "items", "paired")
Person = dict[str, str]


def others(folder: Path, change: Callable[[int, Person], Any], name: str = "humans.csv") -> Path:
    """The survey file with each row changed in place."""
    with (folder / name).open() as file:
        people = list(csv.DictReader(file))
    for number, person in enumerate(people):
        change(number, person)
    return written(folder / name, people)


def written(path: Path, people: list[Person]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, people[0])
        writer.writeheader()
        writer.writerows(people)
    return path


def people_of(path: Path) -> list[Person]:
    with path.open() as file:
        return list(csv.DictReader(file))


def second(number: int, person: Person) -> None:
    person["second"] = str(0.5 + number % 4)


def run(database: Engine, folder: Path, **changes: Any) -> Study:
    """A study that ran before its file had a second weight."""
    study = small_study(folder, **{"conditions": ["none"], "people": 20, **changes})
    run_study(database, study)
    others(folder, second)
    return study


def of(database: Engine, name: str, rows: Any = None) -> dict[str, Any]:
    found = findings(database, name, rows)
    return {part: found.get(part) for part in FIGURES}


def refusal(database: Engine, column: str = "second", file: Path | None = None) -> str:
    with pytest.raises(InputError) as error:
        measured_with(database, "small", Wanted(), column, file)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    """Of one kind: what is read of either is the same, which one test looks at."""
    found = open_database(f"sqlite:///{tmp_path / 'here.db'}")
    yield found
    found.dispose()


# --- the figures ---------------------------------------------------------------------------------


@pytest.mark.parametrize("simulated", [True, False])
def test_figures_are_those_of_a_study_with_that_weight_and_nothing_is_stored(
    database: Engine, tmp_path: Path, simulated: bool
) -> None:
    changes = {
        "conditions": CONDITIONS,
        "measures": {"splits": 4, "bootstrap": 20, "weight_simulated": simulated,
                     "subgroups": ["sex", "sex*age"], "contrasts": ["sex"]},
    }  # fmt: skip
    run(database, tmp_path, **changes)
    humans = {**HUMANS, "weight": "second"}
    twin = small_study(tmp_path, people=20, study="twin", humans=humans, **changes)
    others(tmp_path, second)
    run_study(database, twin)
    before = [*content(database, Metric, Respondent, Match, StudyRow)]
    rows, said = measured_with(database, "small", Wanted(), "second")
    assert said == []
    assert of(database, "small", rows) == of(database, "twin")
    assert of(database, "small")["rows"] != of(database, "twin")["rows"]
    assert [*content(database, Metric, Respondent, Match, StudyRow)] == before


def test_with_the_studys_own_weight_they_are_those_stored_on_both_databases(
    database_url: str, tmp_path: Path
) -> None:
    database = open_database(database_url)
    run(database, tmp_path)
    rows, _ = measured_with(database, "small", Wanted(), "weight")
    assert of(database, "small", rows) == of(database, "small")
    database.dispose()


def test_a_study_without_weights_gets_one_and_other_subgroups_with_it(
    database: Engine, tmp_path: Path
) -> None:
    run(database, tmp_path, humans={"file": "humans.csv", "id": "id"})
    rows, _ = measured_with(database, "small", Wanted(["age"], 30, 5, ["sex"]), "second")
    found = findings(database, "small", rows)
    assert [row["subgroup"] for row in found["rows"]] == [
        "all", "sex=man", "sex=woman", "age=young", "age=old",
    ]  # fmt: skip
    assert found["measures"] == {"splits": 5, "bootstrap": 30}
    assert found["rows"][0]["wd"] != findings(database, "small")["rows"][0]["wd"]


def test_a_sav_says_who_has_no_weight_and_they_count_nowhere(
    database: Engine, tmp_path: Path
) -> None:
    """-9 is declared missing, and five rows have no weight at all or 0."""
    small_study(tmp_path, people=20)
    frame = pd.read_csv(tmp_path / "humans.csv").assign(id=np.arange(1, 21.0))
    frame.loc[18:, "weight"] = 0
    frame["second"] = [-9, np.nan, 0, 0, 0, *np.linspace(0.5, 3, 13), 2, 0]
    pyreadstat.write_sav(frame, tmp_path / "humans.sav", missing_ranges={"second": [-9]})
    fields = {"file": "humans.sav", "id": "id", "weight": "weight"}
    study = small_study(tmp_path, people=20, humans=fields, conditions=["none", "bio"])
    run_study(database, study)
    rows, said = measured_with(database, "small", Wanted(), "second")
    assert said == [
        "2 of 18 people have no weight in 'second' and are left out",
        "3 of 18 people have the weight 0 in 'second' and are left out",
        "no part of the study are people with a weight in 'second' and none in 'weight': 1",
    ]
    found = findings(database, "small", rows)
    assert found["rows"][0]["n"] == 13
    assert found["floor"]["n"] == 13
    weights = frame["second"].to_numpy()[5:18]
    humans = np.eye(4)[frame["roads"].astype(int)][5:18, 1:]
    simulated = [
        answer.probabilities for answer in answers(database)
        if (answer.condition, answer.question) == ("bio", "roads") and answer.respondent >= 5
    ]  # fmt: skip
    [bio] = [one for one in found["items"][0]["conditions"] if one["condition"] == "bio"]
    apart = np.average(humans, axis=0, weights=weights) - np.average(
        simulated, axis=0, weights=weights
    )
    assert bio["tv"]["value"] == pytest.approx(np.abs(apart).sum() / 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"arms": {"texts": {"control": "", "told": "Roads are closed."}},
         "questionnaire": {"options": {"too little": 1, "about right": 2, "too much": 3},
                           "questions": {"roads": "Roads?", "parks": {
                               "question": "Parks?", "ask_if": {"arm": "told"}}}}},
        {"arms": {"texts": {"control": "", "told": "Roads are closed."}, "column": "sex",
                  "codes": {"control": 1, "told": 2}}},
        {"earlier": {"before": {"question": "Parks?", "column": "parks",
                                "options": {"less": 1, "more": [2, 3]}}},
         "conditions": [{"condition": "twin", "tell": ["before"]}],
         "questionnaire": {"options": {"too little": 1, "about right": 2, "too much": 3},
                           "questions": {"roads": "Roads?", "vote": {
                               "question": "Vote?", "ask_if": {"roads": ["too little"]}}}}},
        {"questionnaire": {"readout": "sample", "samples": 3,
                           "options": {"too little": 1, "about right": 2, "too much": 3},
                           "questions": {"roads": "Roads?", "parks": "Parks?"}}},
    ],
    ids=["arms by the seed", "arms by column", "a twin and a filter", "written answers"],
)  # fmt: skip
def test_studies_of_every_kind_find_their_people_again(
    database: Engine, tmp_path: Path, changes: dict[str, Any]
) -> None:
    run(database, tmp_path, **changes)
    rows, said = measured_with(database, "small", Wanted(), "weight")
    assert said == []
    assert of(database, "small", rows) == of(database, "small")
    rows, _ = measured_with(database, "small", Wanted(), "second")
    assert of(database, "small", rows)["rows"] != of(database, "small")["rows"]


def test_who_was_asked_again_is_found_again(database: Engine, tmp_path: Path) -> None:
    run_study(database, retested(tmp_path, conditions=["none"]))
    rows, _ = measured_with(database, "small", Wanted(), "weight")
    assert findings(database, "small", rows)["retest"] == findings(database, "small")["retest"]
    others(tmp_path, lambda number, person: person.update(vote_w2="1"))
    assert "questions.vote.retest: respondent 'r1' has another code" in refusal(database, "weight")


# --- who they are in the file --------------------------------------------------------------------

QUOTAS = {"size": 6, "quotas": {"sex": {"man": 0.5, "woman": 0.5}}}


@pytest.mark.parametrize("sample", [6, QUOTAS], ids=["at random", "by quotas"])
def test_a_drawn_and_sampled_population_is_found_by_ids_whatever_rows_are_added(
    database: Engine, tmp_path: Path, sample: Any
) -> None:
    """Of the waves that the file got only one is the study's, in which no id stands twice."""
    small_study(tmp_path, people=30)
    humans = {**HUMANS, "where": {"wave": 1}, "draw": 20, "sample": sample}
    study = small_study(tmp_path, people=30, humans=humans, conditions=["none"])
    others(tmp_path, lambda number, person: person.update(wave="1"))
    run_study(database, study)
    first = people_of(tmp_path / "humans.csv")
    more = [{**person, "wave": "2", "roads": "2"} for person in first]
    new = [{**person, "id": f"new{n}"} for n, person in enumerate(first)]
    written(tmp_path / "humans.csv", [*more, *new, *reversed(first)])
    rows, said = measured_with(database, "small", Wanted(), "weight")
    assert said == []
    assert of(database, "small", rows) == of(database, "small")


def test_people_of_a_study_that_an_earlier_version_stored_are_found(
    database: Engine, tmp_path: Path
) -> None:
    """It took 007 for the id 7, and kept people of weight 0."""
    study = small_study(tmp_path, people=9, conditions=["none"])

    def change(number: int, person: Person) -> None:
        person.update(id=f"00{number + 1}", weight=str(number % 3))
        second(number, person)

    others(tmp_path, change)
    before = next(read_as_before(study))
    assert before.ids[0] == "1" != read_humans(study).ids[0]
    storage.write(database, study, before)
    drain(make_runner(database, FakeEngine()))
    rows, said = measured_with(database, "small", Wanted(), "second")
    assert said == []
    assert findings(database, "small", rows)["rows"][0]["n"] == 9
    assert findings(database, "small")["rows"][0]["n"] == 6


def test_a_file_that_was_moved_is_read_where_it_is_said_to_be(
    database: Engine, tmp_path: Path
) -> None:
    run(database, tmp_path, humans={**HUMANS, "encoding": "latin-1", "separator": "comma"})
    expected, _ = measured_with(database, "small", Wanted(), "second")
    moved = tmp_path / "new" / "survey.csv"
    moved.parent.mkdir()
    (tmp_path / "humans.csv").rename(moved)
    said = refusal(database)
    assert said == (
        f"{tmp_path / 'humans.csv'}, the survey file of study 'small', is not here any more, or "
        "was named from another folder; say with --humans FILE where it is"
    )
    assert measured_with(database, "small", Wanted(), "second", moved)[0] == expected
    saved = tmp_path / "survey.sav"
    pyreadstat.write_sav(pd.read_csv(moved), saved)
    assert measured_with(database, "small", Wanted(), "second", saved)[0] == expected


def test_another_file_is_refused_by_the_first_thing_that_differs(
    database: Engine, tmp_path: Path
) -> None:
    run(database, tmp_path)
    good = people_of(tmp_path / "humans.csv")
    path = tmp_path / "other.csv"
    whose = f"{path} is not the file that study 'small' was submitted with: "
    fourth = {**good[4], "roads": "2" if good[4]["roads"] != "2" else "1"}
    bare = [{"id": person["id"], "second": person["second"]} for person in good]
    for people, said in (
        (good[:-1], "1 of 20 respondents are not there, 'r19' for one"),
        (good[2:], "2 of 20 respondents are not there, 'r0' for one"),
        ([*good[:4], fourth, *good[5:]], "questions.roads: respondent 'r4' has another code"),
        ([*good[:4], {**good[4], "age": "99" if int(good[4]["age"]) < 50 else "20"}, *good[5:]],
         "traits.age: respondent 'r4' has another code"),
        ([*good, good[3]], "humans.id: 'r3' stands in 'id' twice"),
        ([{**good[0], "vote": "4"}, *good[1:]],
         "questions.vote: column 'vote' has code 4 (1 respondents), which no option covers"),
        (bare, "it has no column 'age' (traits.age.column)"),
    ):  # fmt: skip
        assert refusal(database, file=written(path, people)) == (
            f"{whose}{said}; say with --humans FILE where that is"
        )


def test_without_ids_a_file_in_another_order_is_refused_even_where_answers_are_alike(
    database: Engine, tmp_path: Path
) -> None:
    humans = {"file": "humans.csv", "weight": "weight"}
    study = small_study(tmp_path, people=9, humans=humans, conditions=["none"])
    others(tmp_path, lambda number, person: person.update(
        age="20", sex=str(1 + number // 5), roads="1", parks="2", vote="1", second=str(number + 1)
    ))  # fmt: skip
    run_study(database, study)
    measured_with(database, "small", Wanted(), "second")
    people = people_of(tmp_path / "humans.csv")
    written(tmp_path / "humans.csv", [people[1], people[0], *people[2:]])
    assert "humans.weight: respondent '1' has another one; say with" in refusal(database)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("secnd", "humans.csv has no column 'secnd'; did you mean 'second'?"),
        ("below", "column 'below', row 1 of the data: the weight is -1; a weight is a number"),
        ("id", "column 'id', row 1 of the data: the weight is r0; a weight is a number from 0"),
        ("none", "column 'none': all weights are empty or zero; name another weight column."),
        ("theirs", "column 'theirs': nobody of study 'small' has a weight above 0; name another"),
    ],
)
def test_a_column_without_weights_is_refused(
    database: Engine, tmp_path: Path, column: str, said: str
) -> None:
    study = small_study(tmp_path, conditions=["none"])

    def change(number: int, person: Person) -> None:
        if number > 5:
            person["weight"] = ""
        person.update(second="1", below="-1", none="0", theirs="1" if number > 5 else "")

    others(tmp_path, change)
    run_study(database, study)
    assert said in refusal(database, column)


def test_a_study_without_humans_has_no_weights_to_change(database: Engine, tmp_path: Path) -> None:
    run_study(database, small_study(tmp_path, humans=None, conditions=[{"pool": "natural"}]))
    for measured in (
        lambda: measured_with(database, "small", Wanted(), "second"),
        lambda: measured_unweighted(database, "small", Wanted()),
    ):
        with pytest.raises(InputError, match="study 'small' has no humans, so there are no weigh"):
            measured()


def test_counted_once_nobody_counts_who_has_no_weight(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path, people=9, conditions=["none"])
    others(tmp_path, lambda number, person: person.update(weight=str(number % 3)))
    storage.write(database, study, next(read_as_before(study)))
    drain(make_runner(database, FakeEngine()))
    found = findings(database, "small", measured_unweighted(database, "small", Wanted()))
    assert (found["humans"], found["rows"][0]["n"], found["floor"]["n"]) == (9, 6, 6)

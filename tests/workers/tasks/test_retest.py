"""`measure` where people were asked again: their second answers are one more row of figures."""

from pathlib import Path

import pytest
from fake_model import FakeEngine, run_study, small_study
from retested import QUESTIONS, retested
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.tables import Metric
from anthology.producer.surveys.respondents import EncodedHumans, read_humans

LIKES = {"too little": 6.0, "about right": 3.0, "too much": 1.0, "Yes": 3.0, "No": 1.0}
SHARES = {"roads": [0.6, 0.3, 0.1], "parks": [0.6, 0.3, 0.1], "vote": [0.75, 0.25]}


def figures(database: Engine, condition: str, subgroup: str = "all") -> dict[str, Metric]:
    with Session(database) as session:
        chosen = (col(Metric.condition) == condition, col(Metric.subgroup) == subgroup)
        return {row.name: row for row in session.execute(select(Metric).where(*chosen)).scalars()}


def mean(pairs: list[tuple[float, float]]) -> float:
    """Of values and their weights."""
    return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)


def reached(humans: EncodedHumans, name: str, people: range) -> tuple[float, float]:
    """By hand: how probable the model finds own answers, and how many people gave theirs twice, of
    those with two."""
    two = [
        (first, second, humans.weights[n])
        for n in people
        if min(
            first := humans.answers[name][n], second := humans.answers[f"{name}@retest"][n]
        ) >= 0
    ]  # fmt: skip
    ours = mean([(SHARES[name][first], weight) for first, _, weight in two])
    return ours, mean([(first == second, weight) for first, second, weight in two])


@pytest.mark.parametrize("sample", [None, 12])
def test_the_row_of_second_answers_and_what_is_reached_of_it_are_those_counted_by_hand(
    database: Engine, tmp_path: Path, sample: int | None
) -> None:
    humans = {"file": "humans.csv", "id": "id", "weight": "weight", "sample": sample}
    study = retested(tmp_path, people=30, humans=humans, conditions=["none"])
    run_study(database, study, FakeEngine(LIKES))
    read = read_humans(study)
    people = range(read.sampled)
    (ours, theirs), (more_ours, more_theirs) = (
        reached(read, name, people) for name in ("roads", "vote")
    )
    again, found = figures(database, "retest"), figures(database, "none")
    assert again["agreement"].value == pytest.approx((theirs + more_theirs) / 2)
    of_retest = found["agreement_of_retest"]
    assert of_retest.value == pytest.approx((ours + more_ours) / (theirs + more_theirs))
    assert of_retest.low is not None
    assert of_retest.high is not None
    assert of_retest.low < of_retest.value < of_retest.high
    own = [
        mean([(SHARES[name][read.answers[name][n]], read.weights[n]) for n in people])
        for name in SHARES
    ]
    assert found["agreement"].value == pytest.approx(sum(own) / 3)
    assert found["kappa"].value == pytest.approx(0, abs=1e-9)  # the same shares for everybody
    assert again["agreement"].n == sum(read.answers["roads@retest"][n] >= 0 for n in people)
    assert found["agreement"].n == read.sampled


def test_the_row_has_no_distances_unless_all_questions_were_asked_again(
    database: Engine, tmp_path: Path
) -> None:
    asked = {name: QUESTIONS[name] for name in ("roads", "vote")}
    some = retested(tmp_path / "some", study="some", conditions=["none"])
    every = retested(
        tmp_path / "all", study="all", conditions=["none"], questionnaire={"questions": asked}
    )
    for study in (some, every):
        run_study(database, study, FakeEngine(LIKES))
    with Session(database) as session:
        found = {
            (row.study_id, row.name): row.value
            for row in session.execute(select(Metric)).scalars()
            if (row.condition, row.subgroup) == ("retest", "all")
        }
    assert (found[1, "wd"], found[1, "tv"]) == (None, None)
    assert found[2, "tv"] is not None
    assert 0 < found[2, "tv"] < 0.5
    assert found[1, "agreement"] == found[2, "agreement"]
    assert "label_mass" not in {name for _, name in found}, "people took no readout"


def test_every_subgroup_has_its_own_row(database: Engine, tmp_path: Path) -> None:
    study = retested(tmp_path, people=30, conditions=["none"])
    run_study(database, study, FakeEngine(LIKES))
    read = read_humans(study)
    men = [n for n in range(30) if read.traits["sex"][n] == 0]
    shares = [
        mean(
            [
                (first == read.answers[f"{name}@retest"][n], read.weights[n])
                for n in men
                if min(first := read.answers[name][n], read.answers[f"{name}@retest"][n]) >= 0
            ]
        )
        for name in ("roads", "vote")
    ]
    found = figures(database, "retest", "sex=man")["agreement"]
    assert found.value == pytest.approx(sum(shares) / 2)
    assert figures(database, "retest", "sex=woman")["agreement"].value != found.value
    assert "agreement_of_retest" in figures(database, "none", "sex=man")


def test_other_studies_have_agreement_but_no_row_and_no_share(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]), FakeEngine(LIKES))
    assert figures(database, "retest") == {}
    found = figures(database, "none")
    assert found["agreement"].value is not None
    assert not [name for name in found if name.endswith("_of_retest")]

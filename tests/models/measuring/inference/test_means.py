"""What a simulation is worth, of a study's stored answers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_model import small_study
from people import correlated_people, some_weights

from anthology.models import seeds
from anthology.models.database.arrays import People, Simulation
from anthology.models.measuring.groups import groups
from anthology.models.measuring.inference import means
from anthology.models.measuring.stored import Stored
from anthology.models.statistics.inference.powered import powered
from anthology.models.statistics.inference.tuning import Predicted
from anthology.models.statistics.inference.worth import relations, worth

PEOPLE, OPTIONS = 150, 5


def simulation(answers: Any, lean: float, seed: int = 1) -> Simulation:
    """That leans so much towards what everybody said."""
    noise = np.random.default_rng(seed).dirichlet(np.ones(OPTIONS), size=answers.shape)
    own = np.eye(OPTIONS)[answers]
    shares = lean * own + (1 - lean) * noise
    nothing = np.full(answers.shape, np.nan)
    refused = np.zeros(answers.shape, dtype=np.bool_)
    probabilities = [shares[:, j] for j in range(answers.shape[1])]
    return Simulation(answers, probabilities, nothing, refused, nothing, None, [0, 1])


def stored(folder: Path, *, missing: float = 0.0, people: int = PEOPLE, **measures: Any) -> Stored:
    options = {str(k): k for k in range(OPTIONS)}
    questions = {"mood": {"question": "?", "options": options},
                 "team": {"question": "??", "options": options, "ordered": False}}  # fmt: skip
    study = small_study(folder, conditions=["none", "qa"], questionnaire={"questions": questions},
                        measures={"splits": 2, **measures})  # fmt: skip
    answers = correlated_people(people, items=2, missing=missing)
    known = People(answers, some_weights(people), np.zeros((people, 2), dtype=np.int64))
    simulations = {name: simulation(answers, lean) for name, lean in (("none", 0), ("qa", 0.6))}
    return Stored(study, people, known, simulations, {}, list(groups(study, known)))


def by_name(made: Stored) -> dict[tuple[str, str], dict[str, Any]]:
    rows = list(means.rows(made))
    assert {row["subgroup"] for row in rows} <= {"all"}
    found = {(row["condition"], row["name"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def ends(row: dict[str, Any]) -> tuple[float, float, float]:
    return row["value"], row["low"], row["high"]


def test_who_follows_the_humans_is_worth_more_of_them_and_noise_is_worth_none(
    tmp_path: Path,
) -> None:
    found = by_name(stored(tmp_path, labelled=40))
    value, low, _ = ends(found["qa", "effective_humans"])
    assert found["qa", "effective_humans"]["n"] == 40
    assert 100 < low < value < PEOPLE
    assert found["none", "effective_humans"]["low"] == 40
    assert found["none", "effective_humans"]["value"] < 42
    assert found["qa", "correlation/mood"]["n"] == found["qa", "all_humans/mood"]["n"] == PEOPLE


def test_every_quantity_is_that_of_the_arrays(tmp_path: Path) -> None:
    """Of the first of a random order, which is the same for every question and condition."""
    made = stored(tmp_path, labelled=50)
    found, weights = by_name(made), made.people.weights
    asked = [row["value"] for (_, name), row in found.items() if name == "classical/mood"]
    assert asked[0] == asked[1]
    rng = np.random.default_rng(seeds.derive(made.study.seed, "labelled"))
    order = rng.permutation(PEOPLE)
    own = made.people.answers[:, :1] + 1.0
    given = made.simulations["qa"].probabilities[0] @ np.arange(1, OPTIONS + 1)[:, None]
    z = relations(own, Predicted(given, weights))
    np.testing.assert_allclose(
        found["qa", "effective_humans/mood"]["value"], 50 * worth(z, [2 / 3])[0].times.value
    )
    everybody = np.average(own[:, 0], weights=weights)
    assert found["qa", "all_humans/mood"]["value"] == pytest.approx(everybody)
    likely = powered(
        own[order[:50]], Predicted(given[order[:50]], weights[order[:50]]),
        Predicted(given[order[50:]], weights[order[50:]]), OPTIONS,
    ).powered[0]  # fmt: skip
    expected = (likely.value, likely.low, likely.high)
    assert ends(found["qa", "powered/mood"]) == pytest.approx(expected)
    assert likely.low < everybody < likely.high
    shares = [found["qa", f"all_humans/team/{k}"]["value"] for k in range(1, OPTIONS + 1)]
    assert sum(shares) == pytest.approx(1)
    assert ("qa", "powered/team") not in found


def test_without_a_number_a_hundred_are_asked_or_half_of_fewer(tmp_path: Path) -> None:
    assert by_name(stored(tmp_path, people=260))["qa", "powered/mood"]["n"] == 100
    assert by_name(stored(tmp_path, people=90))["qa", "powered/mood"]["n"] == 45
    assert by_name(stored(tmp_path, people=39)) == {}
    assert by_name(stored(tmp_path, people=90, labelled=89)) == {}


def test_who_gave_no_answer_is_left_out(tmp_path: Path) -> None:
    made = stored(tmp_path, missing=0.3)
    answered = int((made.people.answers[:, 0] >= 0).sum())
    row = by_name(made)["qa", "correlation/mood"]
    assert row["n"] == answered < PEOPLE


def test_where_all_who_answered_are_labelled_the_others_are_known_by_simulation_alone(
    tmp_path: Path,
) -> None:
    made = stored(tmp_path, missing=0.3, labelled="all")
    answered = made.people.answers[:, 0] >= 0
    found = by_name(made)
    assert ("qa", "all_humans/mood") not in found
    given = made.simulations["qa"].probabilities[0] @ np.arange(1, OPTIONS + 1)[:, None]
    own, weights = made.people.answers[:, :1] + 1.0, made.people.weights
    expected = powered(
        own[answered], Predicted(given[answered], weights[answered]),
        Predicted(given[~answered], weights[~answered]), OPTIONS,
    ).powered[0]  # fmt: skip
    row = found["qa", "powered/mood"]
    assert row["n"] == answered.sum()
    assert ends(row) == pytest.approx((expected.value, expected.low, expected.high))
    assert by_name(stored(tmp_path, labelled="all")) == {}


def test_people_without_weight_and_those_who_surely_refuse_are_in_nothing(tmp_path: Path) -> None:
    made = stored(tmp_path, labelled=40)
    made.people.weights[:10] = 0
    made.simulations["qa"].probabilities[0][10:15] = 0
    made.simulations["qa"].probabilities[0][15:20] = np.nan
    found = by_name(made)
    assert found["qa", "correlation/mood"]["n"] == PEOPLE - 20
    assert found["none", "correlation/mood"]["n"] == PEOPLE - 10

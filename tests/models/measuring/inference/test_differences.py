"""What a simulation is worth for differences, of a study's stored answers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_model import small_study
from people import correlated_people, some_weights

from anthology.models import seeds
from anthology.models.database.arrays import People, Simulation
from anthology.models.measuring.groups import groups
from anthology.models.measuring.inference import differences
from anthology.models.measuring.stored import Stored
from anthology.models.statistics.inference.differences import Group, powered, worth
from anthology.models.statistics.inference.tuning import Predicted

PEOPLE, OPTIONS, LABELLED = 160, 5, 60
GAP = {"trait": "sex", "groups": ["man"], "ratings": [["q0", "-q1"], "q2"], "name": "gap"}


def stored(folder: Path, *made: Any, **measures: Any) -> Stored:
    options = {str(k): k for k in range(OPTIONS)}
    questions = {f"q{j}": {"question": f"{j}?", "options": options} for j in range(3)}
    study = small_study(folder, conditions=["none"], questionnaire={"questions": questions},
                        measures={"contrasts": list(made), **measures})  # fmt: skip
    answers = correlated_people(PEOPLE, items=3, missing=0.05)
    sex = np.arange(PEOPLE) % 2
    known = People(answers, some_weights(PEOPLE), np.stack([np.zeros_like(sex), sex], axis=1))
    noise = np.random.default_rng(1).dirichlet(np.ones(OPTIONS), size=answers.shape)
    shares = 0.5 * np.eye(OPTIONS)[answers] + 0.5 * noise
    nothing = np.full(answers.shape, np.nan)
    simulation = Simulation(answers, [shares[:, j] for j in range(3)], nothing, answers < -1,
                            nothing, None, [0, 1, 2])  # fmt: skip
    return Stored(study, PEOPLE, known, {"none": simulation}, {}, list(groups(study, known)))


def found(made: Stored) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in differences.rows(made)}


def test_everything_is_that_of_the_arrays_of_both_groups(tmp_path: Path) -> None:
    made = stored(tmp_path, "sex", labelled=LABELLED)
    rng = np.random.default_rng(seeds.derive(made.study.seed, "labelled"))
    order = rng.permutation(PEOPLE)
    own, weights = made.people.answers[:, :1] + 1.0, made.people.weights
    given = made.simulations["none"].probabilities[0] @ np.arange(1, OPTIONS + 1)[:, None]
    known = order[own[order, 0] > 0]
    arrays = []
    for sex in (0, 1):
        of_it = made.people.traits[:, 1] == sex
        labelled, others, everybody = (
            rows[of_it[rows]] for rows in (known[:LABELLED], known[LABELLED:], known)
        )
        told = [Predicted(given[rows], weights[rows]) for rows in (labelled, others, everybody)]
        arrays.append(Group(own[labelled], told[0], told[1], own[everybody], told[2]))
    rows, name = found(made), "q0 of sex=man less sex=woman"
    said, (of_worth, p) = powered(arrays), worth(arrays)
    for figure, one in (("powered", said.powered), ("classical", said.classical)):
        row = rows[f"{figure} of {name}"]
        ends = (row["value"], row["low"], row["high"])
        assert ends == pytest.approx((one.value, one.low, one.high))
        assert row["n"] == LABELLED
    effective = rows[f"effective_humans of {name}"]
    assert LABELLED < effective["low"] < effective["value"]
    assert effective["value"] == pytest.approx(LABELLED * of_worth.times.value)
    assert rows[f"correlation_p of {name}"]["value"] == pytest.approx(p)
    assert rows[f"lambda of {name}"]["value"] == pytest.approx(said.tuning)
    one, other = (np.average(group.own_known[:, 0], weights=group.known.weights)
                  for group in arrays)  # fmt: skip
    assert rows[f"all_humans of {name}"]["value"] == pytest.approx(one - other)
    assert rows[f"all_humans of {name}"]["n"] == len(known)


def test_ratings_of_the_same_people_are_one_group_of_who_answered_all(tmp_path: Path) -> None:
    made = stored(tmp_path, GAP)
    people = made.people
    men = (people.traits[:, 1] == 0) & (people.answers >= 0).all(axis=1)
    q0, q1, q2 = (people.answers[men] + 1).T
    truth = np.average((q0 + (OPTIONS + 1 - q1)) / 2 - q2, weights=people.weights[men])
    row = found(made)["all_humans of gap"]
    assert (row["value"], row["n"]) == (pytest.approx(truth), men.sum())


def test_few_labelled_on_a_side_have_nothing_and_all_of_them_no_truth(tmp_path: Path) -> None:
    assert found(stored(tmp_path, "sex", labelled=20)) == {}  # not ten on either side
    assert found(stored(tmp_path)) == {}
    rows = found(stored(tmp_path, "sex", labelled="all"))
    assert "powered of q0 of sex=man less sex=woman" in rows
    assert not any(name.startswith("all_humans") for name in rows)

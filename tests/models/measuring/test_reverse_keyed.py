"""Items that scales have as reverse-keyed: turned round for alpha and omega of all questions, which
no other figure notices."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from finished_study import small_study

from anthology.models.database.arrays import People, Simulation
from anthology.models.measuring import conditions, human_floors, paired_conditions
from anthology.models.measuring.groups import groups
from anthology.models.measuring.reverse_keyed import keyed_one_way
from anthology.models.measuring.stored import Stored
from anthology.models.statistics.reliability import cronbach_alpha, pairwise_covariance
from anthology.models.study.scales import reverse_keyed
from anthology.models.study.study import Study

ITEMS = ["E1", "E2", "E3", "E4", "E5"]
REVERSE = {"E2", "E5"}
MARKED = {"one": ["E1", "-E2", "E3"], "other": ["E4", "-E5"]}
PARTS = (human_floors.rows, conditions.second_answers, conditions.rows, paired_conditions.rows)


def study(**changes: Any) -> Study:
    options = {f"option {k}": k for k in range(5)}
    return small_study(
        conditions=["none", "bio"],
        questionnaire={"questions": {
            name: {"question": f"{name}?", "options": options, "retest": f"{name}b"}
            for name in ITEMS
        }},
        measures={"splits": 3, "bootstrap": 20, "subgroups": ["gender"]},
        **changes,
    )  # fmt: skip


def stored(of: Study) -> Stored:
    """People whom one trait moves, on two items the other way."""
    rng = np.random.default_rng(0)
    signs = np.array([-1 if item in REVERSE else 1 for item in ITEMS])

    def answers(n: int, noise: float) -> Any:
        latent = rng.normal(size=(n, 1)) * signs + 0.3
        found = np.digitize(latent + noise * rng.normal(size=(n, 5)), [-1.2, -0.3, 0.3, 1.2])
        return np.where(rng.random((n, 5)) < 0.02, -1, found)

    humans = answers(200, 0.7)
    traits = rng.integers(0, 2, (200, 2))
    people = People(humans, rng.uniform(0.5, 2, 200), traits, again=answers(200, 0.9))
    simulations = {}
    for name in of.condition_names:
        shares = [rng.dirichlet(np.ones(5), 80) for _ in ITEMS]
        drawn, nothing = answers(80, 1.0), np.full((80, 5), np.nan)
        refused = np.zeros((80, 5), dtype=np.bool_)
        simulations[name] = Simulation(
            drawn, shares, nothing, refused, nothing, rng.integers(0, 30, 80), list(range(5))
        )
    return Stored(of, 80, people, simulations, {}, list(groups(of, people)))


def rows(of: Study) -> dict[tuple[str, str, str], Any]:
    found = [row for part in PARTS for row in part(stored(of))]
    return {(row["condition"], row["subgroup"], row["name"]): row for row in found}


def test_alpha_of_all_questions_turns_the_items_round_that_scales_have_with_a_minus() -> None:
    plain, turned = rows(study()), rows(study(scales=MARKED))
    people = stored(study()).people
    answers = people.answers.copy()
    for place in (1, 4):
        answers[:, place] = np.where(answers[:, place] < 0, -1, 4 - answers[:, place])
    alpha = cronbach_alpha(pairwise_covariance(answers))
    assert turned["floor", "all", "alpha"]["value"] == pytest.approx(alpha)
    assert plain["floor", "all", "alpha"]["value"] < 0.2 < 0.8 < alpha
    for name in ("alpha", "omega"):
        for condition in ("floor_at_n", "none", "bio"):
            place = condition, "gender=Male", name
            assert turned[place]["value"] > plain[place]["value"] + 0.3
    assert turned["none", "all", "alpha"]["low"] > plain["none", "all", "alpha"]["high"]


def test_all_other_figures_are_what_they_were() -> None:
    plain, turned = rows(study()), rows(study(scales=MARKED))
    assert set(plain) == set(turned)
    for place, row in plain.items():
        if "alpha" not in place[2] and "omega" not in place[2]:
            for key in ("value", "low", "high", "n"):
                assert turned[place][key] == pytest.approx(row[key], abs=1e-9), (place, key)


def test_an_item_that_points_both_ways_is_left_as_it_is() -> None:
    both = {"one": ["E1", "-E2"], "other": ["E2", "-E5"]}
    assert reverse_keyed(both) == {"E5"}
    assert reverse_keyed({}) == frozenset()
    found = stored(study())
    assert keyed_one_way(found) is found
    twice = keyed_one_way(keyed_one_way(replace(found, study=study(scales=MARKED))))
    assert (twice.people.answers == found.people.answers).all()
    assert (twice.simulations["bio"].answers == found.simulations["bio"].answers).all()

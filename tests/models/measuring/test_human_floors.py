"""Floors of subgroups: each of its own humans, at the size of its own simulation."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_model import small_study
from people import certain, correlated_people, some_weights

from anthology.models.database.arrays import People
from anthology.models.measuring import human_floors
from anthology.models.measuring.groups import groups
from anthology.models.measuring.stored import Stored
from anthology.models.statistics import floors
from anthology.models.statistics.comparison import Humans, Simulated, compare
from anthology.models.statistics.figures import FLOOR

MEN = 60


def stored(folder: Path, men: int = MEN, people: int = 800, sampled: int = 800) -> Stored:
    """Of the people the first are men, and answer otherwise."""
    options = {str(k): k for k in range(5)}
    questions = {f"q{j}": {"question": f"{j}?", "options": options} for j in range(4)}
    study = small_study(folder, conditions=["none"], questionnaire={"questions": questions},
                        measures={"splits": 200, "subgroups": ["sex"]})  # fmt: skip
    answers = correlated_people(people, missing=0.0)
    answers[:men] = np.minimum(answers[:men] + 1, 4)
    sex = (np.arange(people) >= men).astype(np.int64)
    known = People(answers, some_weights(people), np.stack([np.zeros_like(sex), sex], axis=1))
    return Stored(study, sampled, known, {}, {}, list(groups(study, known)))


def like_the(humans: Humans, seed: int) -> Simulated:
    """As many others with the same weights, who answer as somebody of them does."""
    rng, weights = np.random.default_rng(seed), humans.weights
    said = humans.answers[rng.choice(len(weights), len(weights), p=weights / weights.sum())]
    return Simulated(said, weights, certain(said, 5))


def by_place(rows: Any) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        found.setdefault((row["condition"], row["subgroup"]), {})[row["name"]] = row
    return found


def test_a_subgroups_floors_are_those_of_its_people_alone(tmp_path: Path) -> None:
    """By other random splits: within five standard errors."""
    made = stored(tmp_path, sampled=500)
    found = by_place(human_floors.rows(made))
    people, rng = made.people, np.random.default_rng(99)
    for name, rows, sampled in (
        ("all", slice(None), 500), ("sex=man", slice(MEN), MEN),
        ("sex=woman", slice(MEN, None), 500 - MEN),
    ):  # fmt: skip
        theirs = (people.answers[rows], [5] * 4, people.weights[rows], 200)
        expected = {
            "floor": floors.floor(*theirs, rng=rng),
            "floor_at_n": floors.floor_at(sampled, *theirs, rng=rng),
        }
        counts = {"floor": len(people.answers[rows]), "floor_at_n": sampled}
        for floor, values in expected.items():
            assert {one for one in found[floor, name] if "/" not in one} == set(FLOOR)
            for figure in ("wd", "tv", "fro"):
                row, error = found[floor, name][figure], values[f"{figure}_sd"] * np.sqrt(2 / 200)
                assert row["value"] == pytest.approx(values[figure], abs=5 * error)
                assert row["n"] == counts[floor]
            assert found[floor, name]["alpha"]["value"] == pytest.approx(values["alpha"])


def test_small_subgroups_that_are_as_their_humans_are_lie_within_their_own_floor(
    tmp_path: Path,
) -> None:
    """By the floor of all people every second one would look bad."""
    made = stored(tmp_path)
    floor = by_place(human_floors.rows(made))
    men = made.people.only(made.groups[1].members)
    found = np.array([compare(men, like_the(men, seed))["wd_drawn"] for seed in range(60)])

    def reach(subgroup: str) -> float:
        sized = floor["floor_at_n", subgroup]
        return float(sized["wd"]["value"] + 1.96 * sized["wd_sd"]["value"])

    assert (found <= reach("sex=man")).mean() > 0.9
    assert (found > reach("all")).mean() > 0.3


@pytest.mark.parametrize(
    ("men", "sampled", "there"), [(2, 3, True), (1, 3, False), (0, 3, False), (40, 0, False)]
)
def test_a_subgroup_of_fewer_than_two_people_on_a_side_has_no_floors(
    tmp_path: Path, men: int, sampled: int, there: bool
) -> None:
    found = by_place(human_floors.rows(stored(tmp_path, men, people=60, sampled=sampled)))
    assert (("floor", "sex=man") in found) is (("floor_at_n", "sex=man") in found) is there
    assert ("floor", "all") in found

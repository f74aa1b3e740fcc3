"""Figures of single questions in subgroups: those of the subgroup's people alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_model import small_study
from people import correlated_people, some_weights

from anthology.models.database.arrays import People, Simulation
from anthology.models.measuring import conditions, human_floors
from anthology.models.measuring.groups import groups
from anthology.models.measuring.stored import Stored
from anthology.models.statistics.by_item.names import names, of_conditions, of_floors

PEOPLE, SIMULATED, OPTIONS, ITEMS = 90, 70, 4, 3
TRAITS = {"age": ["young", "old"], "sex": ["man", "woman"]}
GROUPS = ["all", "sex=man", "sex=woman", "age=young * sex=man", "age=old * sex=woman",
          "arm=left", "arm=right"]  # fmt: skip


def stored(folder: Path, stories: int | None = None) -> Stored:
    """People of uneven weights, every tenth of them 0, in cells that are as good as random."""
    options = {str(k): k for k in range(OPTIONS)}
    questions = {
        f"q{j}": {"question": f"{j}?", "options": options, "ordered": j != 1} for j in range(ITEMS)
    }
    study = small_study(
        folder, conditions=["none"], questionnaire={"questions": questions},
        arms={"texts": {"left": "Read this.", "right": "Read that."}},
        measures={"splits": 40, "bootstrap": 40, "subgroups": ["sex", "age*sex"]},
    )  # fmt: skip
    rng, weights = np.random.default_rng(3), some_weights(PEOPLE)
    weights[::10] = 0
    people = People(
        correlated_people(PEOPLE, ITEMS, OPTIONS, missing=0.1), weights,
        rng.integers(0, 2, (PEOPLE, 2)), rng.integers(0, 2, PEOPLE),
    )  # fmt: skip
    shape = SIMULATED, ITEMS
    simulation = Simulation(
        correlated_people(SIMULATED, ITEMS, OPTIONS, seed=8, missing=0.05),
        [rng.dirichlet(np.ones(OPTIONS), SIMULATED) for _ in range(ITEMS)],
        np.ones(shape), np.zeros(shape, dtype=bool), np.full(shape, np.nan),
        None if stories is None else np.arange(SIMULATED) % stories, list(range(ITEMS)),
    )  # fmt: skip
    return Stored(study, SIMULATED, people, {"none": simulation}, {}, list(groups(study, people)))


def by_place(rows: Any) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        found.setdefault((row["condition"], row["subgroup"]), {})[row["name"]] = row
    return found


def members(people: People, group: str) -> tuple[np.ndarray, np.ndarray]:
    """The humans, and the respondents whose doubles are compared with them, by the group's name."""
    humans = people.weights > 0
    doubles = humans.copy()
    for part in group.split(" * ") if group != "all" else ():
        trait, option = part.split("=")
        if trait == "arm":
            doubles &= people.arms == ["left", "right"].index(option)
        else:
            place = list(TRAITS).index(trait)
            humans &= people.traits[:, place] == TRAITS[trait].index(option)
            doubles &= people.traits[:, place] == TRAITS[trait].index(option)
    return humans, doubles[:SIMULATED]


def shares(answers: np.ndarray, weights: np.ndarray) -> np.ndarray:
    each = np.array([weights[answers == k].sum() for k in range(OPTIONS)])
    return each / each.sum()


@pytest.mark.parametrize("group", GROUPS)
def test_a_question_is_compared_among_a_subgroups_people_alone(tmp_path: Path, group: str) -> None:
    made = stored(tmp_path)
    found = by_place(conditions.rows(made))["none", group]
    humans, doubles = members(made.people, group)
    simulation = made.simulations["none"]
    for j in range(ITEMS):
        asked = made.people.answers[:, j]
        p = shares(asked[humans], made.people.weights[humans])
        there = doubles & (asked[:SIMULATED] >= 0)  # the same people on both sides
        weights = made.people.weights[:SIMULATED][there]
        mean = weights @ simulation.probabilities[j][there] / weights.sum()
        drawn = shares(simulation.answers[there, j], weights)
        tv = found[f"item/q{j}/tv"]
        assert tv["value"] == pytest.approx(abs(p - mean).sum() / 2)
        assert tv["n"] == there.sum()
        assert tv["low"] <= tv["value"] <= tv["high"]
        assert found[f"item/q{j}/tv_drawn"]["value"] == pytest.approx(abs(p - drawn).sum() / 2)
        own = simulation.probabilities[j][there, asked[:SIMULATED][there]]
        agreement = found[f"item/q{j}/agreement"]["value"]
        assert agreement == pytest.approx(weights @ own / weights.sum())
        if j == 1:
            assert f"item/q{j}/wd" not in found
        else:
            above = abs(np.cumsum(p - mean))[:-1].sum()
            assert found[f"item/q{j}/wd"]["value"] == pytest.approx(above)


def test_every_subgroup_has_every_figure_of_every_question_and_the_means_are_of_these(
    tmp_path: Path,
) -> None:
    made = stored(tmp_path)
    found, floors = by_place(conditions.rows(made)), by_place(human_floors.rows(made))
    asked = [(question.name, question.ordered) for question in made.study.compared]
    for group in made.groups:
        of_it = found["none", group.name]
        assert names(asked, of_conditions) == {name for name in of_it if "/" in name}
        for figure in ("tv", "tv_drawn", "js", "agreement"):
            values = [of_it[f"item/q{j}/{figure}"]["value"] for j in range(ITEMS)]
            assert np.mean(values) == pytest.approx(of_it[figure]["value"])
        for floor in ("floor", "floor_at_n"):
            of_it = floors[floor, group.name]
            assert names(asked, of_floors) == {name for name in of_it if "/" in name}
            values = [of_it[f"item/q{j}/tv"]["value"] for j in range(ITEMS)]
            assert np.mean(values) == pytest.approx(of_it["tv"]["value"])
            assert {of_it[f"item/q{j}/tv_sd"]["n"] for j in range(ITEMS)} == {of_it["tv"]["n"]}


def test_floors_of_a_question_in_a_subgroup_are_what_its_own_humans_score(tmp_path: Path) -> None:
    """Both sides drawn with replacement, as many as there are: within five standard errors."""
    made, rng = stored(tmp_path), np.random.default_rng(5)
    found = by_place(human_floors.rows(made))["floor_at_n", "age=young * sex=man"]
    humans, doubles = members(made.people, "age=young * sex=man")
    answers, weights = made.people.answers[humans, 1], made.people.weights[humans]
    values = []
    for _ in range(4000):
        draws = (rng.integers(0, len(answers), size) for size in (len(answers), doubles.sum()))
        one, other = (shares(answers[drawn], weights[drawn]) for drawn in draws)
        values.append(abs(one - other).sum() / 2)
    error = np.std(values) / np.sqrt(40)
    assert found["item/q1/tv"]["value"] == pytest.approx(np.mean(values), abs=5 * error)
    assert found["item/q1/tv_sd"]["value"] == pytest.approx(np.std(values), rel=0.6)
    assert found["item/q1/tv"]["n"] == doubles.sum()


def test_intervals_in_a_subgroup_know_that_stories_are_shared(tmp_path: Path) -> None:
    def width(stories: int | None) -> float:
        found = by_place(conditions.rows(stored(tmp_path, stories)))["none", "sex=man"]
        rows = [found[f"item/q{j}/agreement"] for j in range(ITEMS)]
        return float(np.mean([row["high"] - row["low"] for row in rows]))

    assert width(3) > 1.3 * width(None)
    one = by_place(conditions.rows(stored(tmp_path, 1)))["none", "sex=man"]["item/q0/tv"]
    assert one["value"] is not None
    assert one["low"] is None


def test_a_question_that_nobody_of_a_subgroup_answered_has_no_figures_there(tmp_path: Path) -> None:
    made = stored(tmp_path)
    _, doubles = members(made.people, "sex=man")
    made.simulations["none"].answers[doubles, 2] = -1
    made.simulations["none"].probabilities[2][doubles] = np.nan
    found = by_place(conditions.rows(made))
    assert "item/q2/tv" not in found["none", "sex=man"]
    assert "item/q2/tv" in found["none", "sex=woman"]
    assert "item/q1/tv" in found["none", "sex=man"]

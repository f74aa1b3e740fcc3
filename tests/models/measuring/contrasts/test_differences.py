"""Contrasts of a study as rows: humans and conditions, with clusters of shared personas."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_model import small_study
from people import certain, correlated_people, some_weights
from scipy import stats

from anthology.models.database.arrays import People, Simulation
from anthology.models.measuring.contrasts import differences as contrasts
from anthology.models.measuring.groups import groups
from anthology.models.measuring.stored import Stored

PEOPLE, SAMPLED, OPTIONS = 90, 60, 5
GAP = {"trait": "sex", "groups": ["man"], "ratings": [["q0", "-q1"], "q2"], "name": "gap"}


def stored(folder: Path, *made: Any, personas: Any = None, weighted: bool = False) -> Stored:
    options = {str(k): k for k in range(OPTIONS)}
    questions = {f"q{j}": {"question": f"{j}?", "options": options} for j in range(3)}
    study = small_study(folder, conditions=["none"], questionnaire={"questions": questions},
                        measures={"contrasts": list(made)})  # fmt: skip
    weights = some_weights(PEOPLE) if weighted else np.ones(PEOPLE)
    sex = np.arange(PEOPLE) % 2
    known = People(correlated_people(PEOPLE, items=3, missing=0.1), weights,
                   np.stack([np.zeros_like(sex), sex], axis=1))  # fmt: skip
    answers = correlated_people(SAMPLED, items=3, seed=5, missing=0.0)
    nothing = np.full(answers.shape, np.nan)
    simulation = Simulation(answers, certain(answers, OPTIONS), nothing, answers < 0, nothing,
                            personas, [0, 1, 2])  # fmt: skip
    return Stored(study, SAMPLED, known, {"none": simulation}, {}, list(groups(study, known)))


def found(made: Stored) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["condition"], row["name"]): row for row in contrasts.rows(made)}


def test_humans_and_doubles_have_welchs_t_of_those_who_answered(tmp_path: Path) -> None:
    made = stored(tmp_path, "sex")
    rows = found(made)
    name, people = "q1 of sex=man less sex=woman", made.people
    silent = people.answers[:, 1] < 0
    for condition, answers in (
        ("humans", people.answers[:, 1]), ("none", made.simulations["none"].answers[:, 1])
    ):  # fmt: skip
        n = len(answers)
        man = people.traits[:n, 1] == 0
        given = ~silent[:n]  # doubles have the questions that their humans answered
        one, other = answers[man & given], answers[~man & given]
        known = stats.ttest_ind(one, other, equal_var=False)
        assert rows[condition, f"t of {name}"]["value"] == pytest.approx(known.statistic)
        assert rows[condition, f"p of {name}"]["value"] == pytest.approx(known.pvalue)
        mean = rows[condition, f"mean_one of {name}"]
        assert (mean["value"], mean["n"]) == (pytest.approx(one.mean() + 1), len(one))
        assert rows[condition, f"difference of {name}"]["n"] == len(one) + len(other)
    differences = [rows[who, f"difference of {name}"]["value"] for who in ("none", "humans")]
    assert rows["none", f"apart of {name}"]["value"] == pytest.approx(np.subtract(*differences))
    assert ("humans", f"apart of {name}") not in rows


def test_a_rating_is_the_mean_of_items_some_turned_round_of_who_answered_all(
    tmp_path: Path,
) -> None:
    made = stored(tmp_path, GAP)
    people = made.people
    men = (people.traits[:, 1] == 0) & (people.answers >= 0).all(axis=1)
    q0, q1, q2 = (people.answers[men] + 1).T
    known = stats.ttest_rel((q0 + (OPTIONS + 1 - q1)) / 2, q2)
    rows = found(made)
    assert rows["humans", "t of gap"]["value"] == pytest.approx(known.statistic)
    assert rows["humans", "difference of gap"]["n"] == men.sum()
    ends = tuple(rows["humans", "difference of gap"][end] for end in ("low", "high"))
    assert ends == pytest.approx(tuple(known.confidence_interval()))


def test_ratings_that_nobody_gave_both_of_are_none_of_the_same_people(tmp_path: Path) -> None:
    made = stored(tmp_path, GAP)
    made.people.answers[::4, 2] = -1  # men 0, 4, 8, …, and all other men have no first rating
    made.people.answers[2::4, 0] = -1
    assert found(made) == {}


def test_few_personas_are_no_more_people_than_they_are(tmp_path: Path) -> None:
    """Five, who stand for men and women alike."""
    name = "df of q0 of sex=man less sex=woman"
    shared = found(stored(tmp_path, "sex", personas=np.arange(SAMPLED) % 5))
    assert shared["none", name]["value"] <= 4
    assert found(stored(tmp_path, "sex"))["none", name]["value"] > 40


def test_weights_change_the_means_and_the_number_of_people_that_they_are(tmp_path: Path) -> None:
    name = "q0 of sex=man less sex=woman"
    plain, weighted = (found(stored(tmp_path, "sex", weighted=way)) for way in (False, True))
    for who in ("humans", "none"):
        mean = f"mean_one of {name}"
        assert weighted[who, mean]["value"] != pytest.approx(plain[who, mean]["value"])
        df = f"df of {name}"
        assert weighted[who, df]["value"] < plain[who, df]["value"]


def test_without_contrasts_there_is_nothing(tmp_path: Path) -> None:
    assert found(stored(tmp_path)) == {}


def test_by_mean_probabilities_people_count_as_likely_as_they_answer(tmp_path: Path) -> None:
    """Beside what is of drawn answers, which does not change."""
    made = stored(tmp_path, "sex", weighted=True)
    before, rng = found(made), np.random.default_rng(3)
    shares = rng.dirichlet(np.ones(OPTIONS), size=SAMPLED)
    answering = rng.uniform(0.2, 1, size=(SAMPLED, 1))
    made.simulations["none"].probabilities[1][:] = shares * answering
    rows, name = found(made), "q1 of sex=man less sex=woman"
    given, man = made.people.answers[:SAMPLED, 1] >= 0, made.people.traits[:SAMPLED, 1] == 0
    weights = made.people.weights[:SAMPLED] * answering[:, 0]
    means = [
        np.average(shares[who] @ np.arange(1, OPTIONS + 1), weights=weights[who])
        for who in (given & man, given & ~man)
    ]
    value = rows["none", f"difference_expected of {name}"]["value"]
    assert value == pytest.approx(means[0] - means[1])
    assert rows["none", f"mean_one_expected of {name}"]["value"] == pytest.approx(means[0])
    humans = rows["humans", f"difference of {name}"]["value"]
    assert rows["none", f"apart_expected of {name}"]["value"] == pytest.approx(value - humans)
    assert ("humans", f"difference_expected of {name}") not in rows
    for key, row in before.items():
        assert "expected" in key[1] or rows[key] == row


def test_certain_answers_are_the_same_drawn_and_on_average(tmp_path: Path) -> None:
    rows = found(stored(tmp_path, "sex", GAP, personas=np.arange(SAMPLED) % 20, weighted=True))
    for name in ("q0 of sex=man less sex=woman", "gap"):
        for figure in ("mean_one", "mean_other", "difference", "apart"):
            drawn, average = (
                rows["none", f"{figure}{kind} of {name}"] for kind in ("", "_expected")
            )
            for end in ("value", "low", "high"):
                assert average[end] == pytest.approx(drawn[end])

"""Which conclusion holds in how many studies: counted by hand on made figures."""

from typing import Any

import pytest
from finished_study import small_study

from anthology.models.statistics.figures import FIGURES
from anthology.producer.comparison.conclusions import concluded, spread
from anthology.producer.comparison.differences import differences
from anthology.producer.comparison.words import BY_NAME, closer_than, sentences

WD, ALPHA, MASS = (BY_NAME[name] for name in ("wd", "alpha", "label_mass"))


def studies(count: int, alpha: float | None = None) -> list[dict[str, Any]]:
    return [
        {
            "study": f"s{n}",
            "floor": {"alpha": alpha},
            "settings": {"seed": str(n), "model": "AB"[n % 2]},
        }
        for n in range(count)
    ]


def rows(name: str, values: dict[str, list[float | None]]) -> list[dict[str, Any]]:
    return [
        {"study": f"s{n}", "condition": condition, name: value}
        for condition, each in values.items()
        for n, value in enumerate(each)
    ]


def test_counts_leave_ties_and_undefined_figures_out():
    values = {"none": [3, 3, 1, 2], "bio": [2, 1, 1, None], "own": [1, 2, 3, None]}
    [found] = concluded(studies(4), rows("wd", values), [WD])
    assert found["closest"] == [
        {"condition": "bio", "in": 1, "of": 3},
        {"condition": "own", "in": 1, "of": 3},
        {"condition": "none", "in": 0, "of": 3},
    ]
    assert {(p["condition"], p["than"]): (p["in"], p["of"]) for p in found["closer"]} == {
        ("bio", "none"): (2, 3), ("own", "none"): (2, 3), ("bio", "own"): (2, 3),
    }  # fmt: skip
    assert found["by_setting"] == {"model": {"A": {"in": 0, "of": 2}, "B": {"in": 1, "of": 1}}}
    assert found["tau"]["pairs"] == 3


def compared(figure: str, condition: str, other: str, by: float, p: float | None) -> dict[str, Any]:
    row = {"figure": figure, "condition": condition, "other": other, "p_holm": p, "closer_by": by}
    return row | {"low": by, "high": by}


def test_a_conclusion_says_in_how_many_studies_the_same_people_settle_it_or_its_opposite():
    """Sure for bio, sure for none, unsure, undefined; of another figure."""
    told = studies(5)
    told[0]["paired"] = [compared("wd", "none", "bio", -1, 0.01)]
    told[1]["paired"] = [compared("wd", "none", "bio", 1, 0.01)]
    told[2]["paired"] = [compared("wd", "none", "bio", -1, 0.2)]
    told[3]["paired"] = [compared("wd", "none", "bio", -1, None)]
    told[4]["paired"] = [compared("tv", "none", "bio", -1, 0.01)]
    [found] = concluded(told, rows("wd", {"none": [2, 1, 2, 2, 2], "bio": [1, 2, 1, 1, 1]}), [WD])
    [pair] = found["closer"]
    assert pair == {
        "condition": "bio", "than": "none", "in": 4, "of": 5,
        "settled": 1, "opposed": 1, "compared": 3,
    }  # fmt: skip
    said = sentences({"apart": None, "conclusions": [found]})
    assert "closer than “none” in 4 of 5 (settled in 1 of 3, the opposite in 1)." in said[0]
    assert "Holm" in said[-1]


def test_orders_that_are_alike_and_turned_round_are_told_apart():
    values = {"a": [1, 1, 3], "b": [2, 2, 2], "c": [3, 3, 1]}
    [found] = concluded(studies(3), rows("wd", values), [WD])
    assert found["tau"] == {"mean": pytest.approx(-1 / 3), "smallest": -1.0, "pairs": 3}


def test_closest_on_alpha_is_nearest_to_the_humans_own():
    values = {"none": [0.9, 0.9], "bio": [0.6, 0.3]}
    for humans, times in ((0.65, 1), (0.5, 2)):
        [found] = concluded(studies(2, alpha=humans), rows("alpha", values), [ALPHA])
        wins = {one["condition"]: one["in"] for one in found["closest"]}
        assert wins == {"bio": times, "none": 2 - times}


def test_how_answers_were_read_concludes_nothing_of_humans():
    assert concluded(studies(2), rows("label_mass", {"a": [1, 1], "b": [0, 0]}), [MASS]) == []


def test_every_figure_that_is_a_headline_can_be_concluded_from_or_is_left_out():
    """A new row of the table of figures needs nothing here."""
    for figure in FIGURES:
        found = concluded(studies(2, 0.2), rows(figure.name, {"a": [0, 0], "b": [1, 1]}), [figure])
        said = sentences({"apart": None, "conclusions": found})
        assert len(said) == (3 if found else 1)


def test_the_spread_is_of_the_studies_that_have_a_figure():
    found = spread(rows("wd", {"a": [3, None, 1, 2], "b": [None] * 4}), [WD])
    assert found == [
        {"condition": "a", "figure": "wd", "low": 1, "median": 2.0, "high": 3, "of": 3}
    ]


def test_only_settings_that_differ_are_told_and_names_of_pools_only_where_nothing_else_does():
    one = small_study("one")
    assert list(differences([one, small_study("two")])) == ["pool.name"]
    other = small_study("two", seed=8, style={"labels": "digits"})
    assert differences([one, other]) == {"seed": ["7", "8"], "style.labels": ["upper", "digits"]}


def test_figures_that_are_added_are_told_only_where_nothing_else_differs_and_lists_in_words():
    one = small_study("one", conditions=["none", "bio"])
    more = {**one.spec["measures"], "contrasts": ["gender"], "labelled": "all", "subgroups": []}
    two = small_study("two", conditions=["none", "bio"], measures=more)
    assert set(differences([one, two])) == {
        "measures.subgroups", "measures.contrasts", "measures.labelled", "pool.name",
    }  # fmt: skip
    other = small_study("two", conditions=["none"], measures=more)
    assert differences([one, other]) == {"conditions": ["none, bio", "none"]}


def test_settled_in_no_study_is_a_number_beside_a_condition_that_is_called_none():
    pair = {"condition": "bio", "than": "none", "in": 2, "of": 2, "settled": 0, "opposed": 0}
    assert closer_than({"closer": [{**pair, "compared": 2}]}, "bio") == [
        "“none” in 2 of 2 (settled in 0)"
    ]

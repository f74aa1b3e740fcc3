"""Scales and differences between groups of several studies beside each other."""

import re
from html import unescape
from typing import Any

import pytest
from finished_study import fill, small_study, some_humans

from anthology.models.database.sessions import open_database
from anthology.producer.comparison import by_contrast, by_scale
from anthology.producer.comparison.compared import compared
from anthology.producer.comparison.page import page
from anthology.producer.comparison.table import header, rows
from anthology.producer.comparison.words import sentences
from anthology.producer.reporting.findings import findings

MEASURES = {"splits": 4, "bootstrap": 20}
NAME = "spend of gender=Male less gender=Female"
WITH = {"scales": {"E": ["spend", "-war"]}, "measures": {**MEASURES, "contrasts": ["gender"]}}
STUDIES: dict[str, dict[str, Any]] = {
    "a": WITH,
    "b": {**WITH, "seed": 8, "conditions": ["none", "bio"]},
    "c": {"measures": MEASURES, "conditions": ["none", "bio"]},
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[str, Any]]:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('compared') / 'a.db'}")
    for name, changes in STUDIES.items():
        study = small_study(name, **{"conditions": ["none", "natural/greedy"], **changes})
        fill(database, study, some_humans(study, 60, 40))
    own = {name: findings(database, name) for name in STUDIES}
    return compared(database, list(STUDIES)), own


def test_every_study_has_its_own_and_one_without_has_none(found: Any) -> None:
    together, own = found
    for kind, mine in (
        ("scales", lambda one: one["scales"]),
        ("contrasts", lambda one: one["contrasts"]["comparisons"]),
    ):
        expected = [{"study": name, **entry} for name in "ab" for entry in mine(own[name])]
        assert together[kind] == expected != []


def test_the_flat_table_has_them_beside_each_condition_and_nothing_where_there_are_none(
    found: Any,
) -> None:
    together, own = found
    head, body = header(together), list(rows(together))
    assert {len(row) for row in body} == {len(head)}
    assert len(set(head)) == len(head)
    cells = {
        (row[0], row[head.index("condition")]): dict(zip(head, row, strict=True)) for row in body
    }
    bio = own["b"]["scales"][0]["conditions"][1]
    mine = cells["b", "bio"]
    assert (mine["scale/E/alpha"], mine["scale/E/wd_high"]) == (
        bio["alpha"]["value"], bio["wd"]["high"],
    )  # fmt: skip
    assert mine["scale/E/alpha_humans"] == own["b"]["scales"][0]["humans"]["alpha"]["value"]
    assert mine["scale/E/wd_floor_at_n"] == own["b"]["scales"][0]["floor_at_n"]["wd"]
    gap = own["b"]["contrasts"]["comparisons"][0]
    assert mine[f"difference of {NAME}_low"] == gap["conditions"][1]["difference_low"]
    assert mine[f"difference of {NAME}_humans"] == gap["humans"]["difference"]
    others = [value for name, value in cells["c", "bio"].items() if "/" in name or " of " in name]
    assert others
    assert set(others) == {None}


def test_each_studys_paired_comparisons_say_what_it_settles(found: Any) -> None:
    pairs = [pair for one in found[0]["conclusions"] for pair in one["closer"]]
    assert any(pair["compared"] for pair in pairs)


def test_scales_go_from_the_smallest_to_the_largest_over_the_studies_that_have_them(
    found: Any,
) -> None:
    together, own = found
    alphas = [own[name]["scales"][0]["conditions"][0]["alpha"]["value"] for name in "ab"]
    spread = {(one["condition"], one["figure"]): one for one in together["scales_spread"]}
    one = spread["none", "alpha"]
    assert (one["low"], one["high"], one["of"]) == (min(alphas), max(alphas), 2)
    assert one["median"] == pytest.approx(sum(alphas) / 2)
    assert spread["bio", "alpha"]["of"] == 1


def one(study: str, condition: str, difference: float, same: bool | None) -> dict[str, Any]:
    row = {"condition": condition, "difference": difference, "same_sign": same}
    side = {"group": "sex=man", "items": ["a", "-b"]}
    return {"study": study, "comparison": "gap", "humans": {"difference": 2}, "conditions": [row],
            "one": side, "other": {**side, "items": ["c"]}}  # fmt: skip


def test_signs_are_counted_of_what_the_humans_settle() -> None:
    made = [one("a", "none", 1, True), one("b", "none", -3, False), one("c", "none", 0.5, None)]
    [sign] = by_contrast.signs(made)
    assert (sign["in"], sign["of"]) == (1, 2)
    assert sign["difference"] == {"low": -3, "median": 0.5, "high": 1, "of": 3}
    assert sign["humans"] == {"low": 2, "median": 2, "high": 2, "of": 3}
    made_up = {"apart": None, "conclusions": [], "contrast_signs": [sign]}
    assert sentences(made_up)[-1].endswith("the same sign have “none” 1 of 2.")
    assert by_contrast.signs([]) == by_scale.spread([]) == []


def test_a_name_that_stands_for_several_is_said_and_not_counted(found: Any) -> None:
    made = [one("a", "none", 1, True), one("b", "none", -3, False)]
    made[1]["one"] = {"group": "sex=man", "items": ["-b", "a"]}
    assert by_contrast.signs(made)[0]["of"] == 2  # the same items
    made[1]["one"] = {"group": "sex=man", "items": ["a", "b"]}
    assert by_contrast.signs(made) == []
    other = {**found[0]["scales"][1], "items": ["spend", "war"]}
    scales = [found[0]["scales"][0], other]
    assert by_scale.spread(scales) == []
    told = {**found[0], "scales": scales, "scales_spread": [], "ambiguous": ["E", "gap"]}
    text = unescape(page(told))
    assert "E and gap are not made of the same in all studies, so nothing is said of th" in text
    assert "Scales of every study" in text


def test_the_page_has_a_section_of_each_where_any_study_has_some(found: Any) -> None:
    text = unescape(page(found[0]))
    sections = re.findall(r'<h2 id="[^"]*">([^<]*)</h2>', text)
    assert sections.index("Scales") + 1 == sections.index("Differences between groups")
    assert NAME.replace("=", " = ") in text
    assert "<small>of 1</small>" in text  # “bio” is in one of both studies alone
    bare = {**found[0], "scales": [], "scales_spread": [], "contrasts": [], "contrast_signs": []}
    assert "Differences between groups" not in page(bare)

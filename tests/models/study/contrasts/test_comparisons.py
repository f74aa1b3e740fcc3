"""`measures.contrasts` of a study file: what is compared, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from fake_model import study_fields
from study_files import changed, load, refusal

from anthology.models.study.contrasts.comparisons import Comparison, comparisons
from anthology.models.study.study import Study

SCALE = {"low": 1, "middle": 2, "high": 3}
QUESTIONS = {
    "warmth": {"question": "Warm?", "options": SCALE},
    "trust": {"question": "Trust?", "options": SCALE},
    "war": {"question": "War?", "options": {"no": 1, "yes": 2}},
    "job": {"question": "Job?", "options": {"a": 1, "b": 2, "c": 3}, "ordered": False},
}
PARTY = {"question": "Party?", "bio": "I am {}.", "ordered": False,
         "options": {"left": 1, "right": 2, "none": 3}}  # fmt: skip


def fields(*contrasts: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(changed("measures.contrasts", list(contrasts))))
    made["traits"]["party"] = PARTY
    made["questionnaire"]["questions"] = QUESTIONS
    return made


def made(study: Study) -> list[Comparison]:
    return comparisons(study.measures.contrasts, study.traits, study.compared)


def test_a_trait_alone_compares_each_two_groups_on_every_item_with_an_order(tmp_path: Path) -> None:
    study = load(tmp_path, fields("party"))
    pairs = [("left", "right"), ("left", "none"), ("right", "none")]
    assert [one.name for one in made(study)] == [
        f"{item} of party={first} less party={last}"
        for first, last in pairs for item in ("warmth", "trust", "war")
    ]  # fmt: skip
    assert Study.from_spec(study.spec) == study


def test_groups_and_items_may_be_named(tmp_path: Path) -> None:
    study = load(tmp_path, fields(
        {"trait": "party", "groups": ["right", "left"], "items": ["war"]}, "sex",
        {"trait": "sex", "items": ["war"]},
    ))  # fmt: skip
    found = made(study)
    assert found[0].name == "war of party=right less party=left"
    assert (found[0].one.option, found[0].other.option) == (1, 0)
    assert len(found) == 1 + 3  # what is there already is not made again


def test_ratings_are_of_the_same_people_or_of_two_groups(tmp_path: Path) -> None:
    study = load(tmp_path, fields(
        {"trait": "party", "groups": ["left"], "ratings": [["warmth", "-trust"], "trust"],
         "name": "hostility of the left"},
        {"trait": "party", "groups": ["left", "right"], "ratings": ["warmth", "trust"]},
    ))  # fmt: skip
    within, between = made(study)
    assert within.name == "hostility of the left"
    assert within.one.group == within.other.group == "party=left"
    assert within.one.items == ("warmth", "-trust")
    assert between.name == "warmth of party=left less trust of party=right"
    assert (between.one.items, between.other.option) == (("warmth",), 1)


@pytest.mark.parametrize(
    ("contrast", "message"),
    [
        ("race", "measures.contrasts.0.trait: names 'race', which is not a trait; the traits are "),
        ({"trait": "sex", "groups": ["man"]}, "groups has 1: name two to compare"),
        ({"trait": "sex", "groups": ["man", "man"]}, "groups names 'man' twice"),
        ({"trait": "party", "groups": ["left", "green"]},
         "0.groups: names 'green', which is no option of party; it has left, right, none"),
        ({"trait": "sex", "items": ["job"]}, "items: names 'job', whose options have no order"),
        ({"trait": "sex", "items": ["jobs"]}, "names 'jobs', which is no closed question with a "
         "column; did you mean 'job'?"),
        ({"trait": "sex", "name": "gap"}, "name is of a contrast of ratings"),
        ({"trait": "sex", "groups": ["man"], "ratings": ["war"]}, "ratings has 1: name two, of"),
        ({"trait": "sex", "ratings": ["war", "-war"]}, "ratings needs groups: one, "),
        ({"trait": "sex", "groups": ["man"], "ratings": ["war", "war"]}, "the same twice"),
        ({"trait": "sex", "groups": ["man"], "ratings": ["war", "--war"]}, "should be at most 64"),
        ({"trait": "sex", "groups": ["man"], "ratings": ["war", ["trust", "-warmth"]]},
         "ratings: has 'war' with 2 options and 'warmth' with 3; name alike ones"),
        ({"trait": "sex", "groups": ["man"], "ratings": ["war", "trust"], "items": ["war"]},
         "items and ratings exclude each other"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused_in_one_sentence(
    tmp_path: Path, contrast: Any, message: str
) -> None:
    said = refusal(tmp_path, fields(contrast))
    assert any(message in line for line in said), said


def test_two_comparisons_of_one_name_are_refused(tmp_path: Path) -> None:
    gap = {"trait": "sex", "groups": ["man"], "name": "gap"}
    (said,) = refusal(tmp_path, fields({**gap, "ratings": ["warmth", "trust"]},
                                       {**gap, "ratings": ["trust", "warmth"]}))  # fmt: skip
    assert "contrasts.1: makes a second comparison called 'gap'; give it a name" in said


def test_without_humans_there_are_no_groups_to_compare(tmp_path: Path) -> None:
    alone = study_fields(
        humans=None, conditions=[{"pool": "natural"}], measures={"contrasts": ["sex"]},
        pools={"natural": {"count": 4, "prompt": "Tell me."}},
    )  # fmt: skip
    alone = {key: value for key, value in alone.items() if key not in ("humans", "pool")}
    (said,) = refusal(tmp_path, alone)
    assert "measures.contrasts.0: is of groups of respondents, and humans: is missing" in said


def test_a_study_without_contrasts_is_stored_as_it_was(tmp_path: Path) -> None:
    plain, empty = load(tmp_path, study_fields()), load(tmp_path, changed("measures.contrasts", []))
    assert "contrasts" not in plain.spec["measures"]
    assert empty.digest == plain.digest
    assert load(tmp_path, changed("measures.contrasts", ["sex"])).digest != plain.digest

"""What a submission finds out of primed pools: how many respondents, and all that they are told."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import study_fields
from primed import primed_study

from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.surveys.stories.primed_stories import with_respondents

TRAITS: dict[str, Any] = study_fields()["traits"]


def trait(**changes: Any) -> dict[str, Any]:
    return {"traits": {**TRAITS, "sex": {**TRAITS["sex"], **changes}}}


def submitted(folder: Path, **changes: Any) -> Study:
    study = primed_study(folder, **changes)
    return with_respondents(study, read_humans(study))


def told(folder: Path, **changes: Any) -> str:
    return str(submitted(folder, **changes).spec["pools"]["primed"]["told"])


def test_it_has_a_story_for_each_respondent_that_is_simulated(tmp_path: Path) -> None:
    assert submitted(tmp_path).pools["primed"].count == 8
    sampled = {"file": "humans.csv", "sample": 5}
    assert submitted(tmp_path, humans=sampled).pools["primed"].count == 5


def test_what_is_told_is_the_same_in_every_version(tmp_path: Path) -> None:
    assert told(tmp_path).startswith("72dd044de593")


@pytest.mark.parametrize(
    "changes",
    [
        {"study": "other"},
        {"conditions": ["none", {"pool": "primed"}]},
        {"seed": 8},
        trait(column="sex", ordered=False, options_order="random"),
        {"humans": {"file": "humans.csv"}},
    ],
)
def test_who_is_told_the_same_shares_its_stories(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert told(tmp_path, **changes) == told(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        trait(question="Your sex?"),
        trait(bio="My sex is {}."),
        trait(portray="You are a {}."),
        trait(options={"male": 1, "woman": 2}),
        trait(options={"man": 2, "woman": 1}),
        {"traits": dict(reversed(TRAITS.items()))},
        {"traits": {"sex": TRAITS["sex"]}},
        {"traits_order": "shuffled"},
        {"style": {"labels": "digits"}},
        {"style": {"reminder": "never"}},
        {"questionnaire": {**study_fields()["questionnaire"], "readout": "text"}},
        {"people": 9},
        {"humans": {"file": "humans.csv", "sample": 7}},
    ],
)
def test_who_is_told_something_else_does_not(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert told(tmp_path, **changes) != told(tmp_path)


def test_another_seed_shuffles_what_is_told_otherwise(tmp_path: Path) -> None:
    shuffled = {"traits_order": "shuffled"}
    assert told(tmp_path, **shuffled) != told(tmp_path, **shuffled, seed=8)

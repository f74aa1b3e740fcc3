"""Primed pools in a study file: what must be there, what they are told by, what they are."""

from pathlib import Path
from typing import Any

import pytest
from primed import fields
from study_files import changed, load, refusal

from anthology.models.pools.primed import PrimedPool
from anthology.models.study.study import Study

AGE = {"question": "Age?", "bio": "Alter: {}", "options": {"young": 1, "old": 2}}
MATCHED = (
    "conditions.0: condition 'primed/greedy+qa' matches respondents with pool 'primed', which has "
    "a story for each, primed by its own traits; leave match out"
)


def primed(keys: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The fields of a study file."""
    found = {**changed("seed", 7), **fields(keys, **changes)}
    return {key: value for key, value in found.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"humans": None},
            "pools.primed.primed_by: is of respondents' traits, and humans is missing; leave "
            "primed_by out",
        ),
        (
            {"traits": {}, "measures": {}},
            "pools.primed.primed_by: primed_by of pool 'primed' tells respondents' own traits, and "
            "the study has none; name some",
        ),
        ({"conditions": [{"pool": "primed", "match": "greedy"}]}, MATCHED),
        (
            {"conditions": [{"pool": "others"}],
             "pools": {"primed": {"primed_by": "qa"}, "others": {"count": 9}}},
            "conditions.0: condition 'others' lets personas answer for themselves; give it match, "
            "or leave humans out",
        ),
        (
            {"conditions": [{"pool": "others", "append": "qa"}],
             "pools": {"primed": {"primed_by": "qa"}, "others": {"count": 9}}},
            "conditions.0: condition 'others+qa' lets personas answer for themselves; give it "
            "match, or leave humans out",
        ),
        (
            {"pools": {"natural": {"primed_by": "qa"}}, "conditions": ["natural/greedy"]},
            "conditions.0: condition 'natural/greedy' matches respondents with pool 'natural', "
            "which has a story for each, primed by its own traits; leave match out",
        ),
        (
            {"pools": {"primed": {"primed_by": "portray"}}, "traits": {"age": AGE}, "measures": {}},
            "traits.age: primed_by of pool 'primed' needs portray here, a sentence in the second "
            'person with {} for the answer: the bio has no English "I" to turn round',
        ),
        (
            {"humans": None, "pools": {"others": {"count": 9}},
             "conditions": [{"pool": "others", "append": "bio"}]},
            "conditions.0.append: condition 'others+bio' appends the traits of respondents, and "
            "humans is missing; leave append out",
        ),
        (
            {"pools": {"primed": {"primed_by": "qa", "count": 9}}},
            "pools.primed: count is that of the simulated respondents, each of whom has one story; "
            "leave it out",
        ),
        (
            {"pools": {"primed": {"primed_by": "q"}}},
            "pools.primed.primed_by: should be 'bio', 'qa' or 'portray', found 'q'",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_in_one_sentence(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    (found,) = refusal(tmp_path, primed(**changes))
    assert found.partition(" (line")[0] == said


def test_traits_that_prime_as_questions_need_as_many_labels_as_they_have_options(
    tmp_path: Path,
) -> None:
    age = {"question": "Age?", "bio": "I am {}.", "options": {f"{n} years": n for n in range(27)},
           "asked_as": {f"{n}s": f"{n} years" for n in range(27)}}  # fmt: skip
    changes = {"traits": {"age": age}, "measures": {}, "polling": {"readout": "text"}}
    (found,) = refusal(tmp_path, primed(**changes))
    assert found.startswith("traits.age.options: 'age' has 27 options, but upper labels")
    load(tmp_path, primed({"primed_by": "bio"}, **changes))


def submitted(study: Study, told: str, count: int = 8) -> Study:
    pool = study.pools["primed"].model_copy(update={"count": count, "told": told})
    return study.model_copy(update={"pools": {"primed": pool}})


def test_the_stored_study_says_how_many_it_has_and_is_still_the_same_study(tmp_path: Path) -> None:
    study = load(tmp_path, primed())
    one, other = submitted(study, "abc"), submitted(study, "def", 9)
    assert study.digest == one.digest == other.digest
    stored = Study.from_spec(one.spec)
    pool = stored.pools["primed"]
    assert isinstance(pool, PrimedPool)
    assert (pool.count, pool.told) == (8, "abc")
    assert one.recipe(pool) != other.recipe(other.pools["primed"])
    assert Study.from_spec(study.spec) == study


def test_another_way_of_priming_is_another_study(tmp_path: Path) -> None:
    assert load(tmp_path, primed()).digest != load(tmp_path, primed({"primed_by": "bio"})).digest

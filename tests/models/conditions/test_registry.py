"""The table of conditions: every name once, every way whole."""

import pytest
from fake_model import ALL_CONDITIONS

from anthology.models.conditions.registry import BY_NAME, WAYS, named
from anthology.models.jobs.kinds import KINDS


def test_every_name_is_one_ways_alone() -> None:
    names = [name for way in WAYS for name in way.names]
    assert len(set(names)) == len(names)
    assert set(names) == set(BY_NAME) >= set(ALL_CONDITIONS)
    assert all(named(name).name == name for name in names)


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=f"'tarot' is not one of {', '.join(BY_NAME)}"):
        named("tarot")


def test_what_a_condition_waits_for_is_a_kind_of_jobs() -> None:
    kinds = set(KINDS)
    assert all(set(condition.before_survey) <= kinds for condition in BY_NAME.values())


@pytest.mark.parametrize(("personas", "refused"), [(4, True), (5, False)])
def test_only_pairs_of_one_to_one_need_as_many_personas_as_respondents(
    personas: int, refused: bool
) -> None:
    short = {name for name, way in BY_NAME.items() if way.shortage("p", personas, 5)}
    assert short == ({"natural/max_weight"} if refused else set())

"""The table of conditions: every word once, every way whole."""

from pathlib import Path

import pytest
from every_condition import every_condition
from fake_model import ALL_CONDITIONS

from anthology.models.conditions.registry import BY_WORD, WAYS, named
from anthology.models.jobs.kinds import KINDS
from anthology.models.study.study import Study


def test_every_word_is_one_ways_alone() -> None:
    words = [word for way in WAYS for word in way.words]
    assert len(set(words)) == len(words)
    assert set(words) == set(BY_WORD) >= set(ALL_CONDITIONS)
    assert all(named(word).name == word for word in words)


def test_the_study_of_every_condition_has_every_way(tmp_path: Path) -> None:
    study = Study.load(every_condition(tmp_path, "tiny"))
    assert {type(condition) for condition in study.conditions} == set(WAYS)


def test_an_unknown_word_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=f"'tarot' is not one of {', '.join(BY_WORD)}"):
        named("tarot")


def test_what_a_condition_waits_for_is_a_kind_of_jobs() -> None:
    kinds = set(KINDS)
    assert all(set(way.before_survey) <= kinds for way in WAYS)


@pytest.mark.parametrize(("personas", "refused"), [(4, True), (5, False)])
def test_only_pairs_of_one_to_one_need_as_many_personas_as_respondents(
    personas: int, refused: bool
) -> None:
    short = {word for word in BY_WORD if named(word).shortage("p", personas, 5)}
    assert short == ({"natural/max_weight"} if refused else set())

"""Whom a question is for, by their answers: the rule, the order, humans and personas alike."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_model import FakeEngine, run_study, small_study, study_fields
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session
from surveyed import answers

from anthology.models.database.arrays import load_people, load_simulation
from anthology.models.errors import InputError
from anthology.models.questionnaire.routing import after_what_they_follow, is_asked
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import read_humans

SHARED = {"options": {"too little": 1, "about right": 2, "too much": 3}}
QUESTIONS = {
    "roads": "Are we spending too much on roads?",
    "why": {"question": "On all of them?", "column": "parks", "ask_if": {"roads": "too much"}},
    "vote": {
        "question": "Did you vote?", "options": {"Yes": 1, "No": [2, 3]},
        "ask_if": {"sex": ["man"], "roads": ["too little", "too much"]},
    },
}  # fmt: skip


def routed(folder: Path, **changes: Any) -> Study:
    questionnaire = {**SHARED, "questions": QUESTIONS, **changes.pop("questionnaire", {})}
    return small_study(folder, questionnaire=questionnaire, conditions=["none", "bio"], **changes)


@pytest.mark.parametrize("in_series", [True, False])
def test_only_those_are_asked_who_answered_so(
    database: Engine, tmp_path: Path, in_series: bool
) -> None:
    study = routed(tmp_path, people=40, questionnaire={"in_series": in_series})
    run_study(database, study, FakeEngine())
    humans = list(read_humans(study).rows())
    given = {(a.condition, a.respondent, a.question): a for a in answers(database)}
    assert len(given) == 40 * 3 * 2
    asked = {"why": 0, "vote": 0}
    for (condition, person, question), answer in given.items():
        assert answer.error is None
        drawn = given[condition, person, "roads"].drawn
        man = humans[person]["traits"]["sex"] == 0
        wanted = {"roads": True, "why": drawn == 2, "vote": man and drawn in (0, 2)}[question]
        assert (answer.drawn is not None) == wanted
        if question in asked:
            asked[question] += wanted
    assert 0 < asked["why"] < 80
    assert 0 < asked["vote"] < 80


def test_humans_other_answers_do_not_count(tmp_path: Path) -> None:
    for human in read_humans(routed(tmp_path, people=40)).rows():
        said = human["answers"]
        assert said["why"] is None or said["roads"] == 2
        assert said["vote"] is None or (human["traits"]["sex"] == 0 and said["roads"] != 1)


def test_who_was_not_asked_is_not_missing_and_is_compared_with_those_who_were(
    database: Engine, tmp_path: Path
) -> None:
    study = routed(tmp_path, people=40)
    run_study(database, study, FakeEngine())
    with Session(database) as session:
        people = load_people(session, 1, study)
        simulation = load_simulation(session, 1, study, "none", 40)
    everybody = np.ones(40, dtype=bool)
    assert not simulation.readings(everybody).missing.any()
    compared = simulation.only(everybody, people)
    asked = simulation.answers[:, 1] >= 0
    human = people.answers[:, 1] >= 0
    assert (asked & ~human).any(), "else the rule is not tried"
    assert ((compared.answers[:, 1] >= 0) == asked).all()


def test_a_question_comes_after_those_it_follows(tmp_path: Path) -> None:
    study = routed(tmp_path)
    for person in range(50):
        names = [planned.question.name for planned in study.plan("none", person)]
        assert names.index("roads") < min(names.index("why"), names.index("vote"))
    first = {study.plan("none", person)[1].question.name for person in range(50)}
    assert first == {"why", "vote"}, "what may be shuffled still is"


@given(st.permutations("abcde"), st.data())
def test_nothing_else_moves(order: list[str], data: st.DataObject) -> None:
    """Rules are about letters before their own; questions that follow nothing keep their order."""
    about = {
        x: data.draw(st.sets(st.sampled_from("abcde"[:i]))) if i else set()
        for i, x in enumerate("abcde")
    }
    routes = {x: dict.fromkeys(names, frozenset({0})) for x, names in about.items()}
    found = after_what_they_follow(order, order, routes)
    assert sorted(found) == sorted(order)
    assert all(found.index(name) < found.index(x) for x, names in about.items() for name in names)
    if not any(about.values()):
        assert found == order


def test_who_did_not_answer_is_not_asked() -> None:
    rule = {"a": frozenset({0, 2})}
    assert [is_asked(rule, {"a": a}) for a in (0, 1, 2, None)] == [True, False, True, False]
    assert not is_asked(rule, {})
    assert is_asked({}, {})


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"tarot": "Yes"}, "why.ask_if: names 'tarot', which is no trait and no closed question"),
        ({"vote": "Yes"}, "ask_if: names 'vote', which is no trait and no closed question listed"),
        ({"roads": "Yes"}, "why.ask_if.roads: 'Yes' is not an option of 'roads'"),
        ({"roads": []}, "ask_if.roads: needs at least 1, found 0"),
    ],
)
def test_a_rule_about_nothing_is_refused(tmp_path: Path, rule: Any, said: str) -> None:
    questions = {**QUESTIONS, "why": {**QUESTIONS["why"], "ask_if": rule}}  # type: ignore[dict-item]
    with pytest.raises(InputError, match=said):
        routed(tmp_path, questionnaire={"questions": questions})


def test_studies_without_rules_are_stored_as_before(tmp_path: Path) -> None:
    assert "ask_if" not in str(small_study(tmp_path, **study_fields()).spec)

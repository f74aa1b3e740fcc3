"""Stored people and answers as arrays: everybody in their row, what is missing as missing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_model import small_study, store
from sqlalchemy import Engine, insert
from sqlmodel import Session

from anthology.models.database.arrays import People, load_people, load_polls, load_simulation
from anthology.models.database.sessions import open_database, reading, writing
from anthology.models.database.tables import Answer, Poll
from anthology.models.statistics.metrics import mean_distribution
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import read_humans


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return small_study(tmp_path, people=5)


@pytest.fixture
def session(tmp_path: Path, study: Study) -> Iterator[Session]:
    engine: Engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    store(engine, study)
    with writing(engine) as writer:
        writer.execute(insert(Answer), [answer(3, "vote", 1, [0.25, 0.75]), answer(0, "roads", 2)])
        writer.execute(insert(Answer), [answer(1, "roads", None, None, error="too long")])
        writer.execute(insert(Answer), [answer(2, "roads", 0, condition="bio")])
        keys = {name: study.poll_key(trait) for name, trait in study.traits.items()}
        writer.execute(
            insert(Poll),
            [
                poll(4, keys["age"], [0.1, 0.9]),
                poll(0, keys["sex"], [0.6, 0.4]),
                poll(1, keys["sex"], None, error="too long"),
                poll(2, "another trait", [1.0, 0.0]),
                poll(9, keys["age"], [1.0, 0.0]),  # of a study that uses more of the pool
            ],
        )
    with reading(engine) as found:
        yield found
    engine.dispose()


def answer(
    respondent: int, question: str, drawn: int | None, shares: list[float] | None = None,
    condition: str = "none", error: str | None = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    if drawn is not None:
        shares = shares or [0.2, 0.3, 0.5]
    return {
        "study_id": 1, "condition": condition, "respondent": respondent, "question": question,
        "persona": None, "place": 0, "shown": [1, 0, 2], "probabilities": shares,
        "label_mass": None if error else 0.9, "drawn": drawn, "job_id": 1, "error": error, **more,
    }  # fmt: skip


def poll(
    number: int, key: str, shares: list[float] | None, error: str | None = None
) -> dict[str, Any]:
    return {
        "pool_id": 1, "number": number, "trait_key": key, "trait": "t", "probabilities": shares,
        "label_mass": None, "shown": [0, 1], "job_id": 1, "error": error,
    }  # fmt: skip


def test_humans_are_in_the_order_of_their_numbers(session: Session, study: Study) -> None:
    people = load_people(session, 1, study)
    humans = read_humans(study)
    assert people.weights.tolist() == humans.weights
    assert people.answers.T.tolist() == [
        humans.answers[name] for name in ("roads", "parks", "vote")
    ]
    assert people.traits.T.tolist() == [humans.traits["age"], humans.traits["sex"]]
    some = people.only(np.array([True, False, False, True, False]))
    assert some.weights.tolist() == [humans.weights[0], humans.weights[3]]


def test_answers_are_in_the_row_of_their_respondent_and_the_column_of_their_question(
    session: Session, study: Study
) -> None:
    found = load_simulation(session, 1, study, "none", 5)
    assert found.answers.tolist() == [
        [2, -1, -1], [-1, -1, -1], [-1, -1, -1], [-1, -1, 1], [-1, -1, -1],
    ]  # fmt: skip
    assert found.probabilities[0][0].tolist() == [0.2, 0.3, 0.5]
    assert found.probabilities[2][3].tolist() == [0.25, 0.75]
    assert np.isnan(found.probabilities[0][1]).all()
    assert [item.shape for item in found.probabilities] == [(5, 3), (5, 3), (5, 2)]
    assert np.isnan(found.label_mass).sum() == 13
    assert found.answered.tolist() == [True, False, False, True, False]


def test_a_part_of_the_simulated_people_keeps_their_rows_together(
    session: Session, study: Study
) -> None:
    found = load_simulation(session, 1, study, "none", 5)
    people = People(np.zeros((5, 3), dtype=np.int64), np.arange(5.0), np.zeros((5, 2), np.int64))
    some = found.only(found.answered, people)
    assert some.answers.tolist() == [[2, -1, -1], [-1, -1, 1]]
    assert some.weights.tolist() == [0.0, 3.0]
    assert some.probabilities[2][1].tolist() == [0.25, 0.75]
    assert some.personas is None


def test_what_a_respondent_did_not_answer_the_double_has_not_answered_either(
    session: Session, study: Study
) -> None:
    found = load_simulation(session, 1, study, "none", 5)
    asked = np.zeros((7, 3), dtype=np.int64)  # two humans more than are simulated
    asked[3, 2] = -1
    some = found.only(found.answered, People(asked, np.ones(7), np.zeros((7, 2), np.int64)))
    assert some.answers.tolist() == [[2, -1, -1], [-1, -1, -1]]
    assert np.isnan(some.probabilities[2]).all()
    assert some.probabilities[0][0].tolist() == [0.2, 0.3, 0.5]
    assert found.answers[3, 2] == 1


def test_personas_are_numbered_among_those_that_are_left(tmp_path: Path, study: Study) -> None:
    engine: Engine = open_database(f"sqlite:///{tmp_path / 'p.db'}")
    store(engine, study)
    stories = (7, 4, 7, 2, 4)
    with writing(engine) as writer:
        writer.execute(
            insert(Answer), [answer(n, "roads", 0, persona=p) for n, p in enumerate(stories)]
        )
    with reading(engine) as session:
        found = load_simulation(session, 1, study, "none", 5)
        people = load_people(session, 1, study)
    engine.dispose()
    some = found.only(np.array([True, True, True, False, True]), people)
    assert some.personas is not None
    assert some.personas.tolist() == [1, 0, 1, 0]


def test_the_label_mass_of_what_no_valid_answer_was_given_to_counts(
    refused: Session, refusing: Study
) -> None:
    with writing(refused.get_bind()) as writer:
        writer.execute(insert(Answer), [answer(4, "vote", None, error="none", label_mass=0.0)])
    found = load_simulation(refused, 1, refusing, "none", 5)
    assert found.label_mass[4, 0] == 0
    assert not found.answered[4]
    assert np.isnan(found.probabilities[0][4]).all()


def test_polls_are_in_the_row_of_their_persona_and_only_this_studys(
    session: Session, study: Study
) -> None:
    age, sex = load_polls(session, 1, study, 9)
    assert age.shape == sex.shape == (9, 2)
    assert age[4].tolist() == [0.1, 0.9]
    assert sex[0].tolist() == [0.6, 0.4]
    assert np.isnan(age).sum() == np.isnan(sex).sum() == 16


# --- refusals and free text ----------------------------------------------------------------------


REFUSING = {
    "questions": {
        "why": {"question": "Why?", "free_text": True},
        "vote": {"question": "Did you vote?", "options": {"Yes": 1, "No": [2, 3]},
                 "refusal": "Rather not"},
        "roads": {"question": "Roads?", "options": {"Little": 1, "Right": 2, "Much": 3}},
    }
}  # fmt: skip


@pytest.fixture
def refusing(tmp_path: Path) -> Study:
    return small_study(tmp_path, people=5, questionnaire=REFUSING)


@pytest.fixture
def refused(tmp_path: Path, refusing: Study) -> Iterator[Session]:
    engine: Engine = open_database(f"sqlite:///{tmp_path / 'r.db'}")
    store(engine, refusing)
    vote = [
        answer(0, "vote", 0, [0.5, 0.5], refusal=0.2),
        answer(1, "vote", 2, [1.0, 0.0], refusal=0.75),
        answer(2, "vote", 2, None, refusal=1.0) | {"probabilities": None},
        answer(3, "vote", None, None, error="too long", refusal=None),
    ]
    with writing(engine) as writer:
        writer.execute(insert(Answer), vote)
        writer.execute(
            insert(Answer),
            [answer(3, "roads", 0), answer(0, "why", None, text="So.", label_mass=None)],
        )
    with reading(engine) as found:
        yield found
    engine.dispose()


def test_a_drawn_refusal_is_no_answer_and_not_missing(refused: Session, refusing: Study) -> None:
    found = load_simulation(refused, 1, refusing, "none", 5)
    assert found.answers.tolist() == [[0, -1], [-1, -1], [-1, -1], [-1, 0], [-1, -1]]
    assert np.flatnonzero(found.refused[:, 0]).tolist() == [1, 2]
    assert not found.refused[:, 1].any()
    assert found.answered.tolist() == [True, True, True, True, False]


def test_probabilities_are_of_drawing_an_option_and_sum_to_what_refusals_leave(
    refused: Session, refusing: Study
) -> None:
    found = load_simulation(refused, 1, refusing, "none", 5)
    vote, roads = found.probabilities
    np.testing.assert_allclose(vote[:3], [[0.4, 0.4], [0.25, 0], [0, 0]])
    assert np.isnan(vote[3:]).all()
    assert roads[3].tolist() == [0.2, 0.3, 0.5]
    np.testing.assert_allclose(found.refusal[:, 0], [0.2, 0.75, 1, np.nan, np.nan])
    assert np.isnan(found.refusal[:, 1]).all()


def test_their_mean_is_the_distribution_that_those_who_answer_draw_from(
    refused: Session, refusing: Study
) -> None:
    """Many draws of everybody: an outcome each, of which only options are counted."""
    found = load_simulation(refused, 1, refusing, "none", 5)
    weights, joint = np.array([1.0, 3.0, 2.0, 1.0, 1.0]), found.probabilities[0]
    rng = np.random.default_rng(0)
    counts = np.zeros(2)
    for person in range(3):
        outcomes = [*joint[person], found.refusal[person, 0]]
        counts += weights[person] * rng.multinomial(200_000, outcomes)[:2]
    expected = counts / counts.sum()
    np.testing.assert_allclose(mean_distribution(joint, weights), expected, atol=0.005)


def test_whoever_surely_refuses_leaves_nothing_undefined_and_weighs_nothing(
    refused: Session, refusing: Study
) -> None:
    joint = load_simulation(refused, 1, refusing, "none", 5).probabilities[0]
    without = mean_distribution(joint[:2])
    assert mean_distribution(joint[:3]).tolist() == without.tolist()
    assert np.isnan(mean_distribution(joint[2:3])).all()  # nobody else: no distribution

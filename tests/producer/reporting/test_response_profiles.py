"""What the report shows of people: distributions of those who answer, matches, label priors."""

import numpy as np
import pytest
from finished_study import fill, full_study, small_study, some_humans
from sqlalchemy import select, update
from sqlmodel import Session, col

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Answer, Match, Poll, StudyRow
from anthology.models.study.study import Study
from anthology.producer.reporting.response_profiles import (
    label_priors,
    matchings,
    response_profiles,
    uninformed_weight,
)


@pytest.fixture
def filled(tmp_path):
    """Writes a study, and gives a session with its row and the study as it is stored."""
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")

    def write(study):
        fill(database, study, some_humans(study))
        with Session(database) as session:
            row = session.execute(select(StudyRow)).scalar_one()
            return database, row, Study.from_spec(row.spec)

    return write


def groups_of(database, row, study):
    with Session(database) as session:
        return response_profiles(session, row, study)


def test_shares_are_among_those_who_answer_and_refusals_stand_apart(filled):
    database, row, study = filled(full_study())
    humans, *simulated = groups_of(database, row, study)
    assert humans.refusal is None
    for group in simulated:
        assert [len(shares) for shares in group.shares] == [3, 2, 2]
        assert all(shares.sum() == pytest.approx(1) for shares in group.shares)
        assert group.refusal[0] == pytest.approx(0.2)
        assert np.isnan(group.refusal[1:]).all()


def test_who_would_rather_refuse_counts_for_less_in_a_distribution(filled):
    database, row, study = filled(full_study())
    asked = (col(Answer.condition) == "none", col(Answer.question) == "spend")
    certain = {0: [1.0, 0.0, 0.0], 1: [0.0, 1.0, 0.0]}
    with writing(database) as session:
        session.execute(update(Answer).where(*asked).values(refusal=1.0, probabilities=None))
        for number, shares in certain.items():
            session.execute(
                update(Answer).where(*asked, col(Answer.respondent) == number)
                .values(refusal=[0.0, 0.5][number], probabilities=shares)
            )  # fmt: skip
    weights = some_humans(study).weights
    expected = np.array([weights[0], 0.5 * weights[1], 0.0])
    found = groups_of(database, row, study)[1].shares[0]
    assert found == pytest.approx(expected / expected.sum())


def test_a_question_that_everybody_refuses_has_no_distribution(filled):
    database, row, study = filled(full_study())
    with writing(database) as session:
        session.execute(
            update(Answer).where(col(Answer.question) == "spend", col(Answer.drawn).is_not(None))
            .values(refusal=1.0, probabilities=None, drawn=3)
        )  # fmt: skip
    for group in groups_of(database, row, study)[1:]:
        assert np.isnan(group.shares[0]).all()
        assert group.refusal[0] == 1.0
        assert not np.isnan(group.shares[1]).any()


def test_label_priors_are_probabilities_of_the_labels_as_shown(filled):
    database, row, study = filled(full_study(debias="label_prior"))
    with Session(database) as session:
        found = label_priors(session, row, study)
    assert [prior.condition for prior in found] == [
        c for c in study.condition_names for _ in (3, 4)
    ]
    for prior in found:
        assert list(prior.shares) == [*"ABCD"][: len(prior.shares)]
        assert sum(prior.shares.values()) == pytest.approx(1)
    assert found[0].shares == pytest.approx({"A": 3 / 6, "B": 2 / 6, "C": 1 / 6})


def test_without_a_calibration_there_are_no_label_priors(filled):
    database, row, study = filled(full_study())
    with Session(database) as session:
        assert label_priors(session, row, study) == []


def test_matchings_have_the_weights_that_polls_gave(filled):
    database, row, study = filled(small_study())
    with Session(database) as session:
        found = matchings(session, row, study)
        best = {}
        for key, shares in session.execute(select(col(Poll.trait_key), col(Poll.probabilities))):
            best[key] = max(best.get(key, 0), *shares)
    assert [matching.method for matching in found] == ["greedy", "max_weight"]
    assert all(len(matching.weights) == 8 for matching in found)
    assert found[1].personas == 8
    assert found[1].largest_reuse == 1
    assert max(m.weights.max() for m in found) <= np.prod(list(best.values()))


def test_a_matching_tells_how_evenly_it_uses_whom_and_how_well_they_fit(filled):
    database, row, study = filled(small_study())
    for respondent, (persona, weight) in enumerate(
        [(0, 0.5), (0, 0.25), (0, 0.0), (3, 0.25), (3, 0.125), (5, 0.125), (5, 0.0), (5, 0.75)]
    ):
        with writing(database) as session:
            session.execute(
                update(Match)
                .where(col(Match.method) == "greedy", col(Match.respondent) == respondent)
                .values(persona=persona, weight=weight)
            )
    with Session(database) as session:
        greedy, one_to_one = matchings(session, row, study)
    assert greedy.figures == {
        "matching": "greedy", "conditions": ["natural/greedy"], "respondents": 8, "personas": 3,
        "effective_personas": pytest.approx(64 / (9 + 4 + 9)), "mean_reuse": pytest.approx(8 / 3),
        "largest_reuse": 3, "mean_weight": 0.25, "median_weight": 0.1875, "zero_weights": 0.25,
    }  # fmt: skip
    assert one_to_one.figures["effective_personas"] == pytest.approx(8)


def test_a_persona_about_whom_polls_say_nothing_has_equal_chances():
    assert uninformed_weight(small_study()) == pytest.approx(1 / 6)

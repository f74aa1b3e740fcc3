"""Written answers beside the readout: what is counted, by hand, and as sampling theory has it."""

import json

import pytest
from finished_study import PARSED, REFUSED, fill, full_study, small_study, some_humans
from sqlalchemy import delete, insert, select
from sqlmodel import col

from anthology.models.conditions.none import NoContext
from anthology.models.database.sessions import open_database, reading, writing
from anthology.models.database.tables import Answer
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.reporting.readout_checks import readout_checks, written_answers


@pytest.fixture
def sqlite(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield database
    database.dispose()


def written(first, choice, attempts=1):
    return {"first": "f", "first_choice": first, "attempts": attempts, "final": "l",
            "choice": choice}  # fmt: skip


def answer(respondent, question, samples, **found):
    row = {"study_id": 1, "condition": "none", "respondent": respondent, "question": question,
           "place": 0, "shown": [], "probabilities": None, "refusal": None, "drawn": None,
           "job_id": 1, "samples": samples, "error": None}  # fmt: skip
    return row | found


def stored(database, study, rows, count=readout_checks):
    """What `count` says of a study whose only answers are these rows."""
    fill(database, study, some_humans(study), measured=False)
    with writing(database) as session:
        session.execute(delete(Answer))
        session.execute(insert(Answer), rows)
    return counted(database, study, count)


def counted(database, study, count):
    with reading(database) as session:
        found = count(session, find_study(session, study.study), study)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return {(entry.pop("condition"), entry.pop("question")): entry for entry in found}


def alone(study):
    """The study without its pool, quicker to fill with many people."""
    return study.model_copy(update={"conditions": [NoContext(condition="none")], "pool": None})


# --- the check -----------------------------------------------------------------------------------


def test_agreement_is_what_the_readout_gave_to_what_was_written(sqlite):
    """`war` is asked as Never, Hardly (both No) and =Always (Yes)."""
    rows = [
        answer(0, "war", [written(1, 1)], probabilities=[0.25, 0.75], drawn=0),
        answer(1, "war", [written(2, 2)], probabilities=[0.5, 0.5], drawn=0),
        answer(2, "war", [written(None, None)], probabilities=[1.0, 0.0], drawn=0),
        answer(3, "war", None, probabilities=[1.0, 0.0], drawn=0),
        answer(4, "war", [written(0, 0)], error="the model gave no finite probability"),
    ]
    assert stored(sqlite, full_study(), rows)["none", "war"] == {
        "n": 3,
        "parsed": pytest.approx(2 / 3),
        "agreement": pytest.approx((0.25 + 0.5) / 2),
        "expected": pytest.approx((0.25**2 + 0.75**2 + 0.5) / 2),
        "same": 0.5,
    }


def test_a_refusal_is_an_outcome_of_its_own(sqlite):
    rows = [
        answer(0, "spend", [written(3, 3)], probabilities=[1.0, 0.0, 0.0], refusal=0.4, drawn=3),
        answer(1, "spend", [written(0, 0)], probabilities=[1.0, 0.0, 0.0], refusal=0.4, drawn=0),
        answer(2, "spend", [written(3, 3)], probabilities=None, refusal=1.0, drawn=3),
    ]
    found = stored(sqlite, full_study(), rows)["none", "spend"]
    assert found["agreement"] == pytest.approx((0.4 + 0.6 + 1) / 3)
    assert found["expected"] == pytest.approx((0.52 + 0.52 + 1) / 3)
    assert found["same"] == 1


def test_written_answers_drawn_from_the_readout_agree_as_often_as_expected(database):
    study = alone(full_study())
    people = 1200
    fill(database, study, some_humans(study, people, people), measured=False)
    found = counted(database, study, readout_checks)
    assert [key[1] for key in found] == ["spend", "war", "visits"]
    for entry in found.values():
        # the last person's last answer is an error
        assert people - 1 <= entry["n"] <= people
        assert entry["parsed"] == pytest.approx(PARSED, abs=0.05)
        assert entry["agreement"] == pytest.approx(entry["expected"], abs=0.02)
        assert entry["same"] == pytest.approx(entry["expected"], abs=0.06)


def test_a_question_that_nobody_was_checked_on_is_all_null(sqlite):
    found = stored(sqlite, full_study(), [answer(0, "why", None, text="So.")])
    assert len(found) == 3 * 3
    assert found["none", "visits"] == {
        "n": 0, "parsed": None, "agreement": None, "expected": None, "same": None,
    }  # fmt: skip


def test_a_study_without_checks_lists_none(sqlite):
    study = small_study()
    fill(sqlite, study, some_humans(study), measured=False)
    assert counted(sqlite, study, readout_checks) == {}
    assert counted(sqlite, study, written_answers) == {}


# --- written answers -----------------------------------------------------------------------------


def sampling():
    return full_study(readout_check=0.0, readout="sample", samples=2)


def test_shares_are_given_with_and_without_asking_again(sqlite):
    rows = [
        answer(0, "war", [written(0, 0), written(None, 2, 4)], drawn=0),
        answer(1, "war", [written(1, 1), written(None, None, 9)], drawn=0),
    ]
    assert stored(sqlite, sampling(), rows, written_answers)["none", "war"] == {
        "answers": 4,
        "attempts": (1 + 4 + 1 + 9) / 4,
        "first_parsed": 0.5,
        "unparsed": 1,
        "shares": [pytest.approx(2 / 3), pytest.approx(1 / 3)],
        "first_shares": [1.0, 0.0],
        "first_unparsed": 0.5,
    }


def test_an_answer_that_was_given_up_counts_though_it_is_an_error(sqlite):
    rows = [answer(0, "spend", [written(None, None, 9)] * 2, error="no option could be read")]
    found = stored(sqlite, sampling(), rows, written_answers)
    assert found["none", "spend"] == {
        "answers": 2, "attempts": 9.0, "first_parsed": 0.0, "unparsed": 2, "shares": None,
        "first_shares": None, "first_unparsed": 1.0,
    }  # fmt: skip
    assert found["none", "visits"] == {
        "answers": 0, "attempts": None, "first_parsed": None, "unparsed": 0, "shares": None,
        "first_shares": None, "first_unparsed": None,
    }  # fmt: skip


def test_written_refusals_are_the_last_share(database):
    study = alone(sampling())
    fill(database, study, some_humans(study, 500, 500), measured=False)
    found = counted(database, study, written_answers)
    spend = found["none", "spend"]
    assert 998 <= spend["answers"] <= 1000
    assert len(spend["shares"]) == len(spend["first_shares"]) == 4
    assert sum(spend["shares"]) == pytest.approx(1)
    assert spend["shares"][3] == pytest.approx(REFUSED, abs=0.05)
    assert len(found["none", "visits"]["shares"]) == 2
    with reading(database) as session:
        samples = session.execute(
            select(col(Answer.samples)).where(col(Answer.question) == "spend")
        ).scalars()
        first = [sample["first_choice"] for each in samples for sample in each or ()]
    assert spend["first_parsed"] == pytest.approx(1 - first.count(None) / len(first))


@pytest.mark.parametrize("batch", [1, 7])
def test_reading_in_small_batches_counts_the_same(sqlite, monkeypatch, batch):
    study = sampling()
    fill(sqlite, study, some_humans(study), measured=False)
    before = counted(sqlite, study, written_answers)
    monkeypatch.setattr("anthology.producer.reporting.readout_checks.BATCH", batch)
    assert counted(sqlite, study, written_answers) == before

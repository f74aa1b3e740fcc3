"""The report's examples: the personas a seed picks, with everything they said."""

import numpy as np
import pytest
from finished_study import HOSTILE_STORY, fill, full_study, hostile_story, small_study, some_humans
from sqlalchemy import delete, update
from sqlmodel import Session, col

from anthology.models.database.sessions import open_database, reading, writing
from anthology.models.database.tables import Answer, StudyRow
from anthology.models.study.study import Study
from anthology.producer.reporting.example_personas import LONGEST, examples


@pytest.fixture
def written(tmp_path):
    """A study with every kind of question, in which one statement changes all stored answers."""
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    study = full_study()
    fill(database, study, some_humans(study))

    def answers(statement=None):
        if statement is not None:
            with writing(database) as session:
                session.execute(statement)
        with Session(database) as session:
            first = examples(session, session.get_one(StudyRow, 1), study, 1)[0]
        return {answer.name: answer for answer in first.answers}

    return answers


def change(question, **values):
    return update(Answer).where(col(Answer.question) == question).values(error=None, **values)


def test_examples_are_chosen_by_the_studys_seed_with_their_best_respondent(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    fill(database, small_study(), some_humans(small_study()))
    with reading(database) as session:
        row = session.get_one(StudyRow, 1)
        study = Study.from_spec(row.spec)
        first = examples(session, row, study, 3)
        again = examples(session, row, study, 3)
        seeds = {
            tuple(e.persona for e in examples(
                session, row, study.model_copy(update={"seed": seed}), 2))
            for seed in range(8)
        }  # fmt: skip
    assert [e.persona for e in first] == [e.persona for e in again]
    assert len(seeds) > 1
    for example in first:
        assert example.story == hostile_story(example.persona)
        assert HOSTILE_STORY in example.story
        polled = [p.shares[p.respondent] if p.respondent is not None else 1 / len(p.shares)
                  for p in example.polls]  # fmt: skip
        assert np.prod(polled) == pytest.approx(example.weight)


def test_every_question_is_listed_in_the_questionnaires_order_free_text_too(written):
    assert list(written()) == ["spend", "war", "visits", "why"]


def test_an_options_probability_is_that_of_drawing_it_refusals_included(written):
    answer = written(change("spend", drawn=2, probabilities=[0.1, 0.2, 0.7], refusal=0.4))["spend"]
    assert (answer.said, answer.counts_as) == ("Too much", None)
    assert answer.probability == pytest.approx(0.7 * 0.6)


def test_a_drawn_refusal_is_shown_as_its_text_with_its_probability(written):
    answer = written(change("spend", drawn=3, probabilities=None, refusal=1.0))["spend"]
    assert (answer.said, answer.counts_as) == ("Prefer not to say", "refusal")
    assert answer.probability == 1.0


def test_a_finer_answer_is_shown_with_the_option_it_counts_as(written):
    answer = written(change("war", drawn=0, text="Hardly", probabilities=[0.8, 0.2]))["war"]
    assert (answer.said, answer.counts_as) == ("Hardly", "No")
    assert answer.probability == pytest.approx(0.8)


def test_free_text_is_shown_without_a_probability_and_shortened_when_long(written):
    answer = written(change("why", text="x" * 5000))["why"]
    assert answer.said == "x" * LONGEST + "…"
    assert (answer.respondent, answer.probability) == (None, None)


def test_a_written_answer_is_shown_with_its_attempts(written):
    sample = {"first": "No.", "first_choice": None, "attempts": 3, "final": "B", "choice": 1}
    answer = written(change("spend", samples=[sample]))["spend"]
    assert (answer.written, answer.attempts) == ("B", 3)


def test_an_answer_that_could_not_be_taken_shows_why_and_what_was_written(written):
    sample = {"first": "Hm", "first_choice": None, "attempts": 2, "final": "Hm", "choice": None}
    values = {"drawn": None, "probabilities": None, "samples": [sample], "error": "no option"}
    statement = update(Answer).where(col(Answer.question) == "spend").values(**values)
    answer = written(statement)["spend"]
    assert (answer.said, answer.error, answer.written) == (None, "no option", "Hm")


def test_a_question_without_a_stored_answer_is_listed_as_empty(written):
    found = written(delete(Answer).where(col(Answer.question).in_(["spend", "why"])))
    assert [(found[name].said, found[name].error) for name in ("spend", "why")] == [
        (None, None)
    ] * 2
    assert found["war"].said is not None

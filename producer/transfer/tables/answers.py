"""The tables of an export about answers: as drawn, as probabilities, as written, label priors.

Probabilities of options leave a refusal out and sum to 1.
"""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.database.tables import Answer, LabelPrior, StudyRow
from anthology.models.study.study import Study
from anthology.producer.transfer.tables.base import (
    Table,
    from_one,
    option_rows,
    outcomes_of,
    share_at,
    stream,
    text_at,
)


def answers(session: Session, row: StudyRow, study: Study) -> Table:
    """One row for each answer; `place` is when it was asked, `shown` what was displayed.

    `drawn` may be the refusal, whose probability is in `refusal`; `probability` is of an option
    among the options. `text` is a free text, or the finer answer that counts as what was drawn.
    """
    outcomes = outcomes_of(study)
    choices = {question.name: question.choices for question in study.questions}
    columns = {"condition": str, "respondent": int, "question": str, "persona": int, "place": int,
               "drawn": str, "position": int, "probability": float, "label_mass": float,
               "refusal": float, "text": str, "shown": str, "error": str}  # fmt: skip
    rows = (
        (
            answer.condition, answer.respondent, answer.question, answer.persona, answer.place + 1,
            text_at(outcomes, answer.question, answer.drawn), from_one(answer.drawn),
            share_at(answer.probabilities, answer.drawn), answer.label_mass, answer.refusal,
            answer.text, " | ".join(choices[answer.question][i] for i in answer.shown),
            answer.error,
        )
        for answer in stream(session, _answers_of(row))
    )  # fmt: skip
    return Table("answers", columns, rows)


def answer_probabilities(session: Session, row: StudyRow, study: Study) -> Table:
    """One row for each option of each answer that was taken."""
    questions = {question.name: question for question in study.questions}
    columns = {"condition": str, "respondent": int, "question": str, "position": int,
               "option": str, "probability": float}  # fmt: skip
    rows = (
        (answer.condition, answer.respondent, answer.question, *option)
        for answer in stream(session, _answers_of(row))
        if answer.probabilities is not None
        for option in option_rows(questions[answer.question], answer.probabilities)
    )
    return Table("answer_probabilities", columns, rows)


def _answers_of(row: StudyRow) -> Any:
    return (
        select(
            col(Answer.condition), col(Answer.respondent), col(Answer.question),
            col(Answer.persona), col(Answer.place), col(Answer.drawn), col(Answer.probabilities),
            col(Answer.label_mass), col(Answer.refusal), col(Answer.text), col(Answer.shown),
            col(Answer.error),
        )
        .where(col(Answer.study_id) == row.id)
        .order_by(col(Answer.condition), col(Answer.respondent), col(Answer.question))
    )  # fmt: skip


def samples(session: Session, row: StudyRow, study: Study) -> Table:
    """One row for each written answer: the first attempt and the one that counted, with what was
    read from them (nothing, where no option was)."""
    outcomes = outcomes_of(study)
    bins = {question.name: question.bins for question in study.questions}
    columns = {"condition": str, "respondent": int, "question": str, "sample": int, "first": str,
               "first_option": str, "attempts": int, "final": str, "option": str}  # fmt: skip
    statement = (
        select(
            col(Answer.condition), col(Answer.respondent), col(Answer.question),
            col(Answer.samples),
        )
        .where(col(Answer.study_id) == row.id)
        .order_by(col(Answer.condition), col(Answer.respondent), col(Answer.question))
    )  # fmt: skip

    def option(question: str, choice: int | None) -> str | None:
        return None if choice is None else outcomes[question][bins[question][choice]]

    rows = (
        (
            condition, respondent, name, number, sample["first"],
            option(name, sample["first_choice"]), sample["attempts"], sample["final"],
            option(name, sample["choice"]),
        )
        for condition, respondent, name, samples
        in stream(session, statement, study.questionnaire.samples)
        for number, sample in enumerate(samples or (), start=1)
    )  # fmt: skip
    return Table("samples", columns, rows)


def label_priors(session: Session, row: StudyRow, study: Study) -> Table:
    """One row for each label of a calibration: what it gets whatever stands behind it."""
    columns = {"condition": str, "labels": int, "position": int, "label": str, "logprob": float,
               "n": int}  # fmt: skip
    statement = (
        select(LabelPrior)
        .where(col(LabelPrior.study_id) == row.id)
        .order_by(col(LabelPrior.condition), col(LabelPrior.labels))
    )
    rows = (
        (prior.condition, prior.labels, place + 1, study.style.label(place), logprob, prior.n)
        for (prior,) in stream(session, statement)
        for place, logprob in enumerate(prior.logprobs)
    )
    return Table("label_priors", columns, rows)

"""A study's stored data as plain tables of text and numbers, with the codebook to read them.

Options count from 1, a refusal comes after them; probabilities of options leave it out and sum to
1. Rows stream from the database; knows nothing of files, figures and pages.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.database.tables import (
    Answer,
    LabelPrior,
    Match,
    Metric,
    Persona,
    Poll,
    Respondent,
    StudyRow,
)
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.study.study import Study
from anthology.producer.reporting.engines import SHOWN, engine_rows

BATCH = 10_000
NAMES = ("codebook", "respondents", "personas", "traits", "matches", "answers",
         "answer_probabilities", "samples", "label_priors", "metrics", "engines")  # fmt: skip


@dataclass(frozen=True)
class Table:
    """One file: its name, its columns with their types, its rows as they come."""

    name: str
    columns: dict[str, type]
    rows: Iterable[tuple[Any, ...]]


def tables(session: Session, row: StudyRow, study: Study) -> Iterator[Table]:
    """All tables of a study, as `NAMES` says; their rows come while the session is open."""
    yield _codebook(study)
    yield _respondents(session, row, study)
    yield _personas(session, row, study)
    yield _traits(session, row, study)
    yield _matches(session, row)
    yield _answers(session, row, study)
    yield _answer_probabilities(session, row, study)
    yield _samples(session, row, study)
    yield _label_priors(session, row, study)
    yield _metrics(session, row)
    yield _engines(session, row)


def _engines(session: Session, row: StudyRow) -> Table:
    """What did the work, with the digest of its model's content, beside the model `asked` for."""
    columns = {"asked": str, "model": str, "content": str, "kind": str, "jobs": int, "engine": str}
    return Table("engines", columns | dict.fromkeys(SHOWN, str), engine_rows(session, row))


def _stream(session: Session, statement: Any, each: int = 1) -> Iterator[Any]:
    """Rows in batches, smaller ones where each row holds many of what is written."""
    return iter(session.execute(statement.execution_options(yield_per=max(1, BATCH // each))))


def _codebook(study: Study) -> Table:
    """What the columns of `respondents` and the positions everywhere mean.

    Each question has an `entry` for every option and for its refusal. Where personas are asked
    for something finer, a `choice` is what they can answer and the option that it counts as. Free
    text has an entry without options.
    """
    named: list[tuple[str, Question | OpenQuestion]] = [
        *(("trait", trait) for trait in study.traits.values()),
        *(("answer", question) for question in study.questionnaire.questions.values()),
    ]
    return Table(
        "codebook",
        {"kind": str, "name": str, "wording": str, "ordered": bool, "entry": str, "position": int,
         "option": str, "choice": str},
        (
            (kind, question.name, question.text, getattr(question, "ordered", None), *entry)
            for kind, question in named
            for entry in _entries(question)
        ),
    )  # fmt: skip


def _entries(
    question: Question | OpenQuestion,
) -> Iterator[tuple[str, int | None, str | None, str | None]]:
    if isinstance(question, OpenQuestion):
        yield "free text", None, None, None
        return
    outcomes = question.outcomes
    for position, option in enumerate(outcomes):
        kind = "option" if position < len(question.options) else "refusal"
        yield kind, position + 1, option, None
    if question.number or question.asked_as:
        for choice, position in zip(question.choices, question.bins, strict=True):
            if position < len(question.options):
                yield "choice", position + 1, outcomes[position], choice


def _respondents(session: Session, row: StudyRow, study: Study) -> Table:
    """The humans as encoded: positions as in the codebook, empty where missing."""
    traits, questions = list(study.traits), [question.name for question in study.questions]
    rows = _stream(
        session,
        select(
            col(Respondent.number), col(Respondent.source_id), col(Respondent.weight),
            col(Respondent.traits), col(Respondent.answers),
        ).where(col(Respondent.study_id) == row.id).order_by(col(Respondent.number)),
    )  # fmt: skip
    names = [f"trait_{name}" for name in traits] + [f"answer_{name}" for name in questions]
    simulated = row.respondents
    return Table(
        "respondents",
        {"respondent": int, "source_id": str, "weight": float, "simulated": bool}
        | dict.fromkeys(names, int),
        (
            (
                number, source_id, weight, number < simulated,
                *(_position(has[name]) for name in traits),
                *(_position(said[name]) for name in questions),
            )
            for number, source_id, weight, has, said in rows
        ),
    )  # fmt: skip


def _personas(session: Session, row: StudyRow, study: Study) -> Table:
    columns = {"persona": int, "story": str, "tokens": int, "finish_reason": str, "seed": int,
               "error": str}  # fmt: skip
    statement = (
        select(
            col(Persona.number), col(Persona.story), col(Persona.tokens),
            col(Persona.finish_reason), col(Persona.seed), col(Persona.error),
        )
        .where(col(Persona.pool_id) == row.pool_id, col(Persona.number) < _pool_size(study))
        .order_by(col(Persona.number))
    )  # fmt: skip
    return Table("personas", columns, (tuple(found) for found in _stream(session, statement)))


def _traits(session: Session, row: StudyRow, study: Study) -> Table:
    """One row for each option that a persona was polled on; no probability where that failed."""
    traits = {study.poll_key(trait): trait for trait in study.traits.values()}
    rows = _stream(
        session,
        select(Poll)
        .where(
            col(Poll.pool_id) == row.pool_id,
            col(Poll.number) < _pool_size(study),
            col(Poll.trait_key).in_(list(traits)),
        )
        .order_by(col(Poll.number), col(Poll.trait_key)),
    )
    return Table(
        "traits",
        {"persona": int, "trait": str, "position": int, "option": str, "probability": float,
         "label_mass": float, "refusal": float, "error": str},
        (
            (poll.number, traits[poll.trait_key].name, *option, poll.label_mass, poll.refusal,
             poll.error)
            for (poll,) in rows
            for option in _options(traits[poll.trait_key], poll.probabilities)
        ),
    )  # fmt: skip


def _matches(session: Session, row: StudyRow) -> Table:
    columns = {"method": str, "respondent": int, "persona": int, "weight": float}
    statement = (
        select(col(Match.method), col(Match.respondent), col(Match.persona), col(Match.weight))
        .where(col(Match.study_id) == row.id)
        .order_by(col(Match.method), col(Match.respondent))
    )
    return Table("matches", columns, (tuple(found) for found in _stream(session, statement)))


def _answers(session: Session, row: StudyRow, study: Study) -> Table:
    """One row for each answer; `place` is when it was asked, `shown` what was displayed.

    `drawn` may be the refusal, whose probability is in `refusal`; `probability` is of an option
    among the options. `text` is a free text, or the finer answer that counts as what was drawn.
    """
    outcomes = _outcomes(study)
    choices = {question.name: question.choices for question in study.questions}
    columns = {"condition": str, "respondent": int, "question": str, "persona": int, "place": int,
               "drawn": str, "position": int, "probability": float, "label_mass": float,
               "refusal": float, "text": str, "shown": str, "error": str}  # fmt: skip
    rows = (
        (
            answer.condition, answer.respondent, answer.question, answer.persona, answer.place + 1,
            _text(outcomes, answer.question, answer.drawn), _position(answer.drawn),
            _share(answer.probabilities, answer.drawn), answer.label_mass, answer.refusal,
            answer.text, " | ".join(choices[answer.question][i] for i in answer.shown),
            answer.error,
        )
        for answer in _stream(session, _answers_of(row))
    )  # fmt: skip
    return Table("answers", columns, rows)


def _answer_probabilities(session: Session, row: StudyRow, study: Study) -> Table:
    """One row for each option of each answer that was taken."""
    questions = {question.name: question for question in study.questions}
    columns = {"condition": str, "respondent": int, "question": str, "position": int,
               "option": str, "probability": float}  # fmt: skip
    rows = (
        (answer.condition, answer.respondent, answer.question, *option)
        for answer in _stream(session, _answers_of(row))
        if answer.probabilities is not None
        for option in _options(questions[answer.question], answer.probabilities)
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


def _samples(session: Session, row: StudyRow, study: Study) -> Table:
    """One row for each written answer: the first attempt and the one that counted, with what was
    read from them (nothing, where no option was)."""
    outcomes = _outcomes(study)
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
        in _stream(session, statement, study.questionnaire.samples)
        for number, sample in enumerate(samples or (), start=1)
    )  # fmt: skip
    return Table("samples", columns, rows)


def _label_priors(session: Session, row: StudyRow, study: Study) -> Table:
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
        for (prior,) in _stream(session, statement)
        for place, logprob in enumerate(prior.logprobs)
    )
    return Table("label_priors", columns, rows)


def _metrics(session: Session, row: StudyRow) -> Table:
    columns = {"condition": str, "subgroup": str, "name": str, "value": float, "low": float,
               "high": float, "n": int}  # fmt: skip
    statement = (
        select(
            col(Metric.condition), col(Metric.subgroup), col(Metric.name), col(Metric.value),
            col(Metric.low), col(Metric.high), col(Metric.n),
        )
        .where(col(Metric.study_id) == row.id)
        .order_by(col(Metric.condition), col(Metric.subgroup), col(Metric.name))
    )  # fmt: skip
    return Table("metrics", columns, (tuple(found) for found in _stream(session, statement)))


# --- cells ---------------------------------------------------------------------------------------


def _pool_size(study: Study) -> int:
    return study.pool.count if study.pool else 0


def _position(stored: int | None) -> int | None:
    """Stored positions count from 0, exported ones from 1."""
    return None if stored is None else stored + 1


def _outcomes(study: Study) -> dict[str, list[str]]:
    """By question what can be drawn: the options, then the refusal where one is offered."""
    return {question.name: question.outcomes for question in study.questions}


def _text(outcomes: dict[str, list[str]], question: str, position: int | None) -> str | None:
    return None if position is None else outcomes[question][position]


def _share(shares: list[float] | None, position: int | None) -> float | None:
    """None for a refusal, too, which is no option."""
    if shares is None or position is None or position >= len(shares):
        return None
    return shares[position]


def _options(
    question: Question, shares: list[float] | None
) -> Iterator[tuple[int, str, float | None]]:
    for position, option in enumerate(question.option_texts):
        yield position + 1, option, _share(shares, position)

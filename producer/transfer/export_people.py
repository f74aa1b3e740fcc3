"""The tables of an export about people: codebook, respondents, personas, traits, matches."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.database.study_pools import used_by
from anthology.models.database.tables import (
    Match,
    Persona,
    Poll,
    PoolRow,
    Respondent,
    StudyRow,
)
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.study.study import Study
from anthology.producer.transfer.export_base import Table, from_one, option_rows, stream


def codebook(study: Study) -> Table:
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


def respondents(session: Session, row: StudyRow, study: Study) -> Table:
    """The humans as encoded: positions as in the codebook, empty where missing."""
    traits, questions = list(study.traits), [question.name for question in study.compared]
    rows = stream(
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
                *(from_one(has[name]) for name in traits),
                *(from_one(said[name]) for name in questions),
            )
            for number, source_id, weight, has, said in rows
        ),
    )  # fmt: skip


def personas(session: Session, row: StudyRow, study: Study) -> Table:
    columns = {"persona": int, "story": str, "tokens": int, "finish_reason": str, "seed": int,
               "error": str}  # fmt: skip
    statement = (
        select(
            col(PoolRow.name), col(Persona.number), col(Persona.story), col(Persona.tokens),
            col(Persona.finish_reason), col(Persona.seed), col(Persona.error),
        )
        .join(PoolRow, col(PoolRow.id) == col(Persona.pool_id))
        .where(used_by(row.id, Persona))
        .order_by(col(Persona.pool_id), col(Persona.number))
    )  # fmt: skip
    rows = (tuple(found) for found in stream(session, statement))
    return _by_pool(study, Table("personas", columns, rows))


def traits(session: Session, row: StudyRow, study: Study) -> Table:
    """One row for each option that a persona was polled on; no probability where that failed."""
    traits = {study.poll_key(trait): trait for trait in study.traits.values()}
    rows = stream(
        session,
        select(col(PoolRow.name), Poll)
        .join(PoolRow, col(PoolRow.id) == col(Poll.pool_id))
        .where(used_by(row.id, Poll), col(Poll.trait_key).in_(list(traits)))
        .order_by(col(Poll.pool_id), col(Poll.number), col(Poll.trait_key)),
    )
    table = Table(
        "traits",
        {"persona": int, "trait": str, "position": int, "option": str, "probability": float,
         "label_mass": float, "refusal": float, "error": str},
        (
            (pool, poll.number, traits[poll.trait_key].name, *option, poll.label_mass,
             poll.refusal, poll.error)
            for pool, poll in rows
            for option in option_rows(traits[poll.trait_key], poll.probabilities)
        ),
    )  # fmt: skip
    return _by_pool(study, table)


def _by_pool(study: Study, table: Table) -> Table:
    """A table whose rows begin with the pool's name, which only studies with `pools` show."""
    if study.pool is not None:
        return replace(table, rows=(row[1:] for row in table.rows))
    return replace(table, columns={"pool": str, **table.columns})


def matches(session: Session, row: StudyRow) -> Table:
    columns = {"method": str, "respondent": int, "persona": int, "weight": float}
    statement = (
        select(col(Match.method), col(Match.respondent), col(Match.persona), col(Match.weight))
        .where(col(Match.study_id) == row.id)
        .order_by(col(Match.method), col(Match.respondent))
    )
    return Table("matches", columns, (tuple(found) for found in stream(session, statement)))

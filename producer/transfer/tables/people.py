"""The tables of an export about people: codebook, respondents, personas and their lives, traits,
matches.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.database.study_pools import used_by
from anthology.models.database.tables import (
    InterviewAnswer,
    Match,
    Persona,
    Poll,
    PoolRow,
    Respondent,
    StudyRow,
)
from anthology.models.pools.critic import EMPTY
from anthology.models.pools.imported import ImportedPool
from anthology.models.pools.interview import InterviewPool
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.questionnaire.retest import again
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.study import Study
from anthology.producer.transfer.tables.base import Table, from_one, option_rows, stream


def codebook(study: Study) -> Table:
    """What the columns of `respondents` and the positions everywhere mean.

    Each question has an `entry` for every option and for its refusal. Where personas are asked
    for something finer, a `choice` is what they can answer and the option that it counts as. Free
    text has an entry without options.
    """
    named: list[tuple[str, Question | OpenQuestion]] = [
        *(("trait", trait) for trait in study.traits.values()),
        *(("earlier", question) for question in study.earlier.values()),
        *([] if study.arms is None else [("arm", study.arms.question)]),
        *(("answer", question) for question in study.questionnaire.questions.values()),
        *(("retest", question) for question in study.compared if question.retest is not None),
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
    known, questions = list(study.known), [question.name for question in study.compared]
    second = [question.name for question in study.compared if question.retest is not None]
    rows = stream(
        session,
        select(
            col(Respondent.number), col(Respondent.source_id), col(Respondent.weight),
            col(Respondent.traits), col(Respondent.answers),
        ).where(col(Respondent.study_id) == row.id).order_by(col(Respondent.number)),
    )  # fmt: skip
    names = [f"trait_{name}" for name in study.traits]
    names += [f"earlier_{name}" for name in study.earlier]
    names += [] if study.arms is None else [ARM]
    names += [f"answer_{name}" for name in questions] + [f"retest_{name}" for name in second]
    simulated = row.respondents
    return Table(
        "respondents",
        {"respondent": int, "source_id": str, "weight": float, "simulated": bool}
        | dict.fromkeys(names, int),
        (
            (
                number, source_id, weight, number < simulated,
                *(from_one(has[name]) for name in known),
                *(from_one(said[name]) for name in (*questions, *map(again, second))),
            )
            for number, source_id, weight, has, said in rows
        ),
    )  # fmt: skip


def personas(session: Session, row: StudyRow, study: Study) -> Table:
    """With what files call them, where any story comes from a file."""
    columns = {"persona": int, "story": str, "tokens": int, "finish_reason": str, "seed": int,
               "error": str}  # fmt: skip
    more = {"attempts": int, "screening_draws": int, "log_likelihood": float}
    more = more if study.pools else {}  # tables of other studies stay what they were
    imported = any(isinstance(pool, ImportedPool) for pool in study.pools_used)
    more |= {"source_id": str} if imported else {}
    statement = (
        select(
            col(PoolRow.name), col(Persona.number), col(Persona.story), col(Persona.tokens),
            col(Persona.finish_reason), col(Persona.seed), col(Persona.error),
            *(getattr(Persona, column) for column in more),
        )
        .join(PoolRow, col(PoolRow.id) == col(Persona.pool_id))
        .where(used_by(row.id, Persona))
        .order_by(col(Persona.pool_id), col(Persona.number))
    )  # fmt: skip
    rows = (tuple(found) for found in stream(session, statement))
    return _by_pool(study, Table("personas", columns | more, rows))


def traits(session: Session, row: StudyRow, study: Study) -> Table:
    """One row for each option that a persona was polled on; no probability where that failed.

    `mentioned`, of studies that ask it first, is how likely it is that the story states the trait.
    """
    more = {"mentioned": float} if study.polling.mention_first else {}
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
         "label_mass": float, "refusal": float, "error": str, **more},
        (
            (pool, poll.number, traits[poll.trait_key].name, *option, poll.label_mass,
             poll.refusal, poll.error, *(getattr(poll, column) for column in more))
            for pool, poll in rows
            for option in option_rows(traits[poll.trait_key], poll.probabilities)
        ),
    )  # fmt: skip
    return _by_pool(study, table)


def _by_pool(study: Study, table: Table) -> Table:
    """A table whose rows begin with the pool's name, which only studies with `pools` show."""
    if not study.pools:
        return replace(table, rows=(row[1:] for row in table.rows))
    return replace(table, columns={"pool": str, **table.columns})


def interviews(session: Session, row: StudyRow, pools: dict[str, InterviewPool]) -> Table:
    """One row for each answer of a life, with the probability of each fault that was looked for."""
    faults = _faults(pools)
    columns = {"pool": str, "persona": int, "place": int, "question": str, "answer": str,
               "tokens": int, "finish_reason": str, "attempts": int, "error": str}  # fmt: skip
    rows = (
        (
            pool, answer.number, answer.place + 1,
            pools[pool].interview.questions[answer.place],
            answer.text if answer.error is None else None, answer.tokens, answer.finish_reason,
            answer.attempts, answer.error,
            *((answer.verdicts or {}).get(fault) for fault in faults),
        )
        for pool, answer in stream(session, _interview_answers(row))
    )  # fmt: skip
    return Table("interviews", columns | _shares(faults), rows)


def rejected_answers(session: Session, row: StudyRow, pools: dict[str, InterviewPool]) -> Table:
    """One row for each answer that was written again, or was the last of a life that ended."""
    faults = _faults(pools)
    columns = {"pool": str, "persona": int, "place": int, "attempt": int, "answer": str}
    rows = (
        (
            pool, answer.number, answer.place + 1, attempt, rejected["text"],
            *(rejected["verdicts"].get(fault) for fault in faults),
        )
        for pool, answer in stream(session, _interview_answers(row), 10)
        for attempt, rejected in enumerate(answer.rejected or (), start=1)
    )  # fmt: skip
    return Table("rejected_answers", columns | _shares(faults), rows)


def _interview_answers(row: StudyRow) -> Any:
    return (
        select(col(PoolRow.name), InterviewAnswer)
        .join(PoolRow, col(PoolRow.id) == col(InterviewAnswer.pool_id))
        .where(used_by(row.id, InterviewAnswer))
        .order_by(
            col(InterviewAnswer.pool_id), col(InterviewAnswer.number), col(InterviewAnswer.place)
        )
    )


def _faults(pools: dict[str, InterviewPool]) -> list[str]:
    """Those that any of the critics looks for."""
    judges = [judge for pool in pools.values() if (judge := pool.interview.judge)]
    return list(dict.fromkeys(fault for judge in judges for fault in (*judge.criteria, EMPTY)))


def _shares(faults: list[str]) -> dict[str, type]:
    return {f"fault_{fault}": float for fault in faults}


def matches(session: Session, row: StudyRow) -> Table:
    columns = {"method": str, "respondent": int, "persona": int, "weight": float}
    statement = (
        select(col(Match.method), col(Match.respondent), col(Match.persona), col(Match.weight))
        .where(col(Match.study_id) == row.id)
        .order_by(col(Match.method), col(Match.respondent))
    )
    return Table("matches", columns, (tuple(found) for found in stream(session, statement)))

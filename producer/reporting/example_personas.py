"""Reads a few matched personas whole, for the report: the story, its polls, every answer.

Chosen by the study's seed, so that a report shows the same ones again; knows nothing of pages.
"""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models import seeds
from anthology.models.database.study_pools import pool_id_of
from anthology.models.database.tables import Answer, Match, Persona, Poll, Respondent, StudyRow
from anthology.models.questionnaire.questions import OpenQuestion, Question, Trait
from anthology.models.study.study import Study

LONGEST = 400  # characters of a written answer that are shown


# --- examples ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Polled:
    """One trait: the polled shares of its options (None: no poll), the probability of refusing
    (None: not offered), that of the story stating it (None: not asked), and the respondent's own
    option."""

    trait: Trait
    shares: list[float] | None
    refusal: float | None
    mentioned: float | None
    respondent: int | None


@dataclass(frozen=True)
class Answered:
    """One question: the respondent's own option, what the persona said and what that counts as.

    `probability` is that of drawing the option it counts as; free text has none. `written` is the
    first written answer as it ended, after so many `attempts`, where one is stored.
    """

    name: str
    respondent: str | None = None
    said: str | None = None
    counts_as: str | None = None
    probability: float | None = None
    written: str | None = None
    attempts: int = 0
    error: str | None = None


@dataclass(frozen=True)
class Example:
    """One matched persona with the respondent it stands for."""

    persona: int
    story: str
    condition: str
    source_id: str
    weight: float
    polls: list[Polled]
    answers: list[Answered]


def examples(session: Session, row: StudyRow, study: Study, count: int) -> list[Example]:
    """A few personas of the first matching, chosen by the study's seed, each with its respondent
    of the highest weight."""
    for condition in study.conditions:
        if condition.matching is None:
            continue
        best = _best_respondents(session, row, condition.matching)
        personas = sorted(best)
        picked = seeds.chosen(
            len(personas), min(count, len(personas)), study.seed, "report", "examples"
        )
        if picked:
            pool_id = pool_id_of(session, row.id, study.pool_of(condition))
            return [
                _example(
                    session, row, study, condition.name, pool_id, personas[i], *best[personas[i]]
                )
                for i in picked
            ]
    return []


def _best_respondents(session: Session, row: StudyRow, method: str) -> dict[int, tuple[int, float]]:
    """By persona the respondent it fits best, the first of them where several do."""
    best: dict[int, tuple[int, float]] = {}
    for persona, respondent, weight in session.execute(
        select(col(Match.persona), col(Match.respondent), col(Match.weight))
        .where(col(Match.study_id) == row.id, col(Match.method) == method)
        .order_by(col(Match.respondent))
    ):
        if persona not in best or weight > best[persona][1]:
            best[persona] = (respondent, weight)
    return best


def _example(
    session: Session, row: StudyRow, study: Study, condition: str, pool_id: int | None,
    persona: int, respondent: int, weight: float,
) -> Example:  # fmt: skip
    human = session.get_one(Respondent, (row.id, respondent))
    story = session.get_one(Persona, (pool_id, persona)).story
    polls = {
        poll.trait_key: (poll.probabilities, poll.refusal, poll.mentioned)
        for poll in session.execute(
            select(Poll).where(col(Poll.pool_id) == pool_id, col(Poll.number) == persona)
        ).scalars()
    }
    return Example(
        persona, story, condition, human.source_id, weight,
        [
            Polled(trait, *polls.get(study.poll_key(trait), (None,) * 3), human.traits[name])
            for name, trait in study.traits.items()
        ],
        _answers(session, row, study, condition, human),
    )  # fmt: skip


def _answers(
    session: Session, row: StudyRow, study: Study, condition: str, human: Respondent
) -> list[Answered]:
    """In the questionnaire's order; a question without a stored answer is listed too."""
    stored = {
        answer.question: answer
        for answer in session.execute(
            select(Answer).where(
                col(Answer.study_id) == row.id,
                col(Answer.condition) == condition,
                col(Answer.respondent) == human.number,
            )
        ).scalars()
    }
    return [
        _answered(question, human, stored.get(question.name))
        for question in study.questionnaire.questions.values()
    ]


def _answered(
    question: Question | OpenQuestion, human: Respondent, answer: Answer | None
) -> Answered:
    found = Answered(question.name, error=answer.error if answer else None)
    if isinstance(question, OpenQuestion):
        return replace(found, said=_short(answer.text)) if answer and answer.text else found
    own = human.answers.get(question.name)
    if own is not None:
        found = replace(found, respondent=question.option_texts[own])
    if answer and answer.samples:
        first = answer.samples[0]
        found = replace(found, written=_short(first["final"]), attempts=first["attempts"])
    if answer is None or answer.drawn is None:
        return found
    return _drawn(found, question, answer, answer.drawn)


def _drawn(found: Answered, question: Question, answer: Answer, drawn: int) -> Answered:
    """With the option, the finer answer or the refusal that was drawn."""
    refusal = answer.refusal or 0.0
    if drawn == len(question.options):
        return replace(found, said=question.refusal, counts_as="refusal", probability=refusal)
    option = question.option_texts[drawn]
    shares = answer.probabilities
    return replace(
        found,
        said=answer.text or option,
        counts_as=option if answer.text else None,
        probability=shares[drawn] * (1 - refusal) if shares else None,
    )


def _short(text: str) -> str:
    """A model may write on until it is stopped."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

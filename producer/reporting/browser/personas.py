"""Reads personas for the page to browse them, a few at a time: story, polls, answers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.database.tables import Answer, Persona, Poll, StudyRow
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.study.study import Study
from anthology.producer.reporting.browser.doubles import Doubles

Json = dict[str, Any]
LONGEST = 400  # characters of a written answer that are shown


def personas(
    session: Session, row: StudyRow, study: Study, pool_id: int, numbers: Sequence[int],
    uses: Sequence[Doubles],
) -> list[Json]:  # fmt: skip
    """In the order of the numbers; `uses` are the conditions in which they answer.

    Of each `story`, or the `error` for which there is none; by trait its `polls`, [probabilities,
    refusal, mentioned] or null; by condition of `uses` the `answers` for each respondent shown:
    [respondent, weight, [answer to each question]].
    """
    mine = (col(Persona.pool_id) == pool_id, col(Persona.number).in_(numbers))
    written = select(col(Persona.number), col(Persona.story), col(Persona.error)).where(*mine)
    stories = {number: (story, error) for number, story, error in session.execute(written)}
    polls = _polls(session, study, pool_id, numbers)
    told = [_answers(session, row, study, of, numbers) for of in uses]
    found = []
    for number in numbers:
        story, error = stories.get(number, ("", "no story is stored"))
        person: Json = {"story": story, "polls": polls[number]}
        if error:
            person["error"] = error
        person["answers"] = [answers.get(number, []) for answers in told]
        found.append(person)
    return found


def likeliest(poll: list[Any] | None) -> int:
    """The option that a poll found likeliest; -1 without one."""
    if not poll or not poll[0]:
        return -1
    shares = poll[0]
    return max(range(len(shares)), key=lambda option: shares[option])


def _polls(
    session: Session, study: Study, pool_id: int, numbers: Sequence[int]
) -> dict[int, list[Any]]:
    keys = {study.poll_key(trait): place for place, trait in enumerate(study.traits.values())}
    found: dict[int, list[Any]] = {number: [None] * len(study.traits) for number in numbers}
    stored = select(
        col(Poll.number), col(Poll.trait_key), col(Poll.probabilities), col(Poll.refusal),
        col(Poll.mentioned),
    ).where(
        col(Poll.pool_id) == pool_id, col(Poll.number).in_(numbers), col(Poll.error).is_(None)
    )  # fmt: skip
    for number, key, shares, refusal, mentioned in session.execute(stored):
        if key in keys:
            found[number][keys[key]] = _without_end(
                [_rounded(shares), _rounded(refusal), _rounded(mentioned)]
            )
    return found


def _answers(
    session: Session, row: StudyRow, study: Study, of: Doubles, numbers: Sequence[int]
) -> dict[int, list[Any]]:
    """By persona an entry for each respondent shown."""
    asked = study.questionnaire.questions
    places = {name: place for place, name in enumerate(asked)}
    respondents = [one for number in numbers for one, _ in of.shown.get(number, [])]
    said: dict[int, list[Any]] = {one: [None] * len(places) for one in respondents}
    stored = select(
        col(Answer.respondent), col(Answer.question), col(Answer.drawn), col(Answer.probabilities),
        col(Answer.refusal), col(Answer.text), col(Answer.error),
    ).where(
        col(Answer.study_id) == row.id, col(Answer.condition) == of.condition.name,
        col(Answer.respondent).in_(respondents),
    )  # fmt: skip
    for respondent, name, drawn, shares, refusal, text, error in session.execute(stored):
        if name in places:
            chance = _chance(asked[name], drawn, shares, refusal)
            entry = [drawn, _rounded(chance), _short(text), _short(error)]
            said[respondent][places[name]] = _without_end(entry)
    return {
        number: [[respondent, weight, said[respondent]] for respondent, weight in of.shown[number]]
        for number in numbers
        if number in of.shown
    }


def _chance(
    question: Question | OpenQuestion, drawn: int | None, shares: list[float] | None,
    refusal: float | None,
) -> float | None:  # fmt: skip
    """The probability with which it was drawn."""
    if drawn is None or isinstance(question, OpenQuestion):
        return None
    if drawn == len(question.options):
        return refusal
    return shares[drawn] * (1 - (refusal or 0.0)) if shares else None


def _without_end(entry: list[Any]) -> list[Any]:
    """Without what it lacks at its end: most answers are two numbers."""
    while entry and entry[-1] is None:
        entry.pop()
    return entry


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [round(one, 3) for one in value]
    return None if value is None else round(value, 3)


def _short(text: str | None) -> str | None:
    """A model may write on until it is stopped."""
    return text if text is None or len(text) <= LONGEST else f"{text[:LONGEST]}…"

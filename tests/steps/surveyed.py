"""Small studies whose surveys are done, and what their people must have been asked."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fake_model import FakeEngine, make_runner, small_study, store
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.study_pools import pool_id_of
from anthology.models.database.tables import Answer, Match, Persona, Respondent
from anthology.models.jobs import ready
from anthology.models.prompting.prompts import question_turn, reply
from anthology.models.prompting.rendering import PlainRendering, Turn
from anthology.models.questionnaire.questions import Question
from anthology.models.study.study import Study

LIKES = {"too little": 6.0, "about right": 3.0, "too much": 1.0, "Yes": 1.0, "No": 1.0}
SHARES = {"roads": [0.6, 0.3, 0.1], "parks": [0.6, 0.3, 0.1], "vote": [0.5, 0.5]}


def answers(database: Engine, condition: str | None = None) -> list[Answer]:
    with Session(database) as session:
        order = (col(Answer.condition), col(Answer.respondent), col(Answer.place))
        found = session.execute(select(Answer).order_by(*order)).scalars()
        return [one for one in found if condition in (None, one.condition)]


def drawn(database: Engine) -> dict[tuple[str, int, str], int | None]:
    return {(a.condition, a.respondent, a.question): a.drawn for a in answers(database)}


def conversation(database: Engine, study: Study, condition: str, person: int) -> list[str]:
    """The prompts that this person must have been asked in series, from what is stored."""
    with Session(database) as session:
        traits = session.get_one(Respondent, (1, person)).traits
        story: list[Turn] = []
        found = study.condition(condition)
        if found.needs_pool:
            number = person
            if found.matching is not None:
                number = session.get_one(Match, (1, found.matching, person)).persona
            pool = study.pool_of(found)
            pool_id = pool_id_of(session, 1, pool)
            told = session.get_one(Persona, (pool_id, number)).story
            story = pool.turns(number, told, study.style)
    turns = study.opening(condition, person, traits, story)
    labelled = study.questionnaire.labelled
    prompts = []
    for one in (a for a in answers(database, condition) if a.respondent == person):
        question = study.questionnaire.questions[one.question]
        turn = question_turn(question, one.shown, study.style, labelled, after=turns)
        prompts.append(PlainRendering(study.style).prompt([*turns, turn]))
        said = one.text
        if isinstance(question, Question) and one.drawn is not None:
            choice = question.choices.index(one.text or question.outcomes[one.drawn])
            said = reply(question, one.shown, choice, study.style, labelled)
        if one.error is None:
            turns = [*turns, turn.replied(said or "")]
    return prompts


def asked(model: FakeEngine, survey_alone: int | None = None) -> list[str]:
    """The model's prompts (the last ones) up to the last "Answer:", without what was forced."""
    prompts = model.prompts[-survey_alone:] if survey_alone else model.prompts
    return [prompt[: prompt.rindex("\nAnswer:") + len("\nAnswer:")] for prompt in prompts]


def questionnaire(questions: dict[str, Any], **others: Any) -> dict[str, Any]:
    options = {"too little": 1, "about right": 2, "too much": 3}
    return {"options": options, "questions": questions, **others}


def surveyed(
    database: Engine, folder: Path, model: FakeEngine, questions: dict[str, Any], *,
    people: int = 8, conditions: Sequence[str] = ("none",), **others: Any,
) -> Study:  # fmt: skip
    """A study of these questions, its surveys done."""
    study = small_study(
        folder, people=people, conditions=list(conditions),
        questionnaire=questionnaire(questions, **others),
    )  # fmt: skip
    store(database, study)
    drain_but_measure(database, model)
    return study


def drain_but_measure(database: Engine, model: FakeEngine) -> list[str]:
    runner = make_runner(database, model)
    said = []
    while due := [message for message in ready.due(database) if message.kind != "measure"]:
        said += [runner.do(message.kind, message.id, print) for message in due]
    return said


def within(count: int, share: float, n: int) -> bool:
    """Whether a count of n draws lies within 4 standard deviations of the binomial."""
    return abs(count - n * share) < 4 * math.sqrt(n * share * (1 - share))


ROADS = "Are we spending too much on roads?"
PARKS = "Are we spending too much on parks?"
MIXED = {
    "why": {"question": "Why do you drive?", "free_text": True},
    "roads": {"question": ROADS, "options_order": "random", "refusal": "No answer"},
    "vote": {
        "question": "Did you vote?", "options": {"Yes": 1, "No": [2, 3]},
        "asked_as": {"Yes, always": "Yes", "Yes, once": "Yes", "Never": "No"},
    },
    "age": {
        "question": "How old are you?", "number": {"from": 18, "to": 99},
        "options": {"young": {"from": 18, "to": 49}, "old": {"from": 50, "to": 99}},
    },
}  # fmt: skip


def stored(database: Engine) -> list[dict[str, Any]]:
    return [one.model_dump(exclude={"job_id"}) for one in answers(database)]

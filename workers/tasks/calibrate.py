"""The `calibrate` job: what a model gives the labels whatever stands behind them.

For studies that remove this label prior from their answers (Zheng et al. 2024, arXiv 2309.03882).
"""

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Engine

from anthology.models.database.sessions import reading
from anthology.models.database.tables import LabelPrior, StudyRow
from anthology.models.errors import InputError, ItemError
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.prompting.orders import option_orders
from anthology.models.prompting.prompts import question_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questions import Question
from anthology.models.readout.distribution import label_prior
from anthology.models.study.study import Study
from anthology.workers.engine.asking import Interviewer
from anthology.workers.tasks.by_kind import Item
from anthology.workers.tasks.who_answers import asked, storytellers


def items(engine: Engine, held: Claim) -> list[Item]:
    """One item for the whole job: the prior is a mean over all its people."""
    with reading(engine) as session:
        study = Study.from_spec(session.get_one(StudyRow, held.study_id).spec)
        span = (held.first, held.first + held.count - 1)
        personas = storytellers(session, held, study, span)
        people = asked(session, held, study, span, personas)
    contexts: list[tuple[int, list[Turn]]] = []
    for number, traits in people:
        _, story = personas.get(number, (0, []))
        contexts.append((number, study.opening(held.condition, number, traits, story)))

    async def calibrate(interviewer: Interviewer) -> AsyncIterator[Rows]:
        yield [(LabelPrior, await _priors(held, study, contexts, interviewer))]

    return [calibrate]


async def _priors(
    held: Claim,
    study: Study,
    contexts: list[tuple[int, list[Turn]]],
    interviewer: Interviewer,
) -> list[dict[str, Any]]:
    """One row for each number of labels among the questions; raises `InputError` without any."""
    questions = [question for question in study.questions if question.number is None]
    found: dict[int, list[list[float]]] = {}
    readings = [
        _labels(held, study, number, turns, question, interviewer)
        for number, turns in contexts
        for question in questions
    ]
    for logprobs in await asyncio.gather(*readings):
        for row in logprobs:
            found.setdefault(len(row), []).append(row)
    missing = {len(question.choices) for question in questions} - set(found)
    if missing:
        raise InputError(f"no question with {min(missing)} labels could be asked to calibrate them")
    return [
        {
            "study_id": held.study_id, "condition": held.condition, "labels": labels,
            "logprobs": label_prior(rows), "n": len(rows),
        }
        for labels, rows in found.items()
    ]  # fmt: skip


async def _labels(
    held: Claim,
    study: Study,
    number: int,
    turns: list[Turn],
    question: Question,
    interviewer: Interviewer,
) -> list[list[float]]:
    """Label log-probabilities as displayed, with every choice at every label once; empty where the
    conversation is too long for the model or a label has no finite one."""
    count = len(question.choices)
    purpose = ("calibrate", held.condition, number, question.name)
    orders = option_orders("averaged", count, [], count, study.seed, *purpose)
    try:
        rows = list(
            await asyncio.gather(
                *(
                    interviewer.label_logprobs(
                        [*turns, question_turn(question, shown, study.style, after=turns)],
                        count,
                        study.style,
                    )
                    for shown in orders
                )
            )
        )
    except ItemError:
        return []
    return rows if all(math.isfinite(logprob) for row in rows for logprob in row) else []

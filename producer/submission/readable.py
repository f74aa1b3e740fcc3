"""What every job of a study would fail at, found before it is submitted.

Needs the model's tokenizer: its folder here, or a worker's on this machine.
"""

import os
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine

from anthology.models.database.sessions import explained, reading
from anthology.models.errors import InputError, UnreadableLabels
from anthology.models.language_model.tokenizer import Tokenizer
from anthology.models.pools.base import Pool
from anthology.models.pools.interview import InterviewPool
from anthology.models.prompting.chat import rendering_of
from anthology.models.prompting.rendering import Rendering
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import Style
from anthology.models.readout.labels import answer_trie, label_trie
from anthology.models.study import stages
from anthology.models.study.study import Study
from anthology.producer.submission.model_folder import find_model, is_model


def model_here(model: str, database: Engine | None) -> tuple[str | None, dict[str, Any]]:
    """The folder of a model, if it or a worker's is on this machine, and by which engine arguments
    the worker found its tokenizer."""
    mine = os.path.expanduser(model) if is_model(model) else None
    if database is None:  # no worker either
        return mine, {}
    with explained(database), reading(database) as session:
        found, served_with = find_model(session, model)
    return mine or found, served_with


def refuse_unreadable(study: Study, model: str, tokenizer: Tokenizer) -> None:
    """Raises `InputError` for what every job of the study's that this model is to do would fail at:
    no chat template, a model that reasons before it answers, answers that have the same tokens."""
    rendering = rendering_of(study.style, tokenizer)
    pools = [pool for pool in study.pools_used if stages.author(study, pool) == model]
    asks = any("poll" in pool.jobs for pool in study.pools_used)
    polls = asks and stages.pollster(study) == model
    answers = any(stages.answerer(study, way) == model for way in study.conditions)
    asked: tuple[tuple[Sequence[Question], Readout], ...] = (
        ([question for pool in pools for question in pool.asked], Readout()),
        (list(study.traits.values()) if polls else [], study.polling),
        (study.questions if answers else [], study.questionnaire),
    )
    for questions, readout in asked:
        if not questions or readout.readout == "sample":
            continue
        if rendering.refusal:
            raise InputError(rendering.refusal)
        seen: set[tuple[str, ...]] = set()
        for question in questions:
            if tuple(question.choices) not in seen:
                _refuse_unreadable(rendering, question, study, readout)
                seen.add(tuple(question.choices))
    if polls and study.polling.mention_first:
        _refuse_closed(rendering, study.style, "polling.mention_first: no", "mention_first")
    judged = [pool for pool in study.pools_used if stages.critic(study, pool) == model]
    _refuse_unjudged(study, judged, tokenizer)


def _refuse_unjudged(study: Study, judged: Sequence[Pool], tokenizer: Tokenizer) -> None:
    """What interviews would fail at: critics are asked with the labels that all studies begin with,
    whatever the style of this one has."""
    pools = (pool for pool in judged if isinstance(pool, InterviewPool))
    if all(pool.interview.judge is None for pool in pools):
        return
    style = Style(**study.style.speakers)
    rendering = rendering_of(style, tokenizer)
    _refuse_closed(rendering, style, "for interviews critic: none", "the critic of an interview")


def _refuse_closed(rendering: Rendering, style: Style, without: str, what: str) -> None:
    """Questions of yes and no, whose labels are read whatever the readout of all others is."""
    if rendering.refusal:
        raise InputError(f"{rendering.refusal}, and {without}")
    try:
        label_trie(rendering, 2, style)
    except UnreadableLabels as error:
        raise InputError(f"{what} cannot be read: {error}") from None


def _refuse_unreadable(
    rendering: Rendering, question: Question, study: Study, readout: Readout
) -> None:
    try:
        answer_trie(rendering, question, study.style, readout)
    except UnreadableLabels as error:
        raise InputError(f"{question.name!r} cannot be read: {error}") from None

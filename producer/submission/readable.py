"""What every job of a study would fail at, found before it is submitted.

Needs the model's tokenizer: its folder here, or a worker's on this machine.
"""

import os
from typing import Any

from sqlalchemy import Engine

from anthology.models.database.sessions import explained, reading
from anthology.models.errors import InputError, UnreadableLabels
from anthology.models.language_model.tokenizer import Tokenizer
from anthology.models.pools.interview import InterviewPool
from anthology.models.prompting.chat import rendering_of
from anthology.models.prompting.rendering import Rendering
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import Style
from anthology.models.readout.labels import answer_trie, label_trie
from anthology.models.study.study import Study
from anthology.producer.submission.model_folder import find_model, is_model


def model_here(study: Study, database: Engine | None) -> tuple[str | None, dict[str, Any]]:
    """The folder of the study's model, if it or a worker's is on this machine, and by which engine
    arguments the worker found its tokenizer."""
    mine = os.path.expanduser(study.model) if is_model(study.model) else None
    if database is None:  # no worker either
        return mine, {}
    with explained(database), reading(database) as session:
        found, served_with = find_model(session, study)
    return mine or found, served_with


def refuse_unreadable(study: Study, tokenizer: Tokenizer) -> None:
    """Raises `InputError` for what every job of the study would fail at: no chat template, a model
    that reasons before it answers, answers that have the same tokens."""
    rendering = rendering_of(study.style, tokenizer)
    asks = any("poll" in pool.jobs for pool in study.pools_used)
    polled = list(study.traits.values()) if asks else []
    screened = [question for pool in study.pools_used for question in pool.asked]
    asked = ((screened, Readout()), (polled, study.polling), (study.questions, study.questionnaire))
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
    _refuse_unjudged(study, tokenizer)


def _refuse_unjudged(study: Study, tokenizer: Tokenizer) -> None:
    """What interviews would fail at: critics are asked with the labels that all studies begin with,
    whatever the style of this one has."""
    pools = (pool for pool in study.pools_used if isinstance(pool, InterviewPool))
    if all(pool.interview.judge is None for pool in pools):
        return
    style = Style(**study.style.speakers)
    rendering = rendering_of(style, tokenizer)
    if rendering.refusal:
        raise InputError(f"{rendering.refusal}, and for interviews critic: none")
    try:
        label_trie(rendering, 2, style)
    except UnreadableLabels as error:
        raise InputError(f"the critic of an interview cannot be read: {error}") from None


def _refuse_unreadable(
    rendering: Rendering, question: Question, study: Study, readout: Readout
) -> None:
    try:
        answer_trie(rendering, question, study.style, readout)
    except UnreadableLabels as error:
        raise InputError(f"{question.name!r} cannot be read: {error}") from None

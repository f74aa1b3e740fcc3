"""What a database holds of one question to one virtual person: the answer, and how it was read."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.database.study_pools import pool_id_of
from anthology.models.database.tables import (
    Answer,
    EngineRow,
    Job,
    LabelPrior,
    Match,
    Persona,
    Poll,
    StudyRow,
)
from anthology.models.language_model.model_files import Content
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questions import OpenQuestion
from anthology.models.readout.labels import in_words
from anthology.models.study.study import Study
from anthology.producer.monitoring.servers import servers
from anthology.producer.preview.rendered_question import RenderedQuestion, story_to_come


def stored_values(row: Answer | Poll | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "mentioned": row.mentioned if isinstance(row, Poll) else None,
        "probabilities": row.probabilities,
        "label_mass": row.label_mass,
        "refusal": row.refusal,
        "drawn": row.drawn if isinstance(row, Answer) else None,
        "text": row.text if isinstance(row, Answer) else None,
        "order": row.shown,
        "samples": row.samples,
        "error": row.error,
    }


def resolution_of(
    session: Session, model: str, content: Content | None, stored: Answer | Poll | None
) -> dict[str, Any] | None:
    """Precisions of the engine that gave the stored answer, or of the one that serves the model."""
    if stored is not None:
        engine = select(col(Job.engine_id)).where(col(Job.id) == stored.job_id).scalar_subquery()
        of_job = select(col(EngineRow.info)).where(col(EngineRow.id) == engine)
        found = session.execute(of_job).scalar_one_or_none()
    else:
        serving = (s.info for s in servers(session) if s.has(model, content) and s.info)
        found = next(serving, None)
    if found is None:
        return None
    return {name: found.get(name) for name in ("body_dtype", "head_dtype", "logit_step")}


def label_prior(
    session: Session, row: StudyRow, study: Study, rendered: RenderedQuestion
) -> list[float] | None:
    """What was taken off the labels' log-probabilities, in the order of labels (A first)."""
    question = rendered.question
    if isinstance(question, OpenQuestion) or in_words(question, study.questionnaire):
        return None
    found = session.get(LabelPrior, (row.id, rendered.condition, len(question.choices)))
    return None if found is None else found.logprobs


def answers_of(session: Session, row: StudyRow, condition: str, person: int) -> dict[str, Answer]:
    found = session.execute(
        select(Answer).where(
            col(Answer.study_id) == row.id,
            col(Answer.condition) == condition,
            col(Answer.respondent) == person,
        )
    )
    return {answer.question: answer for answer in found.scalars()}


def story_of(
    session: Session, row: StudyRow, study: Study, condition: str, respondent: int
) -> list[Turn]:
    """The turns in which the persona that is matched, or of the same number, told its story; none
    where there is none."""
    found = study.condition(condition)
    number: int | None = respondent if found.own_story else None
    if found.matching and (match := session.get(Match, (row.id, found.matching, respondent))):
        number = match.persona
    if number is None:
        return story_to_come(study, condition, respondent)
    pool = study.pool_of(found)
    persona = session.get(Persona, (pool_id_of(session, row.id, pool), number))
    if persona is None:
        return story_to_come(study, condition, respondent)
    return pool.turns(number, persona.story, study.style)

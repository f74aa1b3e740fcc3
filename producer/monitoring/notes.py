"""What a person who waits for a study would want to be told: what failed, what is missing, and why.

Knows how to find it in the database; the sentences are printed as they are.
"""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import Session, col

from anthology.models.database.study_models import Contents
from anthology.models.database.tables import Answer, Job, Metric, StudyRow
from anthology.models.jobs.kinds import who
from anthology.models.language_model.model_files import Content
from anthology.models.study.study import Study
from anthology.producer.monitoring.heartbeats import last_seen, staying_away
from anthology.producer.monitoring.lookup import of_study, place
from anthology.producer.monitoring.remaining import models_needed
from anthology.producer.monitoring.servers import Server, living, near_misses


def failures(session: Session, row: StudyRow) -> list[str]:
    """The jobs that failed, with whom they were about and why; the first ones of many."""
    rows = session.execute(
        select(col(Job.title), col(Job.kind), col(Job.first), col(Job.count), col(Job.error))
        .where(of_study(row), col(Job.state) == "failed")
        .order_by(col(Job.id))
        .limit(20)
    )
    return [
        f"{title}, {who(kind, first, count)}: {error}" for title, kind, first, count, error in rows
    ]


def notes(
    session: Session, row: StudyRow, study: Study, contents: Contents, state: str
) -> list[str]:
    return [
        *_why_it_waits(session, row, study, contents, state),
        *_without_figures(session, row, study, state),
        *staying_away(session, row, contents),
    ]


def _why_it_waits(
    session: Session, row: StudyRow, study: Study, contents: Contents, state: str
) -> list[str]:
    if state.startswith("done") or state == "cancelled":
        return []
    if state == "paused":
        return [f"paused; go on with: anthology resume {study.study}"]
    needed = models_needed(session, row, study)
    there = living(session)
    return [
        _unserved(session, there, model, content)
        for model, content in contents.items()
        if model in needed and not any(server.concerns(model, content) for server in there)
    ]


def _unserved(
    session: Session, there: Sequence[Server], model: str, content: Content | None
) -> str:
    nobody = f"no worker serves {model}{last_seen(session, model, content)}"
    if near := near_misses(there, model, content):
        return f"{nobody}: {'; '.join(near)}"
    start = f"{nobody}; start one with: anthology worker --model <folder of {model}>"
    if there:
        models = ", ".join(sorted({other.model for other in there}))
        return f"{start} (the workers of this database serve {models})"
    return f"{start} (one that runs already works for another database than {place(session)})"


def _without_figures(session: Session, row: StudyRow, study: Study, state: str) -> list[str]:
    """Why conditions of an ended study have no figure at all."""
    if not state.startswith("done"):
        return []
    measured = set(
        session.execute(
            select(col(Metric.condition)).where(col(Metric.study_id) == row.id).distinct()
        ).scalars()
    )
    without = [condition for condition in study.condition_names if condition not in measured]
    return [
        f"{condition} has no figures: {_what_went_wrong(session, row, condition)}"
        for condition in without
    ]


def _what_went_wrong(session: Session, row: StudyRow, condition: str) -> str:
    """The error of the condition's own jobs, of its answers, or of what is before or after them."""
    of_it = (col(Job.study_id) == row.id, col(Job.state) == "failed")
    failed = select(col(Job.kind), col(Job.error)).where(*of_it).order_by(col(Job.id))
    errors = (
        select(col(Answer.error), func.count().label("n"))
        .where(
            col(Answer.study_id) == row.id,
            col(Answer.condition) == condition,
            col(Answer.error).is_not(None),
        )
        .group_by(col(Answer.error))
    )
    if found := session.execute(failed.where(col(Job.condition) == condition)).first():
        return f"its {found.kind} failed ({found.error})"
    if found := session.execute(errors.order_by(func.count().desc()).limit(1)).first():
        return f"fewer than two people answered ({found.n} times: {found.error})"
    if found := session.execute(failed.where(col(Job.kind) == "measure")).first():
        return f"it could not be measured ({found.error})"
    return "fewer than two people answered"

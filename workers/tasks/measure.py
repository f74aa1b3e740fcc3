"""The `measure` job: every condition's figures against the humans, on the `cpu` queue."""

from sqlalchemy import Engine

from anthology.models.database.sessions import reading
from anthology.models.database.tables import Metric, StudyRow
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.measuring.measuring import measured
from anthology.models.study.study import Study


def rows(engine: Engine, held: Claim) -> Rows:
    """All figures, as the study file says."""
    study_id = held.study_id or 0
    with reading(engine) as session:
        study = Study.from_spec(session.get_one(StudyRow, study_id).spec)
    return [(Metric, measured(engine, study_id, study))]

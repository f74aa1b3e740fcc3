"""The `match` job: pairs a study's respondents with personas, on the `cpu` queue."""

import numpy as np
from sqlalchemy import Engine

from anthology.models import seeds
from anthology.models.database.arrays import load_people, load_polls
from anthology.models.database.sessions import reading
from anthology.models.database.study_pools import pool_id_of
from anthology.models.database.tables import Match, StudyRow
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.statistics.matching import methods as matching
from anthology.models.study.study import Study


def rows(engine: Engine, held: Claim) -> Rows:
    """Pairs the study's respondents with personas. Raises `InputError` if there are too few."""
    with reading(engine) as session:
        row = session.get_one(StudyRow, held.study_id)
        study = Study.from_spec(row.spec)
        condition = study.condition(held.condition)
        pool = study.pool_of(condition)
        pool_id = pool_id_of(session, row.id, pool)
        polls = load_polls(session, pool_id, study, pool.count)
        bins = load_people(session, held.study_id or 0, study).traits[: row.respondents]
    method = condition.matching or ""
    rng = np.random.default_rng(seeds.derive(study.seed, "match", method))
    pair = matching.BY_NAME[condition.method or ""]
    found = pair(rng, polls, bins, **condition.method_settings)
    return [
        (
            Match,
            [
                {
                    "study_id": held.study_id, "method": method, "respondent": respondent,
                    "persona": int(persona), "weight": float(weight),
                }
                for respondent, (persona, weight) in enumerate(
                    zip(found.personas, found.weights, strict=True)
                )
            ],
        )
    ]  # fmt: skip

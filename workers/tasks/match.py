"""The `match` job: pairs a study's respondents with personas, on the `cpu` queue."""

import numpy as np
from sqlalchemy import Engine

from anthology.models import seeds
from anthology.models.conditions.registry import named
from anthology.models.database.arrays import load_people, load_polls
from anthology.models.database.sessions import reading
from anthology.models.database.tables import Match, StudyRow
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.statistics import matching
from anthology.models.study.study import Study


def rows(engine: Engine, held: Claim) -> Rows:
    """Pairs the study's respondents with personas. Raises `InputError` if there are too few."""
    method = named(held.condition).matching or ""
    with reading(engine) as session:
        row = session.get_one(StudyRow, held.study_id)
        study = Study.from_spec(row.spec)
        polls = load_polls(session, row.pool_id or 0, study)
        bins = load_people(session, held.study_id or 0, study).traits[: row.respondents]
    if method == "random":
        rng = np.random.default_rng(seeds.derive(study.seed, "match", method))
        found = matching.random(rng, polls, bins)
    else:
        found = {"greedy": matching.greedy, "max_weight": matching.max_weight}[method](polls, bins)
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

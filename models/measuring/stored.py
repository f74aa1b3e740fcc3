"""What is stored of a study as arrays: all that its figures are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session

from anthology.models.database.arrays import (
    Floats,
    People,
    Simulation,
    load_people,
    load_polls,
    load_simulation,
)
from anthology.models.database.study_pools import pool_id_of
from anthology.models.database.tables import StudyRow
from anthology.models.measuring.groups import Group, groups
from anthology.models.study.study import Study


@dataclass(frozen=True)
class Stored:
    """`respondents` of the `people` are simulated, in every condition's simulation; without humans
    personas are, of whom `polls` says by pool, trait by trait, what polling found. `groups` are of
    humans alone."""

    study: Study
    respondents: int
    people: People
    simulations: Mapping[str, Simulation]
    polls: Mapping[str, list[Floats]]
    groups: list[Group]


def load(
    session: Session, study_id: int, study: Study, weights: Sequence[float] | None = None
) -> Stored:
    """Reads a study's people and answers, to be measured as `study.measures` says; weights: of all
    humans (N,), in the place of those that are stored, 0 for who is to count nowhere."""
    respondents = session.get_one(StudyRow, study_id).respondents
    people = load_people(session, study_id, study)
    if weights is not None:
        people = replace(people, weights=np.array(weights, dtype=np.float64))
    simulations = {
        condition.name: load_simulation(
            session, study_id, study, condition.name, study.people_in(condition, respondents)
        )
        for condition in study.conditions
    }
    polls = {
        pool.name: load_polls(session, pool_id_of(session, study_id, pool), study, pool.count)
        for pool in ([] if study.humans else study.pools_used)
    }
    found = list(groups(study, people)) if study.humans else []
    return Stored(study, respondents, people, simulations, polls, found)

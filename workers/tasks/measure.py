"""The `measure` job: every condition's figures against the humans, on the `cpu` queue."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from sqlalchemy import Engine

from anthology.models import seeds
from anthology.models.database.arrays import (
    Bools,
    People,
    Simulation,
    load_people,
    load_simulation,
)
from anthology.models.database.sessions import reading
from anthology.models.database.tables import Metric, StudyRow
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.statistics import comparison, figures, floors
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.study import Study

ALL = "all"


def rows(engine: Engine, held: Claim) -> Rows:
    """Every condition's figures against the humans, and the humans' own floor."""
    study_id = held.study_id or 0
    with reading(engine) as session:
        row = session.get_one(StudyRow, study_id)
        study = Study.from_spec(row.spec)
        people = load_people(session, study_id, study)
    # Computed without a transaction open: servers and poolers end those that do nothing.
    found = [*_floors(study, people, row.respondents)]
    for condition in study.condition_names:
        with reading(engine) as session:
            simulation = load_simulation(session, study_id, study, condition, row.respondents)
        found += _condition(study, people, simulation, condition)
    return [(Metric, [{"study_id": study_id, **figure} for figure in found])]


def _floors(study: Study, people: People, respondents: int) -> Iterator[dict[str, Any]]:
    """`floor` between half splits of all humans; `floor_at_n` for samples of the study's size.
    People of weight 0 are in neither."""
    sampled = int(people.counted[:respondents].sum())
    options = [len(question.options) for question in study.questions]
    arguments = (people.answers, options, people.weights, study.measures.splits)
    rng = np.random.default_rng(seeds.derive(study.seed, "floor"))
    ordered = [question.ordered for question in study.questions]
    halves = floors.floor(*arguments, rng=rng, ordered=ordered)
    # A study whose simulated people all have weight 0 has no figures, but floors.
    sized = floors.floor_at(max(sampled, 1), *arguments, rng=rng, ordered=ordered)
    for name, found, n in (
        ("floor", halves, int(people.counted.sum())),
        ("floor_at_n", sized, sampled),
    ):
        for figure, value in found.items():
            yield _metric(name, ALL, figure, value, n)


def _condition(
    study: Study, people: People, simulation: Simulation, condition: str
) -> Iterator[dict[str, Any]]:
    yield from _compared(study, people, simulation, condition, ALL, people.counted)
    for trait in study.measures.subgroups:
        column = list(study.traits).index(trait)
        for position, option in enumerate(study.traits[trait].option_texts):
            members = people.counted & (people.traits[:, column] == position)
            name = f"{trait}={option}"
            yield from _compared(study, people, simulation, condition, name, members)
    for position, arm in enumerate(study.arms.names if study.arms else ()):
        doubles = people.counted & (people.arms == position)
        # Humans who were assigned to none are compared with every arm.
        members = doubles if study.arms and study.arms.column else people.counted
        yield from _compared(
            study, people, simulation, condition, f"{ARM}={arm}", members, doubles
        )  # fmt: skip


def _compared(
    study: Study,
    people: People,
    simulation: Simulation,
    condition: str,
    subgroup: str,
    members: Bools,
    doubles: Bools | None = None,
) -> Iterator[dict[str, Any]]:
    """One subgroup's figures with intervals; without people on both sides only those of readings
    that say what there is of few people, too.

    members: the humans. doubles: those whose doubles they are compared with, if not their own.
    """
    respondents = len(simulation.answers)
    doubles = members if doubles is None else doubles
    mask = doubles[:respondents] & simulation.answered
    n = int(mask.sum())
    compared = n >= 2 and members.sum() >= 2
    readings = simulation.readings(doubles[:respondents])
    for figure in figures.OF_READINGS:
        value = figure.function(readings)
        if not math.isnan(value) and (compared or figure.of_few):
            yield _metric(condition, subgroup, figure.name, value, n)
    if not compared:
        return
    humans = people.only(members)
    simulated = simulation.only(mask, people)
    ordered = [question.ordered for question in study.questions]
    rng = np.random.default_rng(seeds.derive(study.seed, "bootstrap", condition, subgroup))
    reach = comparison.intervals(humans, simulated, rng, study.measures.bootstrap, ordered)
    for name, value in comparison.compare(humans, simulated, ordered).items():
        yield _metric(condition, subgroup, name, value, n, *reach.get(name, ()))


def _metric(
    condition: str, subgroup: str, name: str, value: float, n: int,
    low: float = math.nan, high: float = math.nan,
) -> dict[str, Any]:  # fmt: skip
    """A table row; what is undefined becomes null, since JSON and PostgreSQL differ on NaN."""
    return {
        "condition": condition, "subgroup": subgroup, "name": name, "n": n,
        "value": _finite(value), "low": _finite(low), "high": _finite(high),
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

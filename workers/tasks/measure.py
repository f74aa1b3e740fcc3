"""The `measure` job: every condition's figures against the humans, on the `cpu` queue."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session

from anthology.models import seeds
from anthology.models.database.arrays import (
    Bools,
    Floats,
    People,
    Simulation,
    load_people,
    load_polls,
    load_simulation,
)
from anthology.models.database.sessions import reading
from anthology.models.database.study_pools import pool_id_of
from anthology.models.database.tables import Metric, StudyRow
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.statistics import comparison, described, figures, floors
from anthology.models.statistics.comparison import Simulated
from anthology.models.statistics.readings import Readings
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.study import Study

ALL = "all"


def rows(engine: Engine, held: Claim) -> Rows:
    """Every condition's figures against the humans, and the humans' own floor; without humans, what
    the personas said by themselves."""
    study_id = held.study_id or 0
    with reading(engine) as session:
        row = session.get_one(StudyRow, study_id)
        study = Study.from_spec(row.spec)
        people = load_people(session, study_id, study)
        polls = {} if study.humans else _polls(session, study, study_id)
    # Computed without a transaction open: servers and poolers end those that do nothing.
    found = [*_floors(study, people, row.respondents)] if study.humans else []
    for condition in study.conditions:
        name, count = condition.name, study.people_in(condition, row.respondents)
        with reading(engine) as session:
            simulation = load_simulation(session, study_id, study, name, count)
        if study.humans:
            found += _condition(study, people, simulation, name)
        else:
            found += _themselves(study, polls[study.pool_of(condition).name], simulation, name)
    return [(Metric, [{"study_id": study_id, **figure} for figure in found])]


def _floors(study: Study, people: People, respondents: int) -> Iterator[dict[str, Any]]:
    """`floor` between half splits of all humans; `floor_at_n` for samples of the study's size.
    People of weight 0 are in neither."""
    sampled = int(people.counted[:respondents].sum())
    options = [len(question.options) for question in study.compared]
    arguments = (people.answers, options, people.weights, study.measures.splits)
    rng = np.random.default_rng(seeds.derive(study.seed, "floor"))
    ordered = [question.ordered for question in study.compared]
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
    yield from _readings(
        simulation.readings(doubles[:respondents]), condition, subgroup, n, compared
    )
    if not compared:
        return
    humans = people.only(members)
    simulated = simulation.only(mask, people)
    ordered = [question.ordered for question in study.compared]
    rng = np.random.default_rng(seeds.derive(study.seed, "bootstrap", condition, subgroup))
    reach = comparison.intervals(humans, simulated, rng, study.measures.bootstrap, ordered)
    for name, value in comparison.compare(humans, simulated, ordered).items():
        yield _metric(condition, subgroup, name, value, n, *reach.get(name, ()))
    if study.shown_alone:
        alone = simulation.alone(mask, people.weights_of_doubles[:respondents])
        yield from _described(study, alone, condition, subgroup, n)


def _readings(
    readings: Readings, condition: str, subgroup: str, n: int, enough: bool
) -> Iterator[dict[str, Any]]:
    for figure in figures.OF_READINGS:
        value = figure.function(readings)
        if not math.isnan(value) and (enough or figure.of_few):
            yield _metric(condition, subgroup, figure.name, value, n)


def _polls(session: Session, study: Study, study_id: int) -> dict[str, list[Floats]]:
    """By pool what polling its personas found, trait by trait."""
    return {
        pool.name: load_polls(session, pool_id_of(session, study_id, pool), study, pool.count)
        for pool in study.pools_used
    }


def _themselves(
    study: Study, polls: list[Floats], simulation: Simulation, condition: str
) -> Iterator[dict[str, Any]]:
    """What personas said for themselves. In a subgroup each counts as much as its poll makes it
    likely to belong, and `n` is how many that makes."""
    answered = simulation.answered
    n, everybody = int(answered.sum()), np.ones(len(answered))
    yield from _readings(simulation.readings(everybody > 0), condition, ALL, n, n >= 2)
    if n < 2:
        return
    alone = simulation.alone(answered, everybody)
    ordered = [question.ordered for question in study.questions]
    rng = np.random.default_rng(seeds.derive(study.seed, "bootstrap", condition, ALL))
    found = described.consistency(alone, ordered, rng, study.measures.bootstrap)
    for name, estimate in found.items():
        yield _metric(condition, ALL, name, estimate.value, n, estimate.low, estimate.high)
    yield from _described(study, alone, condition, ALL, n)
    if study.arms is not None:
        arms = np.array(study.arms.assigned(len(answered), study.seed))
        for position, arm in enumerate(study.arms.names):
            members = answered & (arms == position)
            if (told := int(members.sum())) >= 2:
                alone = simulation.alone(members, everybody)
                yield from _described(study, alone, condition, f"{ARM}={arm}", told)
    for trait, shares in zip(study.traits.values(), polls, strict=True):
        for position, option in enumerate(trait.option_texts):
            weights = np.nan_to_num(shares[:, position])
            likely = round(float(weights[answered].sum()))
            if trait.name in study.measures.subgroups and likely >= 2:
                members = simulation.alone(answered & (weights > 0), weights)
                yield from _described(study, members, condition, f"{trait.name}={option}", likely)


def _described(
    study: Study, simulated: Simulated, condition: str, subgroup: str, n: int
) -> Iterator[dict[str, Any]]:
    """The answers to questions on which nobody is compared."""
    rng = np.random.default_rng(seeds.derive(study.seed, "described", condition, subgroup))
    ordered = [question.ordered for question in study.questions]
    found = described.described(simulated, ordered, rng, study.measures.bootstrap)
    told = {question.name for question in study.shown_alone}
    for question, estimates in zip(study.questions, found, strict=True):
        if question.name in told:
            names = described.names(question.name, len(question.options), question.ordered)
            for name, estimate in zip(names, estimates, strict=True):
                bounds = estimate.low, estimate.high
                yield _metric(condition, subgroup, name, estimate.value, n, *bounds)


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

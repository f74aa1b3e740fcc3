"""The `measure` job: every condition's figures against the humans, on the `cpu` queue."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    second_wave,
)
from anthology.models.database.sessions import reading
from anthology.models.database.study_pools import pool_id_of
from anthology.models.database.tables import Metric, StudyRow
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.questionnaire.retest import RETEST
from anthology.models.statistics import comparison, described, figures, floors
from anthology.models.statistics.comparison import Simulated
from anthology.models.statistics.described import Estimate
from anthology.models.statistics.individual import estimates
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
    if people.again is not None:
        found += _again(study, people, row.respondents)
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


@dataclass(frozen=True)
class _Group:
    """A subgroup: its humans, and those whose doubles they are compared with."""

    name: str
    members: Bools
    doubles: Bools


def _groups(study: Study, people: People) -> Iterator[_Group]:
    yield _Group(ALL, people.counted, people.counted)
    for trait in study.measures.subgroups:
        column = list(study.traits).index(trait)
        for position, option in enumerate(study.traits[trait].option_texts):
            members = people.counted & (people.traits[:, column] == position)
            yield _Group(f"{trait}={option}", members, members)
    for position, arm in enumerate(study.arms.names if study.arms else ()):
        doubles = people.counted & (people.arms == position)
        # Humans who were assigned to none are compared with every arm.
        members = doubles if study.arms and study.arms.column else people.counted
        yield _Group(f"{ARM}={arm}", members, doubles)


def _condition(
    study: Study, people: People, simulation: Simulation, condition: str
) -> Iterator[dict[str, Any]]:
    """Every subgroup's figures; without people on both sides only those of readings that say what
    there is of few people, too."""
    respondents = len(simulation.answers)
    for group in _groups(study, people):
        doubles = group.doubles[:respondents]
        mask = doubles & simulation.answered
        n, compared = int(mask.sum()), _enough(group, mask)
        yield from _readings(simulation.readings(doubles), condition, group.name, n, compared)
        if not compared:
            continue
        yield from _compared(study, people, simulation, condition, group, mask)
        if people.again is not None:
            yield from _of_retest(study, people, simulation, condition, group.name, mask)
        if study.shown_alone:
            alone = simulation.alone(mask, people.weights_of_doubles[:respondents])
            yield from _described(study, alone, condition, group.name, n)


def _again(study: Study, people: People, respondents: int) -> Iterator[dict[str, Any]]:
    """The second answers of those who are simulated, compared as if a condition had given them."""
    second = second_wave(study, people, respondents)
    for group in _groups(study, people):
        mask = group.doubles[:respondents] & second.answered
        if _enough(group, mask):
            yield from _compared(study, people, second, RETEST, group, mask)


def _enough(group: _Group, mask: Bools) -> bool:
    return bool(mask.sum() >= 2 and group.members.sum() >= 2)


def _compared(
    study: Study, people: People, simulation: Simulation, condition: str, group: _Group, mask: Bools
) -> Iterator[dict[str, Any]]:
    """The figures of humans and of some of the simulated people, with intervals."""
    humans, simulated = people.only(group.members), simulation.only(mask, people)
    ordered = [question.ordered for question in study.compared]
    n, replicates = len(simulated.weights), study.measures.bootstrap
    rng = np.random.default_rng(seeds.derive(study.seed, "bootstrap", condition, group.name))
    reach = comparison.intervals(humans, simulated, rng, replicates, ordered)
    for name, value in comparison.compare(humans, simulated, ordered).items():
        yield _metric(condition, group.name, name, value, n, *reach.get(name, ()))
    own = people.answers[: len(mask)][mask]
    rng = np.random.default_rng(seeds.derive(study.seed, "pairs", condition, group.name))
    found = estimates.estimates(own, simulated, ordered, rng, replicates)
    yield from _estimated(found, condition, group.name, n)


def _of_retest(
    study: Study, people: People, simulation: Simulation, condition: str, subgroup: str, mask: Bools
) -> Iterator[dict[str, Any]]:
    """What share of people's agreement with themselves their doubles reach."""
    assert people.again is not None
    simulated = simulation.only(mask, people)
    own, again = (answers[: len(mask)][mask] for answers in (people.answers, people.again))
    ordered = [question.ordered for question in study.compared]
    rng = np.random.default_rng(seeds.derive(study.seed, RETEST, condition, subgroup))
    replicates = study.measures.bootstrap
    found = estimates.of_retest(own, again, simulated, ordered, rng, replicates)
    yield from _estimated(found, condition, subgroup, len(simulated.weights))


def _estimated(
    found: Mapping[str, Estimate], condition: str, subgroup: str, n: int
) -> Iterator[dict[str, Any]]:
    for name, estimate in found.items():
        yield _metric(condition, subgroup, name, estimate.value, n, estimate.low, estimate.high)


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
    yield from _estimated(found, condition, ALL, n)
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
    for question, told_of in zip(study.questions, found, strict=True):
        if question.name in told:
            names = described.names(question.name, len(question.options), question.ordered)
            named = dict(zip(names, told_of, strict=True))
            yield from _estimated(named, condition, subgroup, n)


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

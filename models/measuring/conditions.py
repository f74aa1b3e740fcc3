"""Every condition against the humans, in every subgroup; so are the second answers of humans who
were asked again."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from anthology.models import seeds
from anthology.models.database.arrays import Bools, Simulation, second_wave
from anthology.models.measuring import described_alone
from anthology.models.measuring.groups import Group
from anthology.models.measuring.reverse_keyed import keyed_one_way
from anthology.models.measuring.rows import Row, estimated, metric
from anthology.models.measuring.stored import Stored
from anthology.models.questionnaire.retest import RETEST
from anthology.models.statistics import comparison, figures
from anthology.models.statistics.by_item import estimates as by_item
from anthology.models.statistics.by_item.estimates import OfItem
from anthology.models.statistics.by_item.names import stored_name
from anthology.models.statistics.individual import estimates
from anthology.models.statistics.readings import Readings
from anthology.models.study.study import Study


def rows(stored: Stored) -> Iterator[Row]:
    """Every subgroup's figures; without people on both sides only those of readings that say what
    there is of few people, too."""
    stored = keyed_one_way(stored)
    for condition, simulation in stored.simulations.items():
        for group in stored.groups:
            yield from _of_group(stored, simulation, condition, group)


def second_answers(stored: Stored) -> Iterator[Row]:
    """The second answers of those who are simulated, compared as if a condition had given them."""
    if stored.people.again is None:
        return
    stored = keyed_one_way(stored)
    second = second_wave(stored.study, stored.people, stored.respondents)
    for group in stored.groups:
        mask = group.doubles[: stored.respondents] & second.answered
        if group.enough(mask):
            yield from _compared(stored, second, RETEST, group, mask)


def read(
    readings: Readings, condition: str, subgroup: str, n: int, *, enough: bool
) -> Iterator[Row]:
    """The figures of how answers were taken, from whomever they were."""
    for figure in figures.OF_READINGS:
        value = figure.function(readings)
        if not math.isnan(value) and (enough or figure.of_few):
            yield metric(condition, subgroup, figure.name, value, n)


def _of_group(
    stored: Stored, simulation: Simulation, condition: str, group: Group
) -> Iterator[Row]:
    doubles = group.doubles[: stored.respondents]
    mask = doubles & simulation.answered
    n, enough = int(mask.sum()), group.enough(mask)
    yield from read(simulation.readings(doubles), condition, group.name, n, enough=enough)
    if not enough:
        return
    yield from _compared(stored, simulation, condition, group, mask)
    if stored.people.again is not None:
        yield from _of_retest(stored, simulation, condition, group.name, mask)
    if stored.study.shown_alone:
        weights = stored.people.weights_of_doubles[: stored.respondents]
        alone = simulation.alone(mask, weights)
        yield from described_alone.rows(stored.study, alone, condition, group.name, n)


def _compared(
    stored: Stored, simulation: Simulation, condition: str, group: Group, mask: Bools
) -> Iterator[Row]:
    """The figures of humans and of some of the simulated people, with intervals."""
    study, people = stored.study, stored.people
    humans, simulated = people.only(group.members), simulation.only(mask, people)
    ordered = [question.ordered for question in study.compared]
    n, replicates = len(simulated.weights), study.measures.bootstrap
    rng = np.random.default_rng(seeds.derive(study.seed, "bootstrap", condition, group.name))
    drawn = comparison.resampled(humans, simulated, rng, replicates, ordered)
    values = comparison.compare(humans, simulated, ordered)
    reach = comparison.intervals(values, simulated.independent, drawn)
    for name, value in values.items():
        yield metric(condition, group.name, name, value, n, *reach.get(name, ()))
    own = people.answers[: len(mask)][mask]
    rng = np.random.default_rng(seeds.derive(study.seed, "pairs", condition, group.name))
    pairs = estimates.resampled(own, simulated, ordered, rng, replicates)
    found = estimates.estimates(pairs, simulated.independent)
    yield from estimated(found, condition, group.name, n)
    for items in (
        by_item.of_distributions(humans, simulated, drawn, ordered),
        by_item.of_pairs(own, simulated, pairs, ordered),
    ):
        yield from _of_items(study, items, condition, group.name)


def _of_items(
    study: Study, items: Iterable[OfItem], condition: str, subgroup: str
) -> Iterator[Row]:
    """Nothing of an item that nobody answered."""
    for question, item in zip(study.compared, items, strict=True):
        if item.n:
            named = {stored_name(question.name, name): one for name, one in item.figures.items()}
            yield from estimated(named, condition, subgroup, item.n)


def _of_retest(
    stored: Stored, simulation: Simulation, condition: str, subgroup: str, mask: Bools
) -> Iterator[Row]:
    """What share of people's agreement with themselves their doubles reach."""
    study, people = stored.study, stored.people
    assert people.again is not None
    simulated = simulation.only(mask, people)
    own, again = (answers[: len(mask)][mask] for answers in (people.answers, people.again))
    ordered = [question.ordered for question in study.compared]
    rng = np.random.default_rng(seeds.derive(study.seed, RETEST, condition, subgroup))
    replicates = study.measures.bootstrap
    found = estimates.of_retest(own, again, simulated, ordered, rng, replicates)
    yield from estimated(found, condition, subgroup, len(simulated.weights))

"""Differences between groups, or between ratings, of the humans and of every condition, and how far
the simulated ones are from the humans' own."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from anthology.models.database.arrays import Bools, Floats, Ints, Simulation
from anthology.models.measuring.groups import FEWEST
from anthology.models.measuring.rows import Row, estimated, metric
from anthology.models.measuring.scale_scores import keyed_items
from anthology.models.measuring.stored import Stored
from anthology.models.statistics.contrasts.differences import Sides, apart, difference
from anthology.models.statistics.contrasts.names import figure_name
from anthology.models.statistics.figures import ALL, HUMANS
from anthology.models.statistics.groups.draws import clusters_of
from anthology.models.study.contrasts.comparisons import Comparison, Side, comparisons


@dataclass(frozen=True)
class _Answered:
    """What all humans answered, or their doubles: answers (N, m), -1 where there is none; weights,
    and who is no independent person (N,)."""

    answers: Ints
    weights: Floats
    clusters: Ints


def rows(stored: Stored) -> Iterator[Row]:
    """Of drawn answers, one each, as humans give one. Nothing of a comparison in which fewer than
    two people are on a side."""
    study = stored.study
    made = comparisons(study.measures.contrasts, study.traits, study.compared)
    if not made:
        return
    people = stored.people
    humans = _Answered(people.answers, people.weights, np.arange(len(people.weights)))
    doubles = {name: _doubles(stored, one) for name, one in stored.simulations.items()}
    for comparison in made:
        theirs = _sides(stored, comparison, humans)
        if not _enough(theirs):
            continue
        yield from _told(comparison, HUMANS, theirs)
        for condition, answered in doubles.items():
            ours = _sides(stored, comparison, answered)
            if _enough(ours):
                yield from _told(comparison, condition, ours)
                found, p = apart(ours, theirs)
                n, name = _people(ours), comparison.name
                yield from estimated({figure_name("apart", name): found}, condition, ALL, n)
                yield metric(condition, ALL, figure_name("apart_p", name), p, n)


def _doubles(stored: Stored, simulation: Simulation) -> _Answered:
    """Rows are those of the humans whom they stand for; doubles of one persona are a cluster, and
    humans without a double one each."""
    people = stored.people
    mask = people.counted[: stored.respondents] & simulation.answered
    simulated, doubles = simulation.only(mask, people), np.flatnonzero(mask)
    answers = np.full(people.answers.shape, -1, dtype=np.int64)
    weights = np.zeros(len(answers))
    answers[doubles], weights[doubles] = simulated.answers, simulated.weights
    clusters = clusters_of(len(answers), doubles, simulated.personas)
    return _Answered(answers, weights, clusters)


def _sides(stored: Stored, comparison: Comparison, answered: _Answered) -> Sides:
    one, other = (
        _scores(stored, side, answered.answers) for side in (comparison.one, comparison.other)
    )
    return Sides(one, other, answered.weights, answered.clusters)


def _scores(stored: Stored, side: Side, answers: Ints) -> Floats:
    """The mean position 1..K (N,) of who is in the group and answered all items, NaN of others."""
    people, count = stored.people, len(side.items)
    sums = keyed_items(side.told, side.items, stored.study.compared).sums(answers)
    trait = list(stored.study.traits).index(side.trait)
    members: Bools = people.counted & (people.traits[:, trait] == side.option)
    return np.where(members & (sums >= 0), (sums + count) / count, np.nan)


def _told(comparison: Comparison, condition: str, sides: Sides) -> Iterator[Row]:
    found = difference(sides)
    n, (one, other) = _people(sides), found.people
    for figure, value, people in (
        ("mean_one", found.means[0], one), ("mean_other", found.means[1], other),
        ("difference", found.value, n), ("cohens_d", found.d, n),
    ):  # fmt: skip
        name = figure_name(figure, comparison.name)
        yield metric(condition, ALL, name, value.value, people, value.low, value.high)
    for figure, number in (("t", found.t), ("df", found.freedom), ("p", found.p)):
        yield metric(condition, ALL, figure_name(figure, comparison.name), number, n)


def _enough(sides: Sides) -> bool:
    return min(sides.people) >= FEWEST


def _people(sides: Sides) -> int:
    """On either side; who is on both counts once."""
    return sides.people[0] if sides.both else sum(sides.people)

"""Differences between groups, or between ratings, of the humans and of every condition, and how far
the simulated ones are from the humans' own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from anthology.models.database.arrays import Floats, Ints, Simulation
from anthology.models.measuring.contrasts.scores import columns, expected, members, rated
from anthology.models.measuring.groups import FEWEST
from anthology.models.measuring.rows import Row, estimated, metric
from anthology.models.measuring.stored import Stored
from anthology.models.statistics.contrasts.differences import Sides, apart, difference
from anthology.models.statistics.contrasts.names import EXPECTED, figure_name
from anthology.models.statistics.figures import ALL, HUMANS
from anthology.models.statistics.groups.draws import clusters_of
from anthology.models.study.contrasts.comparisons import Comparison, comparisons


@dataclass(frozen=True)
class _Answered:
    """What all humans answered, or their doubles: positions (N, m) from 0, -1 where there is none;
    weights, and who is no independent person (N,). `answering` (N, m) is how likely there is an
    answer, where positions are those of mean probabilities: people count by it, as in these."""

    positions: Ints | Floats
    weights: Floats
    clusters: Ints
    answering: Floats | None = None


def rows(stored: Stored) -> Iterator[Row]:
    """Of drawn answers, one each, as humans give one, and of mean probabilities. Nothing of a
    comparison in which fewer than two people are on a side."""
    study = stored.study
    made = comparisons(study.measures.contrasts, study.traits, study.compared)
    if not made:
        return
    people = stored.people
    humans = _Answered(people.answers, people.weights, np.arange(len(people.weights)))
    doubles = {name: _doubles(stored, one) for name, one in stored.simulations.items()}
    likely = {name: _likely(stored, one, doubles[name]) for name, one in stored.simulations.items()}
    for comparison in made:
        theirs = _sides(stored, comparison, humans)
        if not _enough(theirs):
            continue
        yield from _told(comparison, HUMANS, theirs)
        for condition, drawn in doubles.items():
            ours, average = (_sides(stored, comparison, one) for one in (drawn, likely[condition]))
            if _enough(ours):
                yield from _told(comparison, condition, ours)
                found, p = apart(ours, theirs)
                n, name = _people(ours), comparison.name
                yield from estimated({figure_name("apart", name): found}, condition, ALL, n)
                yield metric(condition, ALL, figure_name("apart_p", name), p, n)
            if _enough(average):
                yield from _on_average(comparison, condition, average, theirs)


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


def _likely(stored: Stored, simulation: Simulation, drawn: _Answered) -> _Answered:
    """The same people, of the questions that their humans answered, by mean probabilities."""
    count = stored.respondents
    average, likely = expected(simulation)
    positions, answering = np.full(drawn.positions.shape, -1.0), np.zeros(drawn.positions.shape)
    positions[:count] = np.where(stored.people.silent[:count], -1.0, average)
    answering[:count] = likely
    return replace(drawn, positions=positions, answering=answering)


def _sides(stored: Stored, comparison: Comparison, answered: _Answered) -> Sides:
    weights = answered.weights.copy()
    scores, sides = [], (comparison.one, comparison.other)
    for side in sides:
        group = members(stored, side, len(weights))
        scores.append(np.where(group, rated(stored, side, answered.positions), np.nan))
    if comparison.of_same_people:  # where nobody gave both ratings, too
        paired = ~np.isnan(scores).any(axis=0)
        scores = [np.where(paired, score, np.nan) for score in scores]
    if answered.answering is not None:
        asked = [columns(stored, side) for side in sides]
        for item in {place for places in asked for place in places}:
            on = [
                ~np.isnan(score) & (item in places)
                for score, places in zip(scores, asked, strict=True)
            ]
            weights *= np.where(on[0] | on[1], answered.answering[:, item], 1.0)
    return Sides(scores[0], scores[1], weights, answered.clusters)


def _told(comparison: Comparison, condition: str, sides: Sides) -> Iterator[Row]:
    found = difference(sides)
    n, (one, other) = _people(sides), found.people
    for figure, value, people in (
        ("mean_one", found.means[0], one), ("mean_other", found.means[1], other),
        ("difference", found.value, n), ("cohens_d", found.d, n),
    ):  # fmt: skip
        yield from estimated({figure_name(figure, comparison.name): value}, condition, ALL, people)
    for figure, number in (("t", found.t), ("df", found.freedom), ("p", found.p)):
        yield metric(condition, ALL, figure_name(figure, comparison.name), number, n)


def _on_average(
    comparison: Comparison, condition: str, ours: Sides, humans: Sides
) -> Iterator[Row]:
    """Nothing of d, t and p: expected positions vary less than answers do."""
    found = difference(ours)
    known = (*found.means, found.value, apart(ours, humans)[0])
    people = (*found.people, _people(ours), _people(ours))
    for figure, value, n in zip(EXPECTED, known, people, strict=True):
        yield from estimated({figure_name(figure, comparison.name): value}, condition, ALL, n)


def _enough(sides: Sides) -> bool:
    return min(sides.people) >= FEWEST


def _people(sides: Sides) -> int:
    """On either side; who is on both counts once."""
    return sides.people[0] if sides.both else sum(sides.people)

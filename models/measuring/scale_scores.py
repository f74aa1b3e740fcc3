"""Scales of items: everybody's scores, of humans, in every condition and subgroup."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from anthology.models import seeds
from anthology.models.measuring.groups import FEWEST, Group
from anthology.models.measuring.rows import Row, metric
from anthology.models.measuring.stored import Stored
from anthology.models.questionnaire.questions import Question
from anthology.models.statistics import floors
from anthology.models.statistics.comparison import Simulated
from anthology.models.statistics.figures import ALL, HUMANS
from anthology.models.statistics.scale_scores import estimates
from anthology.models.statistics.scale_scores.estimates import Found
from anthology.models.statistics.scale_scores.keyed import Keyed
from anthology.models.statistics.scale_scores.scored import Scored
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.scales import is_reverse_keyed, named
from anthology.models.study.study import Study


def keyed(study: Study) -> list[Keyed]:
    """The study's scales among the questions that figures are of."""
    questions = study.compared if study.humans else study.questions
    return [keyed_items(scale, items, questions) for scale, items in study.scales.items()]


def keyed_items(name: str, items: Sequence[str], questions: Sequence[Question]) -> Keyed:
    """Items, with a minus before reverse-keyed ones, among the questions that answers are to."""
    places = {question.name: place for place, question in enumerate(questions)}
    names = [named(item) for item in items]
    return Keyed(
        name,
        items=names,
        columns=[places[one] for one in names],
        reverse=[is_reverse_keyed(item) for item in items],
        options=[len(questions[places[one]].options) for one in names],
    )


def rows(stored: Stored) -> Iterator[Row]:
    """Of every group the humans' own, with both floors, and every condition beside them."""
    scales = keyed(stored.study)
    for group in stored.groups if scales else []:
        humans = stored.people.only(group.members)
        scored = Scored(scales, humans.answers, humans.weights)
        doubles = group.doubles[: stored.respondents]
        if len(humans.weights) >= FEWEST and (group.name == ALL or group.enough(doubles)):
            yield from _of_humans(stored, scored, group, int(doubles.sum()))
        for condition, simulation in stored.simulations.items():
            mask = doubles & simulation.answered
            if group.enough(mask):
                simulated = simulation.only(mask, stored.people)
                ours = Scored(scales, simulated.answers, simulated.weights, simulated.personas)
                rng = _rng(stored.study, condition, group.name)
                replicates = stored.study.measures.bootstrap
                found = estimates.compared(scored, ours, rng, replicates)
                yield from _estimated(found, condition, group.name)


def of_personas(stored: Stored) -> Iterator[Row]:
    """Without humans: of all personas of a condition, and of those of every arm."""
    study = stored.study
    scales = keyed(study)
    for condition, simulation in stored.simulations.items() if scales else ():
        everybody = np.ones(len(simulation.answered))
        members = {ALL: simulation.answered}
        if study.arms is not None:
            arms = np.array(study.arms.assigned(len(everybody), study.seed))
            members |= {
                f"{ARM}={arm}": simulation.answered & (arms == place)
                for place, arm in enumerate(study.arms.names)
            }
        for group, mask in members.items():
            if mask.sum() >= FEWEST:
                yield from _alone(
                    study, scales, simulation.alone(mask, everybody), condition, group
                )


def _alone(
    study: Study, scales: Sequence[Keyed], personas: Simulated, condition: str, group: str
) -> Iterator[Row]:
    scored = Scored(scales, personas.answers, personas.weights, personas.personas)
    rng = _rng(study, condition, group)
    found = estimates.of_people(scored, rng, study.measures.bootstrap)
    yield from _estimated(found, condition, group)


def _of_humans(stored: Stored, humans: Scored, group: Group, sampled: int) -> Iterator[Row]:
    """What all humans are by themselves, and what they score against each other."""
    study, people = stored.study, len(humans.weights)
    rng, splits = _rng(study, HUMANS, group.name), study.measures.splits
    own = estimates.of_people(humans, rng, study.measures.bootstrap)
    halves = estimates.floor(humans, splits, floors.halved(people, rng))
    sized = estimates.floor(humans, splits, floors.sampled(max(sampled, 1), people, rng))
    yield from _estimated(own, HUMANS, group.name)
    for floor, values, n in (("floor", halves, people), ("floor_at_n", sized, sampled)):
        for name, value in values.items():
            yield metric(floor, group.name, name, value, n)


def _estimated(found: Mapping[str, Found], condition: str, group: str) -> Iterator[Row]:
    for name, one in found.items():
        estimate = one.estimate
        yield metric(condition, group, name, estimate.value, one.n, estimate.low, estimate.high)


def _rng(study: Study, condition: str, group: str) -> np.random.Generator:
    return np.random.default_rng(seeds.derive(study.seed, "scales", condition, group))

"""Of every two conditions by how much one is closer to the humans, in every subgroup."""

from collections.abc import Iterator

import numpy as np

from anthology.models import seeds
from anthology.models.measuring.groups import Group
from anthology.models.measuring.reverse_keyed import keyed_one_way
from anthology.models.measuring.rows import Row, metric
from anthology.models.measuring.stored import Stored
from anthology.models.statistics.figures import ALL
from anthology.models.statistics.paired.differences import (
    IN_SUBGROUPS,
    JUDGED,
    closer_name,
    differences,
    p_name,
)  # fmt: skip
from anthology.models.statistics.paired.losses import Condition


def rows(stored: Stored) -> Iterator[Row]:
    """Stored of the first condition of each two, under a name with the second's. Conditions in
    which too few people answered are left out."""
    stored = keyed_one_way(stored)
    for group in stored.groups:
        yield from _of_group(stored, group)


def _of_group(stored: Stored, group: Group) -> Iterator[Row]:
    study, people = stored.study, stored.people
    places = np.cumsum(group.members) - 1  # of respondents among the group's humans
    names, conditions = [], []
    for name, simulation in stored.simulations.items():
        mask = group.doubles[: stored.respondents] & simulation.answered
        if group.enough(mask):
            names.append(name)
            doubles = np.flatnonzero(mask)
            conditions.append(Condition(simulation.only(mask, people), places[doubles]))
    if len(conditions) < 2:
        return
    everybody = group.name == ALL
    named = () if everybody else (group.name,)  # as versions before subgroups drew
    rng = np.random.default_rng(seeds.derive(study.seed, "paired", *named))
    ordered = [question.ordered for question in study.compared]
    humans = people.only(group.members)
    judged = JUDGED if everybody else IN_SUBGROUPS
    found = differences(humans, conditions, ordered, rng, study.measures.bootstrap, judged)
    for (a, b), of_figures in found.items():
        n = min(len(conditions[place].stands_for) for place in (a, b))
        for figure, one in of_figures.items():
            name = closer_name(figure, names[b])
            yield metric(names[a], group.name, name, one.closer, n, one.low, one.high)
            yield metric(names[a], group.name, p_name(figure, names[b]), one.p, n)

"""Of every two conditions by how much one is closer to the humans, of everybody together."""

from collections.abc import Iterator

import numpy as np

from anthology.models import seeds
from anthology.models.measuring.rows import Row, metric
from anthology.models.measuring.stored import Stored
from anthology.models.statistics.figures import ALL
from anthology.models.statistics.paired.differences import (
    Condition,
    closer_name,
    differences,
    p_name,
)  # fmt: skip


def rows(stored: Stored) -> Iterator[Row]:
    """Stored of the first condition of each two, under a name with the second's. Conditions in
    which too few people answered are left out."""
    study, people = stored.study, stored.people
    everybody = stored.groups[0]
    places = np.cumsum(everybody.members) - 1  # of respondents among the humans who count
    names, conditions = [], []
    for name, simulation in stored.simulations.items():
        mask = everybody.doubles[: stored.respondents] & simulation.answered
        if everybody.enough(mask):
            names.append(name)
            doubles = np.flatnonzero(mask)
            conditions.append(Condition(simulation.only(mask, people), places[doubles]))
    if len(conditions) < 2:
        return
    rng = np.random.default_rng(seeds.derive(study.seed, "paired"))
    ordered = [question.ordered for question in study.compared]
    humans = people.only(everybody.members)
    found = differences(humans, conditions, ordered, rng, study.measures.bootstrap)
    for (a, b), of_figures in found.items():
        n = min(len(conditions[place].stands_for) for place in (a, b))
        for figure, one in of_figures.items():
            name = closer_name(figure, names[b])
            yield metric(names[a], ALL, name, one.closer, n, one.low, one.high)
            yield metric(names[a], ALL, p_name(figure, names[b]), one.p, n)

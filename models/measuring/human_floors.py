"""What humans score against each other, all of them and in every subgroup."""

from collections.abc import Iterator

import numpy as np

from anthology.models import seeds
from anthology.models.measuring.groups import Group
from anthology.models.measuring.rows import Row, metric
from anthology.models.measuring.stored import Stored
from anthology.models.statistics import floors
from anthology.models.statistics.figures import ALL


def rows(stored: Stored) -> Iterator[Row]:
    """`floor` between half splits of a group's humans; `floor_at_n` for samples as large as its
    simulation, drawn from them. Of a subgroup with too few people to be compared there are none."""
    for group in stored.groups:
        doubles = group.doubles[: stored.respondents]
        if group.name == ALL or group.enough(doubles):
            yield from _of_group(stored, group, int(doubles.sum()))


def _of_group(stored: Stored, group: Group, sampled: int) -> Iterator[Row]:
    study = stored.study
    humans = stored.people.only(group.members)
    options = [len(question.options) for question in study.compared]
    ordered = [question.ordered for question in study.compared]
    arguments = (humans.answers, options, humans.weights, study.measures.splits)
    named = () if group.name == ALL else (group.name,)  # as versions before subgroups drew
    rng = np.random.default_rng(seeds.derive(study.seed, "floor", *named))
    halves = floors.floor(*arguments, rng=rng, ordered=ordered)
    # A study whose simulated people all have weight 0 has no figures, but floors.
    sized = floors.floor_at(max(sampled, 1), *arguments, rng=rng, ordered=ordered)
    for name, found, n in (
        ("floor", halves, int(group.members.sum())),
        ("floor_at_n", sized, sampled),
    ):
        for figure, value in found.items():
            yield metric(name, group.name, figure, value, n)

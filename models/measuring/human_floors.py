"""What humans score against each other, all of them and in every subgroup."""

from collections.abc import Iterator

import numpy as np

from anthology.models import seeds
from anthology.models.measuring.groups import Group
from anthology.models.measuring.reverse_keyed import keyed_one_way
from anthology.models.measuring.rows import Row, metric
from anthology.models.measuring.stored import Stored
from anthology.models.statistics import floors
from anthology.models.statistics.by_item.estimates import of_floor
from anthology.models.statistics.by_item.names import stored_name
from anthology.models.statistics.figures import ALL


def rows(stored: Stored) -> Iterator[Row]:
    """`floor` between half splits of a group's humans; `floor_at_n` for samples as large as its
    simulation, drawn from them. Of a subgroup with too few people to be compared there are none."""
    stored = keyed_one_way(stored)
    for group in stored.groups:
        doubles = group.doubles[: stored.respondents]
        if group.name == ALL or group.enough(doubles):
            yield from _of_group(stored, group, int(doubles.sum()))


def _of_group(stored: Stored, group: Group, sampled: int) -> Iterator[Row]:
    study = stored.study
    humans, members = stored.people.only(group.members), int(group.members.sum())
    options = [len(question.options) for question in study.compared]
    ordered = [question.ordered for question in study.compared]
    arguments = (humans.answers, options, humans.weights, ordered, study.measures.splits)
    named = () if group.name == ALL else (group.name,)  # as versions before subgroups drew
    rng = np.random.default_rng(seeds.derive(study.seed, "floor", *named))
    for name, n, split in (
        ("floor", members, floors.halved(members, rng)),
        # A study whose simulated people all have weight 0 has no figures, but floors.
        ("floor_at_n", sampled, floors.sampled(max(sampled, 1), members, rng)),
    ):
        splits = floors.splits_of(*arguments, split)
        for figure, value in splits.told().items():
            yield metric(name, group.name, figure, value, n)
        for question, item in zip(study.compared, of_floor(splits, ordered), strict=True):
            for figure, value in item.items():
                yield metric(name, group.name, stored_name(question.name, figure), value, n)

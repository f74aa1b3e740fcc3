"""Every condition's spread within the groups of a trait and its parity gap between them, beside
what other real people would have."""

from collections.abc import Iterator, Sequence

import numpy as np

from anthology.models import seeds
from anthology.models.database.arrays import Bools
from anthology.models.measuring.groups import Group
from anthology.models.measuring.rows import Row, estimated, metric
from anthology.models.measuring.stored import Stored
from anthology.models.statistics import across_groups, floors
from anthology.models.statistics.across_groups import FEWEST, Members, stored_name
from anthology.models.statistics.figures import ALL
from anthology.models.study.measures import CROSS, Subgroup


def rows(stored: Stored) -> Iterator[Row]:
    """Of all subgroups of a trait, or of a crossing, with enough people; fewer than two groups have
    nothing between them."""
    groups = {group.name: group for group in stored.groups}
    crossings: dict[str, list[Group]] = {}
    for subgroup in stored.study.measures.groups(stored.study.traits):
        crossings.setdefault(_crossing(subgroup), []).append(groups[subgroup.name])
    for crossing, of_it in crossings.items():
        yield from _floors(stored, crossing, of_it)
        for condition in stored.simulations:
            yield from _of_condition(stored, crossing, of_it, condition)


def _crossing(subgroup: Subgroup) -> str:
    return CROSS.join(subgroup.options)


def _of_condition(
    stored: Stored, crossing: str, groups: Sequence[Group], condition: str
) -> Iterator[Row]:
    study, simulation = stored.study, stored.simulations[condition]
    answered = {
        group.name: group.doubles[: stored.respondents] & simulation.answered for group in groups
    }
    known = [group for group in groups if group.enough(answered[group.name])]
    if len(known) < FEWEST:
        return
    members = _numbered([group.members for group in known])
    doubles = _numbered([answered[group.name] for group in known])
    simulated = simulation.only(doubles >= 0, stored.people)
    found = across_groups.estimates(
        stored.people.only(members >= 0),
        simulated,
        (members[members >= 0], doubles[doubles >= 0]),
        [question.ordered for question in study.compared],
        np.random.default_rng(seeds.derive(study.seed, "across", condition, crossing)),
        study.measures.bootstrap,
    )
    named = {stored_name(crossing, name): estimate for name, estimate in found.items()}
    yield from estimated(named, condition, ALL, len(simulated.weights))


def _floors(stored: Stored, crossing: str, groups: Sequence[Group]) -> Iterator[Row]:
    study = stored.study
    sizes = {group.name: int(group.doubles[: stored.respondents].sum()) for group in groups}
    known = [group for group in groups if group.enough(group.doubles[: stored.respondents])]
    if len(known) < FEWEST:
        return
    members = _numbered([group.members for group in known])
    humans, inside = stored.people.only(members >= 0), members[members >= 0]
    drawn = [sizes[group.name] for group in known]
    counts = np.bincount(inside).tolist()
    rng = np.random.default_rng(seeds.derive(study.seed, "across", "floor", crossing))
    halves = [floors.halved(count, rng) for count in counts]
    samples = [floors.sampled(size, count, rng) for size, count in zip(drawn, counts, strict=True)]
    for floor, n, split in (("floor", len(inside), halves), ("floor_at_n", sum(drawn), samples)):
        found = across_groups.floor(
            humans,
            inside,
            [len(question.options) for question in study.compared],
            [question.ordered for question in study.compared],
            study.measures.splits,
            split,
        )
        for name, value in found.items():
            yield metric(floor, ALL, stored_name(crossing, name), value, n)


def _numbered(masks: Sequence[Bools]) -> Members:
    """The number of everybody's mask (n,), which overlap in nobody; -1 in none."""
    numbers = np.full(len(masks[0]), -1, dtype=np.int64)
    for number, mask in enumerate(masks):
        numbers[mask] = number
    return numbers

"""What personas said for themselves, compared with nobody."""

from collections.abc import Iterator

import numpy as np

from anthology.models import seeds
from anthology.models.database.arrays import Floats, Simulation
from anthology.models.measuring import described_alone
from anthology.models.measuring.conditions import read
from anthology.models.measuring.groups import FEWEST
from anthology.models.measuring.reverse_keyed import drawn_one_way
from anthology.models.measuring.rows import Row, estimated
from anthology.models.measuring.stored import Stored
from anthology.models.statistics import described
from anthology.models.statistics.figures import ALL
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.scales import reverse_keyed
from anthology.models.study.study import Study


def rows(stored: Stored) -> Iterator[Row]:
    """In a subgroup a persona counts as much as its polls make it likely to belong, in a crossing
    by their product, and `n` is how many that makes."""
    study = stored.study
    for condition in study.conditions:
        polls = stored.polls[study.pool_of(condition).name]
        yield from _of_condition(study, stored.simulations[condition.name], condition.name, polls)


def _of_condition(
    study: Study, simulation: Simulation, condition: str, polls: list[Floats]
) -> Iterator[Row]:
    answered = simulation.answered
    n, everybody = int(answered.sum()), np.ones(len(answered))
    yield from read(simulation.readings(everybody > 0), condition, ALL, n, enough=n >= FEWEST)
    if n < FEWEST:
        return
    alone = simulation.alone(answered, everybody)
    ordered = [question.ordered for question in study.questions]
    rng = np.random.default_rng(seeds.derive(study.seed, "bootstrap", condition, ALL))
    keyed = drawn_one_way(alone, study.questions, reverse_keyed(study.scales))
    found = described.consistency(keyed, ordered, rng, study.measures.bootstrap)
    yield from estimated(found, condition, ALL, n)
    yield from described_alone.rows(study, alone, condition, ALL, n)
    if study.arms is not None:
        arms = np.array(study.arms.assigned(len(answered), study.seed))
        for position, arm in enumerate(study.arms.names):
            members = answered & (arms == position)
            if (told := int(members.sum())) >= FEWEST:
                alone = simulation.alone(members, everybody)
                yield from described_alone.rows(study, alone, condition, f"{ARM}={arm}", told)
    shares = dict(zip(study.traits, polls, strict=True))
    for group in study.measures.groups(study.traits):
        parts = [shares[trait][:, place] for trait, place in group.options.items()]
        weights = np.nan_to_num(np.prod(parts, axis=0))
        likely = round(float(weights[answered].sum()))
        if likely >= FEWEST:
            alone = simulation.alone(answered & (weights > 0), weights)
            yield from described_alone.rows(study, alone, condition, group.name, likely)

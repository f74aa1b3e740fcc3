"""Figures of one item with their intervals, and what humans score on it against each other.

Knows arrays only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics import floors
from anthology.models.statistics.by_item.names import applying, with_floor
from anthology.models.statistics.comparison import Humans, Simulated
from anthology.models.statistics.figures import OF_DISTRIBUTIONS, OF_PAIRS, deviation
from anthology.models.statistics.groups.draws import independent as independent_among
from anthology.models.statistics.groups.intervals import Estimate, around
from anthology.models.statistics.groups.resampled import Resampled
from anthology.models.statistics.individual import estimates as pairs
from anthology.models.statistics.metrics import Answers, mean_distribution, shares


@dataclass(frozen=True)
class OfItem:
    """One item's figures by name, and how many simulated people they are of."""

    n: int
    figures: dict[str, Estimate]


def of_distributions(
    humans: Humans, simulated: Simulated, drawn: Resampled, ordered: Sequence[bool]
) -> list[OfItem]:
    """By item what its distributions say, as `comparison.compare` and `comparison.intervals` of the
    mean over items: of probabilities with intervals, of drawn answers without.

    An interval is of as many independent people as answered the item, on the side with fewer.
    """
    found = []
    for j, (item, scale) in enumerate(zip(simulated.probabilities, ordered, strict=True)):
        options = item.shape[1]
        theirs = shares(humans.answers[:, j], options, humans.weights)
        ours = mean_distribution(item, simulated.weights)
        answers = shares(simulated.answers[:, j], options, simulated.weights)
        answered = np.nan_to_num(item).sum(axis=1) > 0
        independent = min(
            independent_among(simulated.personas, answered * simulated.weights),
            independent_among(None, (humans.answers[:, j] >= 0) * humans.weights),
        )
        of_item = {}
        for figure in applying(OF_DISTRIBUTIONS, scale):
            value = float(figure.function(theirs, ours))
            of_item[figure.drawn_name] = Estimate(float(figure.function(theirs, answers)))
            of_item[figure.name] = Estimate(value)
            if figure.interval:
                replicates = drawn.items[figure.name][j]
                twice = drawn.twice.items[figure.name][j] if figure.iterated else None
                of_item[figure.name] = around(
                    value, replicates, independent, figure.within([options]), figure.shape, twice
                )
        found.append(OfItem(int(answered.sum()), of_item))
    return found


def of_pairs(
    own: Answers, simulated: Simulated, drawn: pairs.Resampled, ordered: Sequence[bool]
) -> list[OfItem]:
    """By item what people's own answers (n, m) and their doubles' say, as `pairs.estimates` of the
    mean over items."""
    found = []
    for j, (item, scale) in enumerate(zip(simulated.probabilities, ordered, strict=True)):
        answered = (np.nan_to_num(item).sum(axis=1) > 0) & (own[:, j] >= 0)
        independent = independent_among(simulated.personas, answered * simulated.weights)
        of_item = {}
        for figure in applying(OF_PAIRS, scale):
            place = OF_PAIRS.index(figure)
            value, replicates = float(drawn.values[j, place]), drawn.drawn[:, j, place]
            of_item[figure.name] = Estimate(value)
            if figure.interval:
                of_item[figure.name] = around(
                    value, replicates, independent, figure.within([item.shape[1]]), figure.shape
                )
        found.append(OfItem(int(answered.sum()), of_item))
    return found


def of_floor(splits: floors.Splits, ordered: Sequence[bool]) -> list[dict[str, float]]:
    """By item the mean and standard deviation over splits of what humans score against each other
    on it, by name."""
    found = []
    for j, scale in enumerate(ordered):
        of_item: dict[str, float] = {}
        for figure in with_floor(scale):
            mean, spread = floors.spread(splits.drawn.items[figure.name][j])
            of_item |= {figure.name: mean, deviation(figure): spread}
        found.append(of_item)
    return found

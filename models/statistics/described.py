"""Simulated people by themselves: their answers' distributions, and how sure these are.

Knows arrays only. What is said here is compared with nobody; `comparison.py` does that.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

import numpy as np

from anthology.models.statistics.comparison import Simulated, of_answers
from anthology.models.statistics.figures import COMPARED
from anthology.models.statistics.groups import draws
from anthology.models.statistics.groups.intervals import ANY, Estimate, Range, Shape, around
from anthology.models.statistics.groups.profiles import Profile, scales
from anthology.models.statistics.groups.weighed import Weighed
from anthology.models.statistics.metrics import Floats, normalised

ALONE = tuple(figure for figure in COMPARED if not figure.two_sides)


def share_name(question: str, position: int) -> str:
    """What the share of an option, by its position from 0 on, is stored as."""
    return f"share/{question}/{position + 1}"


def mean_name(question: str) -> str:
    """Of positions 1..K of an ordered question."""
    return f"mean/{question}"


def deviation_name(question: str) -> str:
    return f"sd/{question}"


def names(question: str, options: int, ordered: bool) -> list[str]:
    """All that is stored of one question."""
    found = [share_name(question, position) for position in range(options)]
    return [*found, mean_name(question), deviation_name(question)] if ordered else found


def described(
    simulated: Simulated, ordered: Sequence[bool], rng: np.random.Generator, replicates: int
) -> list[list[Estimate]]:
    """By item its options' shares and, of an ordered one, mean and standard deviation of the
    positions, in the order of `names`.

    Shares are mean probabilities among those who answer. Those who share a persona are resampled
    together.
    """
    joint = [np.nan_to_num(item) for item in simulated.probabilities]
    cells = np.concatenate(joint, axis=1)
    ends = np.cumsum([item.shape[1] for item in joint])[:-1]

    def values(weights: Floats) -> Floats:
        """(R, values) of weights (R, n)."""
        masses = np.split(weights @ cells, ends, axis=1)
        return np.concatenate(
            [_of_item(mass, scale) for mass, scale in zip(masses, ordered, strict=True)], axis=1
        )

    [found] = values(simulated.weights[None, :])
    drawn = np.concatenate(
        [values(times * simulated.weights) for times in resamples(simulated, rng, replicates)]
    )
    kinds = [_kinds(item.shape[1], scale) for item, scale in zip(joint, ordered, strict=True)]
    estimates = [
        around(value, column, simulated.independent, within, shape)
        for value, column, (within, shape) in zip(found, drawn.T, chain(*kinds), strict=True)
    ]
    starts = np.cumsum([0, *map(len, kinds)])
    return [estimates[a:b] for a, b in pairwise(starts.tolist())]


def consistency(
    simulated: Simulated, ordered: Sequence[bool], rng: np.random.Generator, replicates: int
) -> dict[str, Estimate]:
    """The figures that look at simulated answers alone (alpha), by name."""
    options = [item.shape[1] for item in simulated.probabilities]
    columns = scales(options, ordered)
    people = simulated.answers, options, simulated.weights, columns
    profile, weighed = Profile.of_answers(*people), Weighed(*people)
    profiles = [
        weighed.profiles(times, covariances=True) for times in resamples(simulated, rng, replicates)
    ]
    found = {}
    for figure in ALONE:
        drawn = np.concatenate([figure.value(one, one) for one in profiles])
        value = float(figure.value(profile, profile))
        found[figure.name] = around(
            value, drawn, simulated.independent, figure.within(), figure.shape
        )
    counts = of_answers(simulated, columns)
    return found | {name: Estimate(value) for name, value in counts.items()}


def resamples(simulated: Simulated, rng: np.random.Generator, replicates: int) -> Iterator[Floats]:
    """How often everybody is drawn (R, n), some resamples at a time; those who share a persona are
    drawn together."""
    people = len(simulated.weights)
    for block in draws.blocks(replicates, people):
        yield draws.bootstrap(block, people, simulated.personas, rng)


def _kinds(options: int, ordered: bool) -> list[tuple[Range, Shape]]:
    """Of the intervals of `_of_item`, of which all but the deviation are means."""
    shares: list[tuple[Range, Shape]] = [((0, 1), "even")] * options
    return [*shares, ((1, options), "even"), (ANY, "logarithm")] if ordered else shares


def _of_item(masses: Floats, ordered: bool) -> Floats:
    """(R, values) of masses (R, options)."""
    shares = normalised(masses)
    if not ordered:
        return shares
    positions = np.arange(1, shares.shape[-1] + 1)
    mean = shares @ positions
    variance = (shares * np.square(positions - mean[:, None])).sum(axis=1)
    return np.column_stack([shares, mean, np.sqrt(variance)])

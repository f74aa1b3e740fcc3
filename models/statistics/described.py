"""Simulated people by themselves: their answers' distributions, and how sure these are.

Knows arrays only. What is said here is compared with nobody; `comparison.py` does that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from anthology.models.statistics.comparison import TWO_SIDED_95, Simulated, resampled
from anthology.models.statistics.figures import OF_ANSWERS
from anthology.models.statistics.metrics import Floats
from anthology.models.statistics.profiles import scales

NAN = float("nan")


@dataclass(frozen=True)
class Estimate:
    """A value with its 95% interval, 1.96 bootstrap standard errors to each side (Efron 1979); NaN
    where undefined."""

    value: float
    low: float = NAN
    high: float = NAN


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
        masses = np.split(weights @ cells, ends)
        return np.concatenate(
            [_of_item(mass, scale) for mass, scale in zip(masses, ordered, strict=True)]
        )

    people = len(simulated.weights)
    found = values(simulated.weights)
    drawn = np.full((0, len(found)), NAN)
    if several(simulated):
        drawn = np.array(
            [
                values(simulated.weights * np.bincount(rows, minlength=people))
                for rows in (resampled(people, simulated.personas, rng) for _ in range(replicates))
            ]
        )
    estimates = [around(value, drawn[:, i]) for i, value in enumerate(found)]
    lengths = [item.shape[1] + 2 * scale for item, scale in zip(joint, ordered, strict=True)]
    starts = np.cumsum([0, *lengths])
    return [estimates[a:b] for a, b in pairwise(starts.tolist())]


def consistency(
    simulated: Simulated, ordered: Sequence[bool], rng: np.random.Generator, replicates: int
) -> dict[str, Estimate]:
    """The figures that look at simulated answers alone (alpha), by name."""
    columns = scales([item.shape[1] for item in simulated.probabilities], ordered)
    answers, weights = simulated.answers[:, columns], simulated.weights
    found = {}
    for figure in OF_ANSWERS:
        value = figure.function(answers, weights)
        if not figure.interval or not several(simulated):
            found[figure.name] = Estimate(value)
            continue
        people = [resampled(len(weights), simulated.personas, rng) for _ in range(replicates)]
        drawn = np.array([figure.function(answers[rows], weights[rows]) for rows in people])
        found[figure.name] = around(value, drawn)
    return found


def _of_item(masses: Floats, ordered: bool) -> Floats:
    total = masses.sum()
    shares = masses / total if total > 0 else np.full(len(masses), NAN)
    if not ordered:
        return shares
    positions = np.arange(1, len(shares) + 1)
    mean = shares @ positions
    return np.array([*shares, mean, np.sqrt(shares @ np.square(positions - mean))])


def several(simulated: Simulated) -> bool:
    """Whether they are several people, which shared personas may not make them."""
    personas = simulated.personas
    return (len(simulated.weights) if personas is None else np.unique(personas).size) > 1


def around(value: float, replicates: Floats) -> Estimate:
    """The value with the interval that its bootstrap replicates give."""
    defined = replicates[~np.isnan(replicates)]
    if defined.size < 2 or np.isnan(value):
        return Estimate(float(value))
    reach = TWO_SIDED_95 * float(defined.std(ddof=1))
    return Estimate(float(value), float(value) - reach, float(value) + reach)

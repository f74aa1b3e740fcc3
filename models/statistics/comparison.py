"""Simulated people against humans: distances between their answers, and how sure those are.

Knows arrays only; the single figures are in `metrics.py`, what humans score against themselves in
`floors.py`. Nominal items count in the total variation alone: they have no positions.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.metrics import (
    Answers,
    Floats,
    correlation,
    correlation_matrix_distance,
    cronbach_alpha,
    frobenius,
    l1,
    mean_distribution,
    shares,
    total_variation,
    wasserstein,
)

Rows = npt.NDArray[np.intp]

DISTANCES = ("wd", "tv", "fro", "cbs", "l1")
FIGURES = (*DISTANCES, "alpha")
TWO_SIDED_95 = 1.959964  # standard normal


@dataclass(frozen=True)
class Humans:
    """Respondents: answers (N, m), survey weights (N,)."""

    answers: Answers
    weights: Floats

    def take(self, rows: Rows) -> "Humans":
        """The people at these rows, repeated where a row is."""
        return Humans(self.answers[rows], self.weights[rows])


@dataclass(frozen=True)
class Simulated:
    """Virtual people: drawn answers (n, m), weights (n,) of their matched respondents, and per item
    the option probabilities (n, K_j), a row of NaN where the answer is missing. A row sums to 1
    less the probability of a refusal, which is no answer (-1) where it was drawn. `personas` (n,)
    says whose story answers for each, numbered 0, 1, ...; None if everybody is one of their own."""

    answers: Answers
    weights: Floats
    probabilities: Sequence[Floats]
    personas: Rows | None = None

    def take(self, rows: Rows) -> "Simulated":
        """The people at these rows, repeated where a row is."""
        probabilities = [item[rows] for item in self.probabilities]
        personas = None if self.personas is None else self.personas[rows]
        return Simulated(self.answers[rows], self.weights[rows], probabilities, personas)


@dataclass(frozen=True)
class Comparison:
    """Simulated people against humans: distances, alpha and number n of the simulated people.

    wd is a mean over ordered items, tv over all; NaN if nobody on one side answered one of them,
    or if there is no ordered item. fro, cbs, l1 and alpha are NaN with fewer than two of those, and
    the three distances with fewer than two people on a side who answered them all. wd_drawn and
    tv_drawn are the same distances of one drawn answer each, as humans give one: what to hold
    against a floor.
    """

    wd: float
    tv: float
    fro: float
    cbs: float
    l1: float
    alpha: float
    n: int
    wd_drawn: float
    tv_drawn: float


def compare(
    humans: Humans, simulated: Simulated, ordered: Sequence[bool] | None = None
) -> Comparison:
    """Distances between humans and simulated people, who answered the same m items.

    Simulated distributions are mean probabilities; correlations and alpha come from drawn answers.
    `ordered` says of each item whether its options have an order (all by default).
    """
    options = [item.shape[1] for item in simulated.probabilities]
    columns = scales(options, ordered)
    theirs = Portrait.of_answers(humans.answers, options, humans.weights, columns)
    weights = simulated.weights
    means = [mean_distribution(item, weights) for item in simulated.probabilities]
    drawn = Portrait.of_answers(simulated.answers, options, weights, columns)
    wd_drawn, tv_drawn, *_ = distances(theirs, drawn)
    return Comparison(
        *distances(theirs, replace(drawn, distributions=means)),
        alpha=cronbach_alpha(simulated.answers[:, columns]),
        n=len(weights),
        wd_drawn=wd_drawn,
        tv_drawn=tv_drawn,
    )


def intervals(
    humans: Humans,
    simulated: Simulated,
    rng: np.random.Generator,
    replicates: int = 200,
    ordered: Sequence[bool] | None = None,
) -> dict[str, tuple[float, float]]:
    """95% intervals of `FIGURES`: the figure plus and minus 1.96 bootstrap standard errors.

    Standard errors by resampling both groups of people (Efron 1979), the simulated ones by
    personas: those who share a story are no independent people, and come and go together (cluster
    bootstrap, Field and Welsh 2007). Not percentiles: a distance cannot be negative and resampling
    adds noise to both sides, so the replicates of a small distance all sit above it. The interval
    is for the score that as many such people would get on average; that this is above zero even
    for other real people is what `floors.floor_at` shows. (NaN, NaN) where a figure is undefined
    or all rests on one persona.
    """
    found = compare(humans, simulated, ordered)
    personas = simulated.personas
    if personas is not None and np.unique(personas).size < 2:
        return dict.fromkeys(FIGURES, (float("nan"), float("nan")))
    figures = np.array(
        [
            astuple(
                compare(
                    humans.take(_resampled(len(humans.weights), None, rng)),
                    simulated.take(_resampled(len(simulated.weights), personas, rng)),
                    ordered,
                )
            )
            for _ in range(replicates)
        ]
    )
    return {
        name: _around(getattr(found, name), figures[:, i], name != "alpha")
        for i, name in enumerate(FIGURES)
    }


@dataclass(frozen=True)
class Portrait:
    """What distances look at: per item the distribution (K_j,), and the correlations between the
    items in `columns`, which are the ordered ones."""

    distributions: list[Floats]
    correlation: Floats
    columns: list[int]

    @classmethod
    def of_answers(
        cls, answers: Answers, options: Sequence[int], weights: Floats, columns: list[int]
    ) -> "Portrait":
        distributions = [shares(answers[:, j], k, weights) for j, k in enumerate(options)]
        return cls(distributions, correlation(answers[:, columns], weights), columns)


def scales(options: Sequence[int], ordered: Sequence[bool] | None) -> list[int]:
    """The columns of the items whose options have an order."""
    return [j for j in range(len(options)) if ordered is None or ordered[j]]


def distances(a: Portrait, b: Portrait) -> tuple[float, float, float, float, float]:
    """The figures named in DISTANCES, in that order."""
    pairs = list(zip(a.distributions, b.distributions, strict=True))
    wd = [wasserstein(*pairs[j]) for j in a.columns]
    tv = [total_variation(p, q) for p, q in pairs]
    if len(a.columns) < 2:
        nan = float("nan")
        return float(np.mean(wd)) if wd else nan, float(np.mean(tv)), nan, nan, nan
    one, other = a.correlation, b.correlation
    return (
        float(np.mean(wd)),
        float(np.mean(tv)),
        frobenius(one, other),
        correlation_matrix_distance(one, other),
        l1(one, other),
    )


def _resampled(people: int, clusters: Rows | None, rng: np.random.Generator) -> Rows:
    """Rows of as many people drawn with replacement, or of as many whole clusters."""
    if clusters is None:
        return rng.integers(people, size=people)
    count = int(clusters.max()) + 1
    times = np.bincount(rng.integers(count, size=count), minlength=count)
    return np.repeat(np.arange(people), times[clusters])


def _around(value: float, replicates: Floats, is_distance: bool) -> tuple[float, float]:
    defined = replicates[~np.isnan(replicates)]
    if defined.size < 2 or np.isnan(value):
        return float("nan"), float("nan")
    reach = TWO_SIDED_95 * float(defined.std(ddof=1))
    low = max(0.0, value - reach) if is_distance else value - reach
    return low, value + reach

"""Simulated people against humans: every figure of their answers, and how sure it is.

Knows arrays only; which figures there are is in `figures.py`, what humans score against themselves
in `floors.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.figures import COMPARED, OF_DISTRIBUTIONS
from anthology.models.statistics.metrics import Answers, Floats, mean_distribution
from anthology.models.statistics.profiles import Profile, scales

Rows = npt.NDArray[np.intp]

RESAMPLED = tuple(figure for figure in COMPARED if figure.interval)

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
    """Virtual people: drawn answers (n, m), weights (n,), mostly those of the respondents that they
    are matched with, and per item the option probabilities (n, K_j), a row of NaN where the answer
    is missing. A row sums to 1 less the probability of a refusal, which is no answer (-1) where it
    was drawn. `personas` (n,) says whose story answers for each, numbered 0, 1, ...; None if
    everybody is one of their own."""

    answers: Answers
    weights: Floats
    probabilities: Sequence[Floats]
    personas: Rows | None = None

    def take(self, rows: Rows) -> "Simulated":
        """The people at these rows, repeated where a row is."""
        probabilities = [item[rows] for item in self.probabilities]
        personas = None if self.personas is None else self.personas[rows]
        return Simulated(self.answers[rows], self.weights[rows], probabilities, personas)


def compare(
    humans: Humans, simulated: Simulated, ordered: Sequence[bool] | None = None
) -> dict[str, float]:
    """All figures of humans and simulated people, who answered the same m items, by name.

    Simulated distributions are mean probabilities, those of the figures called `_drawn` of one
    drawn answer each; all else comes from drawn answers. `ordered` says of each item whether its
    options have an order (all by default). NaN where a figure is undefined.
    """
    theirs, means, drawn = _profiles(humans, simulated, ordered)
    found = {figure.name: figure.value(theirs, means) for figure in COMPARED}
    return found | {one.drawn_name: one.value(theirs, drawn) for one in OF_DISTRIBUTIONS}


def intervals(
    humans: Humans,
    simulated: Simulated,
    rng: np.random.Generator,
    replicates: int = 200,
    ordered: Sequence[bool] | None = None,
) -> dict[str, tuple[float, float]]:
    """95% intervals by name of figure: the figure plus and minus 1.96 bootstrap standard errors.

    Standard errors by resampling both groups of people (Efron 1979), the simulated ones by
    personas: those who share a story are no independent people, and come and go together (cluster
    bootstrap, Field and Welsh 2007). Not percentiles: a distance cannot be negative and resampling
    adds noise to both sides, so the replicates of a small distance all sit above it. The interval
    is for the score that as many such people would get on average; that this is above zero even
    for other real people is what `floors.floor_at` shows. (NaN, NaN) where a figure is undefined
    or all rests on one persona.
    """
    personas = simulated.personas
    if personas is not None and np.unique(personas).size < 2:
        return {figure.name: (float("nan"), float("nan")) for figure in RESAMPLED}

    def values(people: Humans, others: Simulated) -> list[float]:
        theirs, means, _ = _profiles(people, others, ordered)
        return [figure.value(theirs, means) for figure in RESAMPLED]

    replicated = np.array(
        [
            values(
                humans.take(resampled(len(humans.weights), None, rng)),
                simulated.take(resampled(len(simulated.weights), personas, rng)),
            )
            for _ in range(replicates)
        ]
    )
    return {
        figure.name: _around(value, replicated[:, i], figure.is_distance)
        for i, (figure, value) in enumerate(zip(RESAMPLED, values(humans, simulated), strict=True))
    }


def _profiles(
    humans: Humans, simulated: Simulated, ordered: Sequence[bool] | None
) -> tuple[Profile, Profile, Profile]:
    """Of the humans, of the simulated people by mean probabilities, and by drawn answers."""
    options = [item.shape[1] for item in simulated.probabilities]
    columns = scales(options, ordered)
    theirs = Profile.of_answers(humans.answers, options, humans.weights, columns)
    drawn = Profile.of_answers(simulated.answers, options, simulated.weights, columns)
    means = [mean_distribution(item, simulated.weights) for item in simulated.probabilities]
    return theirs, replace(drawn, distributions=means), drawn


def resampled(people: int, clusters: Rows | None, rng: np.random.Generator) -> Rows:
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

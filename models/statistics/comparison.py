"""Simulated people against humans: every figure of their answers, and how sure it is.

Knows arrays only; which figures there are is in `figures.py`, what humans score against themselves
in `floors.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.figures import COMPARED, OF_ANSWERS, OF_DISTRIBUTIONS
from anthology.models.statistics.groups import draws
from anthology.models.statistics.groups.intervals import around
from anthology.models.statistics.groups.profiles import Profile, scales
from anthology.models.statistics.groups.resampled import Resampled
from anthology.models.statistics.groups.resampled import resampled as together
from anthology.models.statistics.groups.weighed import Weighed
from anthology.models.statistics.metrics import Answers, Floats, mean_distribution

Rows = npt.NDArray[np.intp]

RESAMPLED = tuple(figure for figure in COMPARED if figure.interval)


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

    @property
    def independent(self) -> float:
        """As how many people they are worth: those who share a persona come and go together."""
        return draws.independent(self.personas, self.weights)

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
    theirs, drawn, means = profiles(humans, simulated, ordered)
    found = {figure.name: float(figure.value(theirs, means)) for figure in COMPARED}
    found |= {one.drawn_name: float(one.value(theirs, drawn)) for one in OF_DISTRIBUTIONS}
    return found | of_answers(simulated, theirs.columns)


def profiles(
    humans: Humans, simulated: Simulated, ordered: Sequence[bool] | None
) -> tuple[Profile, Profile, Profile]:
    """Of the humans, and of the simulated people by their drawn answers and by probabilities, of
    which only distributions are."""
    options, columns = _items(simulated, ordered)
    theirs = Profile.of_answers(humans.answers, options, humans.weights, columns)
    drawn = Profile.of_answers(simulated.answers, options, simulated.weights, columns)
    probable = [mean_distribution(item, simulated.weights) for item in simulated.probabilities]
    return theirs, drawn, replace(drawn, distributions=probable)


def of_answers(simulated: Simulated, columns: list[int]) -> dict[str, float]:
    """The figures without intervals of simulated answers alone, by name."""
    answers = simulated.answers[:, columns]
    return {figure.name: figure.function(answers, simulated.weights) for figure in OF_ANSWERS}


def resampled(
    humans: Humans,
    simulated: Simulated,
    rng: np.random.Generator,
    replicates: int = 200,
    ordered: Sequence[bool] | None = None,
) -> Resampled:
    """Both groups of people resampled (Efron 1979), the simulated ones by personas: those who share
    a story are no independent people, and come and go together (cluster bootstrap, Field and Welsh
    2007)."""
    options, columns = _items(simulated, ordered)
    simulated = simulated.take(_complete_first(simulated.answers[:, columns]))
    theirs = Weighed(humans.answers, options, humans.weights, columns)
    ours = Weighed(simulated.answers, options, simulated.weights, columns, simulated.probabilities)
    people, others = len(humans.weights), len(simulated.weights)

    def blocks() -> Iterator[tuple[Profile, Profile]]:
        for block in draws.blocks(replicates, max(people, others)):
            humans_drawn = draws.bootstrap(block, people, None, rng)
            ours_drawn = draws.bootstrap(block, others, simulated.personas, rng)
            for part in draws.parts(block, 2 * len(columns) ** 2):
                yield (
                    theirs.profiles(humans_drawn[part], covariances=False),
                    ours.profiles(ours_drawn[part], covariances=True),
                )

    known, _, means = profiles(humans, simulated, ordered)
    return together(RESAMPLED, blocks(), (known, means))


def intervals(
    values: Mapping[str, float], independent: float, drawn: Resampled
) -> dict[str, tuple[float, float]]:
    """95% intervals by name of figure, from its value (`compare`) and from what it is where both
    groups are `resampled`, of so many independent people (`intervals.around`).

    The interval is for the score that as many such people would get on average; that this is above
    zero even for other real people is what `floors.floor_at` shows. (NaN, NaN) where a figure is
    undefined or all rests on one persona.
    """
    found = {}
    for figure in RESAMPLED:
        replicates = drawn.figures[figure.name]
        within, twice = figure.within(drawn.options), drawn.twice.figures.get(figure.name)
        one = around(values[figure.name], replicates, independent, within, figure.shape, twice)
        found[figure.name] = one.low, one.high
    return found


def _items(simulated: Simulated, ordered: Sequence[bool] | None) -> tuple[list[int], list[int]]:
    """How many options every item has, and the columns of those that have an order."""
    options = [item.shape[1] for item in simulated.probabilities]
    return options, scales(options, ordered)


def _complete_first(answers: Answers) -> Rows:
    """An order of the people: those with all answers are the quicker ones to weigh together."""
    return np.argsort((answers < 0).any(axis=1), kind="stable")

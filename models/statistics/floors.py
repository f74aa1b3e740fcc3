"""What humans score against themselves: the floor below which no simulation can be told apart.

Knows arrays only. A floor holds what `figures.FLOOR` names: of figures that compare two sides the
mean and the standard deviation over splits, of others the value of all the people.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.errors import InputError
from anthology.models.statistics.figures import FLOOR, WITH_FLOOR, deviation
from anthology.models.statistics.groups import draws
from anthology.models.statistics.groups.intervals import NAN
from anthology.models.statistics.groups.profiles import Profile, scales
from anthology.models.statistics.groups.resampled import Resampled, resampled
from anthology.models.statistics.groups.weighed import Weighed
from anthology.models.statistics.metrics import Answers, Floats, or_ones

TWO_SIDED = tuple(figure for figure in WITH_FLOOR if figure.two_sides)

Split = Callable[[int], tuple[Floats, Floats]]  # how often all are in either of so many pairs


@dataclass(frozen=True)
class Splits:
    """All people, and what they score against each other in many splits."""

    everybody: Profile
    drawn: Resampled

    def told(self) -> dict[str, float]:
        """The floor, by name."""
        found = {}
        for figure in WITH_FLOOR:
            if figure.two_sides:
                values = self.drawn.figures[figure.name]
                found[figure.name], found[deviation(figure)] = spread(values)
            else:
                found[figure.name] = float(figure.value(self.everybody, self.everybody))
        return {name: found[name] for name in FLOOR}


def spread(values: Floats) -> tuple[float, float]:
    """Mean and standard deviation (R,) over splits. One in which nobody on one side answered some
    item says nothing about distributions, one without two people who answered all items nothing
    about correlations; NaN where too few say anything."""
    known = values[~np.isnan(values)]
    mean = float(known.mean()) if known.size else NAN
    return mean, float(known.std(ddof=1)) if known.size > 1 else NAN


def floor(
    answers: Answers,
    options: Sequence[int],
    weights: Floats | None = None,
    splits: int = 100,
    *,
    rng: np.random.Generator,
    ordered: Sequence[bool] | None = None,
) -> dict[str, float]:
    """Distances between random halves of the people (Moon et al. 2024, the human lower bound).

    answers (N, m), options the m numbers of options; each half keeps its survey weights. People of
    weight 0 are in neither. Raises InputError with fewer than two people.
    """
    answers, weights = _counted(answers, weights)
    halves = halved(len(answers), rng)
    return splits_of(answers, options, weights, ordered, splits, halves).told()


def floor_at(
    n: int,
    answers: Answers,
    options: Sequence[int],
    weights: Floats | None = None,
    splits: int = 100,
    *,
    rng: np.random.Generator,
    ordered: Sequence[bool] | None = None,
) -> dict[str, float]:
    """Distances of n random people from the N that there are: what n more real people, each with
    one answer, would score.

    Both are drawn with replacement, n and N, which has the variance that n new people against N
    old ones have, whether n is smaller or larger than N. People of weight 0 are never drawn. Raises
    InputError if n < 1.
    """
    answers, weights = _counted(answers, weights)
    _require_people(answers, n)
    samples = sampled(n, len(answers), rng)
    return splits_of(answers, options, weights, ordered, splits, samples).told()


def splits_of(
    answers: Answers,
    options: Sequence[int],
    weights: Floats,
    ordered: Sequence[bool] | None,
    splits: int,
    split: Split,
) -> Splits:
    """So many splits of people of weights above 0 (N,), who answered (N, m) items.

    Raises InputError with fewer than two people.
    """
    _require_people(answers, len(answers) // 2)
    columns = scales(options, ordered)
    weighed = Weighed(answers, options, weights, columns)
    everybody = Profile.of_answers(answers, options, weights, columns)

    def blocks() -> Iterator[tuple[Profile, Profile]]:
        for block in draws.blocks(splits, len(answers)):
            one, other = (weighed.profiles(side, covariances=False) for side in split(block))
            yield one, other

    return Splits(everybody, resampled(TWO_SIDED, blocks()))


def halved(people: int, rng: np.random.Generator) -> Split:
    """Random halves of so many people, each in one of them."""

    def halves(block: int) -> tuple[Floats, Floats]:
        half = draws.halves(block, people, rng)
        return half, 1 - half

    return halves


def sampled(n: int, people: int, rng: np.random.Generator) -> Split:
    """So many people, and n of them, both drawn with replacement."""

    def samples(block: int) -> tuple[Floats, Floats]:
        # As humans and simulated people are, of whom there are n.
        sizes = people, n
        everybody, some = (draws.samples(block, people, size, rng) for size in sizes)
        return everybody, some

    return samples


def _counted(answers: Answers, weights: Floats | None) -> tuple[Answers, Floats]:
    """Those of a weight above 0: others would fill up halves in which they say nothing."""
    weights = or_ones(weights, len(answers))
    counted = weights > 0
    return answers[counted], weights[counted]


def _require_people(answers: Answers, sample: int) -> None:
    if len(answers) < 2 or sample < 1:
        raise InputError(
            f"A floor of {sample} out of {len(answers)} people cannot be computed; "
            "at least two people are needed, and at least one on each side."
        )

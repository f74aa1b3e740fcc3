"""What humans score against themselves: the floor below which no simulation can be told apart.

Knows arrays only. A floor holds what `figures.FLOOR` names: of figures that compare two sides the
mean and the standard deviation over splits, of others the value of all the people.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from anthology.models.errors import InputError
from anthology.models.statistics.comparison import Rows
from anthology.models.statistics.figures import FLOOR, WITH_FLOOR, deviation
from anthology.models.statistics.kinds import NAN
from anthology.models.statistics.metrics import Answers, Floats, or_ones
from anthology.models.statistics.profiles import Profile, scales


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
    half = len(answers) // 2
    _require_people(answers, half)

    def halves() -> tuple[Rows, Rows]:
        order = rng.permutation(len(answers))
        return order[:half], order[half:]

    return _floor(answers, options, weights, ordered, (halves() for _ in range(splits)))


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
    people = len(answers)
    samples = (
        (rng.integers(people, size=n), rng.integers(people, size=people)) for _ in range(splits)
    )
    return _floor(answers, options, weights, ordered, samples)


def _floor(
    answers: Answers,
    options: Sequence[int],
    weights: Floats,
    ordered: Sequence[bool] | None,
    splits: Iterable[tuple[Rows, Rows]],
) -> dict[str, float]:
    columns = scales(options, ordered)

    def profile(rows: Rows) -> Profile:
        return Profile.of_answers(answers[rows], options, weights[rows], columns)

    split = [figure for figure in WITH_FLOOR if figure.two_sides]

    def between(one: Rows, other: Rows) -> list[float]:
        pair = profile(one), profile(other)
        return [figure.value(*pair) for figure in split]

    values = np.array([between(*rows) for rows in splits])
    everybody = Profile.of_answers(answers, options, weights, columns)
    found = {
        figure.name: figure.value(everybody, everybody)
        for figure in WITH_FLOOR
        if not figure.two_sides
    }
    for figure, column in zip(split, values.T, strict=True):
        # A split in which nobody on one side answered some item says nothing about distributions,
        # one without two people who answered all items nothing about correlations.
        defined = column[~np.isnan(column)]
        found[figure.name] = float(defined.mean()) if defined.size else NAN
        found[deviation(figure)] = float(defined.std(ddof=1)) if defined.size > 1 else NAN
    return {name: found[name] for name in FLOOR}


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

"""What humans score against themselves: the floor below which no simulation can be told apart.

Knows arrays only; the distances are those of `comparison.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.errors import InputError
from anthology.models.statistics.comparison import DISTANCES, Portrait, Rows, distances, scales
from anthology.models.statistics.metrics import Answers, Floats, cronbach_alpha, or_ones


@dataclass(frozen=True)
class Floor:
    """Mean and standard deviation over splits of each distance, and alpha of all the people."""

    wd: float
    wd_sd: float
    tv: float
    tv_sd: float
    fro: float
    fro_sd: float
    cbs: float
    cbs_sd: float
    l1: float
    l1_sd: float
    alpha: float
    splits: int


def floor(
    answers: Answers,
    options: Sequence[int],
    weights: Floats | None = None,
    splits: int = 100,
    *,
    rng: np.random.Generator,
    ordered: Sequence[bool] | None = None,
) -> Floor:
    """Distances between random halves of the people (Moon et al. 2024, the human lower bound).

    answers (N, m), options the m numbers of options; each half keeps its survey weights. Raises
    InputError with fewer than two people.
    """
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
) -> Floor:
    """Distances of n random people from the N that there are: what n more real people, each with
    one answer, would score.

    Both are drawn with replacement, n and N, which has the variance that n new people against N
    old ones have, whether n is smaller or larger than N. Raises InputError if n < 1.
    """
    _require_people(answers, n)
    people = len(answers)
    samples = (
        (rng.integers(people, size=n), rng.integers(people, size=people)) for _ in range(splits)
    )
    return _floor(answers, options, weights, ordered, samples)


def _floor(
    answers: Answers,
    options: Sequence[int],
    weights: Floats | None,
    ordered: Sequence[bool] | None,
    splits: Iterable[tuple[Rows, Rows]],
) -> Floor:
    weights = or_ones(weights, len(answers))
    columns = scales(options, ordered)

    def portrait(rows: Rows) -> Portrait:
        return Portrait.of_answers(answers[rows], options, weights[rows], columns)

    figures = np.array([distances(portrait(a), portrait(b)) for a, b in splits])
    values: dict[str, float] = {}
    for i, name in enumerate(DISTANCES):
        # A split in which nobody on one side answered some item says nothing about wd and tv, one
        # without two people who answered all items nothing about correlations.
        defined = figures[~np.isnan(figures[:, i]), i]
        values[name] = float(defined.mean()) if defined.size else float("nan")
        values[f"{name}_sd"] = float(defined.std(ddof=1)) if defined.size > 1 else float("nan")
    return Floor(**values, alpha=cronbach_alpha(answers[:, columns]), splits=len(figures))


def _require_people(answers: Answers, sample: int) -> None:
    if len(answers) < 2 or sample < 1:
        raise InputError(
            f"A floor of {sample} out of {len(answers)} people cannot be computed; "
            "at least two people are needed, and at least one on each side."
        )

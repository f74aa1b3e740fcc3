"""What figures look at in a group of people: distributions, correlations, answers.

Knows arrays only; which figures there are and what they make of it is in `figures.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.metrics import Answers, Floats, correlation, shares


@dataclass(frozen=True)
class Profile:
    """A group's answers: per item the distribution (K_j,); of the items in `columns`, which are the
    ordered ones, the correlations between them and the answers (n, columns); weights (n,)."""

    distributions: list[Floats]
    correlation: Floats
    columns: list[int]
    answers: Answers
    weights: Floats

    @classmethod
    def of_answers(
        cls, answers: Answers, options: Sequence[int], weights: Floats, columns: list[int]
    ) -> "Profile":
        items = np.ascontiguousarray(answers.T)  # an item's answers side by side: faster to count
        distributions = [shares(items[j], k, weights) for j, k in enumerate(options)]
        scales = answers[:, columns]
        return cls(distributions, correlation(scales, weights), columns, scales, weights)


def scales(options: Sequence[int], ordered: Sequence[bool] | None) -> list[int]:
    """The columns of the items whose options have an order."""
    return [j for j in range(len(options)) if ordered is None or ordered[j]]

"""What figures look at in a group of people: distributions, correlations, covariances, answers.

Knows arrays only; which figures there are and what they make of it is in `figures.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.groups import iterated
from anthology.models.statistics.metrics import Answers, Floats, correlation, shares
from anthology.models.statistics.reliability import pairwise_covariance

UNKNOWN: Floats = np.full((), np.nan)


@dataclass(frozen=True)
class Profile:
    """A group's answers: per item the distribution (..., K_j); of the items in `columns`, which are
    the ordered ones, the correlations (..., columns, columns) between them and their pairwise
    covariances, unweighted, of people of weight above 0. The dots are none in a group as it is,
    and R in R resamples of it at once (`weighed.py`)."""

    distributions: list[Floats]
    correlation: Floats
    covariance: Floats
    columns: list[int]

    @classmethod
    def of_answers(
        cls, answers: Answers, options: Sequence[int], weights: Floats, columns: list[int]
    ) -> "Profile":
        items = np.ascontiguousarray(answers.T)  # an item's answers side by side: faster to count
        distributions = [shares(items[j], k, weights) for j, k in enumerate(options)]
        ordered = answers[:, columns]
        correlations = correlation(ordered, weights)
        return cls(distributions, correlations, pairwise_covariance(ordered[weights > 0]), columns)

    @classmethod
    def joined(cls, blocks: Sequence["Profile"]) -> "Profile":
        """Of all resamples what blocks are of some of them, but covariances, which are NaN."""
        items = zip(*(block.distributions for block in blocks), strict=True)
        correlations = np.concatenate([block.correlation for block in blocks])
        columns = blocks[0].columns
        return cls([np.concatenate(item) for item in items], correlations, UNKNOWN, columns)

    def __len__(self) -> int:
        """How many resamples."""
        return len(self.correlation)

    def rows(self, which: slice) -> "Profile":
        """Some of the resamples, copied so that the others need not be kept; no covariances."""
        distributions = [item[which].copy() for item in self.distributions]
        return Profile(distributions, self.correlation[which].copy(), UNKNOWN, self.columns)

    def twice(self, known: "Profile", lag: int) -> "Profile":
        """Of these `joined` resamples of what is known those of theirs at a lag (`iterated`)."""
        return Profile(
            [
                iterated.shares_twice(one, drawn, lag)
                for one, drawn in zip(known.distributions, self.distributions, strict=True)
            ],
            iterated.twice(known.correlation, self.correlation, lag),
            self.covariance,
            self.columns,
        )


def scales(options: Sequence[int], ordered: Sequence[bool] | None) -> list[int]:
    """The columns of the items whose options have an order."""
    return [j for j in range(len(options)) if ordered is None or ordered[j]]

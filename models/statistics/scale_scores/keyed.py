"""A scale among the items that people answered, its reverse-keyed ones turned round.

Knows arrays only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from anthology.models.statistics.metrics import Answers, Floats

Positions = TypeVar("Positions", Answers, Floats)  # of drawn answers, or on average


@dataclass(frozen=True)
class Keyed:
    """A scale by its `name`: the `columns` of its `items` (their names) among all answers, which of
    them are reverse-keyed, and how many `options` each has."""

    name: str
    items: Sequence[str]
    columns: Sequence[int]
    reverse: Sequence[bool]
    options: Sequence[int]

    @property
    def steps(self) -> int:
        """By how many steps the largest sum of its items is above the smallest."""
        return sum(self.options) - len(self.options)

    def keyed(self, answers: Positions) -> Positions:
        """Positions 0..K-1 (n, items) of all answers (n, m), those of reverse-keyed items counted
        from the other end; -1 where missing."""
        own = answers[:, list(self.columns)]
        last = np.array(self.options) - 1
        turned = np.where(np.array(self.reverse), last - own, own)
        return np.where(own < 0, -1, turned)

    def sums(self, answers: Positions) -> Positions:
        """Sums 0..steps (n,) of the items' positions; -1 for who did not answer all of them."""
        keyed = self.keyed(answers)
        return np.where((keyed < 0).any(axis=1), -1, keyed.sum(axis=1))

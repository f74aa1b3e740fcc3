"""The kinds of figures, by what they compare, and what has to be said of any figure.

A new figure is a row in `figures.py`; a kind is needed only for one that compares something new.
Knows arrays only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Literal

import numpy as np

from anthology.models.statistics.metrics import Answers, Floats
from anthology.models.statistics.profiles import Profile
from anthology.models.statistics.readings import Readings

NAN = float("nan")


class Better(Enum):
    """Which value of a figure is the better one, in words for people."""

    SMALLER = "smaller is better"
    LARGER = "larger is better"
    NEAREST = "best is nearest to the humans’"
    NEITHER = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure: what it is called, how it is read, and where it comes from.

    name: in databases, JSON and exports; symbol: at the head of a column; plain: one line for
    readers, in which `{questions}` are those that it is of; formula, source: for the documents.
    ordered: looks at questions whose options have an order, and no others. interval: has a
    bootstrap interval; floor: has a value among the humans themselves. headline: a title, for the
    few that are drawn and that a terminal has room for. unit: a share lies between 0 and 1, a
    count is a whole number; digits: after the point, for people.
    """

    name: str
    symbol: str
    plain: str
    formula: str
    source: str = ""
    ordered: bool = False
    better: Better = Better.NEITHER
    interval: bool = False
    floor: bool = False
    headline: str = ""
    unit: Literal["number", "share", "count"] = "number"
    digits: int = 3

    compares: ClassVar[str]

    @property
    def is_distance(self) -> bool:
        """Then it is never below 0."""
        return self.better is Better.SMALLER


class Compared(Figure):
    """A figure of two groups' answers, the humans' and the simulated people's."""

    two_sides: ClassVar[bool] = True  # False where it looks at the simulated people alone

    def value(self, humans: Profile, simulated: Profile) -> float:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class OfDistributions(Compared):
    """How far an item's two distributions (K,) are apart; the mean over the items it applies to.

    Those of the simulated people are mean probabilities; `drawn_name` is the same figure of one
    drawn answer each, as humans give one: what to hold against a floor.
    """

    function: Callable[[Floats, Floats], float]
    compares: ClassVar[str] = "distributions"

    @property
    def drawn_name(self) -> str:
        return f"{self.name}_drawn"

    def value(self, humans: Profile, simulated: Profile) -> float:
        """NaN if nobody on one side answered one of the items, or if it applies to none."""
        p, q = humans.distributions, simulated.distributions
        items = humans.columns if self.ordered else range(len(p))
        each = [self.function(p[j], q[j]) for j in items]
        return float(np.mean(each)) if each else NAN


@dataclass(frozen=True, kw_only=True)
class OfCorrelations(Compared):
    """How far two correlation matrices (m, m) of the ordered items are apart."""

    function: Callable[[Floats, Floats], float]
    compares: ClassVar[str] = "correlations"

    def value(self, humans: Profile, simulated: Profile) -> float:
        """NaN with fewer than two items, or two people who answered them all, on a side."""
        if len(humans.columns) < 2:
            return NAN
        return self.function(humans.correlation, simulated.correlation)


@dataclass(frozen=True, kw_only=True)
class OfAnswers(Compared):
    """Something of the simulated people's drawn answers (n, m) to ordered items and their weights
    (n,), which humans have of their own."""

    function: Callable[[Answers, Floats], float]
    compares: ClassVar[str] = "simulated answers alone"
    two_sides: ClassVar[bool] = False

    def value(self, humans: Profile, simulated: Profile) -> float:
        return self.function(simulated.answers, simulated.weights)


@dataclass(frozen=True, kw_only=True)
class OfPairs(Figure):
    """How well each simulated person agrees with the respondent it stands for; the mean over the
    items on which it is defined.

    function: of an item's shares (..., K, K) of pairs, the respondent's answer first, and whether
    its options have an order. Where the respondents were asked again, `of_retest` is its name
    divided by what they reach themselves.
    """

    function: Callable[[Floats, bool], Floats]
    compares: ClassVar[str] = "pairs of answers"

    @property
    def of_retest(self) -> str:
        return f"{self.name}_of_retest"


@dataclass(frozen=True, kw_only=True)
class OfReadings(Figure):
    """How answers were taken, which humans have nothing of; NaN where there is nothing to say.

    of_few: also where there are too few people, or answers, to compare.
    """

    function: Callable[[Readings], float]
    of_few: bool = False
    compares: ClassVar[str] = "readings alone"

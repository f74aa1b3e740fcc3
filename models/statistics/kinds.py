"""The kinds of figures, by what they compare, and what has to be said of any figure.

A new figure is a row in `figures.py`; a kind is needed only for one that compares something new.
Knows arrays only.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Literal

import numpy as np

from anthology.models.statistics.groups.intervals import Range, Shape
from anthology.models.statistics.groups.profiles import Profile
from anthology.models.statistics.individual.pairs import Pairs
from anthology.models.statistics.metrics import Answers, Floats
from anthology.models.statistics.readings import Readings

Family = Literal["marginal", "spread", "structure", "reliability", "individual", "readout"]


class Better(Enum):
    """Which value of a figure is the better one, in words for people."""

    SMALLER = "smaller is better"
    LARGER = "larger is better"
    NEAREST = "best is nearest to the humans’"
    ONE = "best is nearest to 1"
    ZERO = "best is nearest to 0"
    NEITHER = ""


@dataclass(frozen=True)
class Term:
    """What the head of a column stands for that is no row of the table of figures: `symbol`, the
    others as a figure has them."""

    symbol: str
    plain: str
    formula: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure: what it is called, how it is read, and where it comes from.

    name: in databases, JSON and exports; symbol: at the head of a column; plain: one line for
    readers, in which `{questions}` are those that it is of; formula, source: for the documents.
    family: what it is a figure of; main: stands in the report's first table, others in one of their
    family's. ordered: looks at questions whose options have an order, and no
    others. interval: has a bootstrap interval, of that `shape`; least, most: what it can be, where
    that is not said by `better` or by its unit, and `largest` of items of so many options; floor:
    has a value among the humans themselves.
    headline: a title, for the few that are drawn and that a terminal has room for. unit: a share
    lies between 0 and 1, a count is a whole number; digits: after the point, for people.
    """

    name: str
    symbol: str
    family: Family
    plain: str
    formula: str
    source: str = ""
    main: bool = False
    ordered: bool = False
    better: Better = Better.NEITHER
    interval: bool = False
    shape: Shape = "skewed"
    least: float = -np.inf
    most: float = np.inf
    largest: Callable[[Sequence[int]], float] | None = None
    floor: bool = False
    headline: str = ""
    unit: Literal["number", "share", "count"] = "number"
    digits: int = 3

    compares: ClassVar[str]

    @property
    def is_distance(self) -> bool:
        """Then it is never below 0."""
        return self.better is Better.SMALLER

    @property
    def iterated(self) -> bool:
        """Then its interval is of resamples of resamples."""
        return self.shape in ("distance", "squared")

    def within(self, options: Sequence[int] = ()) -> Range:
        """What no interval reaches beyond, of items of so many options, those of them that the
        figure is of."""
        if self.unit == "share":
            return 0.0, 1.0
        positive = self.is_distance or self.better is Better.ONE  # or a ratio, best at 1
        most = self.largest(options) if self.largest and options else self.most
        return 0.0 if positive else self.least, most

    def loss(self, values: Floats, humans: Floats | float) -> Floats:
        """What is the smaller, the better values (...) are; `humans` are their own, which some
        figures should be near."""
        aims = {Better.NEAREST: humans, Better.ONE: 1.0, Better.ZERO: 0.0}
        if self.better in aims:
            return np.asarray(np.abs(values - aims[self.better]))
        return -values if self.better is Better.LARGER else values


class Compared(Figure):
    """A figure of two groups' answers, the humans' and the simulated people's."""

    two_sides: ClassVar[bool] = True  # False where it looks at the simulated people alone

    def value(self, humans: Profile, simulated: Profile) -> Floats:
        """(...) of profiles of (...), one or many at once."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class OfDistributions(Compared):
    """What an item's two distributions (..., K), the humans' first, say of each other; the mean
    over the items it applies to or, `where_defined`, over those of them where answers define it.

    Those of the simulated people are mean probabilities; `drawn_name` is the same figure of one
    drawn answer each, as humans give one: what to hold against a floor.
    """

    function: Callable[[Floats, Floats], Floats]
    where_defined: bool = False
    compares: ClassVar[str] = "distributions"

    @property
    def drawn_name(self) -> str:
        return f"{self.name}_drawn"

    def value(self, humans: Profile, simulated: Profile) -> Floats:
        return self.mean(self.each(humans, simulated), humans, simulated)

    def each(self, humans: Profile, simulated: Profile) -> Floats:
        """By item (items, ...); NaN of those that it does not apply to."""
        p, q = humans.distributions, simulated.distributions
        found = np.full((len(p), *humans.correlation.shape[:-2]), np.nan)
        items = self._items(humans)

        def of_some(places: Sequence[int]) -> Floats:
            one, other = (np.stack([side[items[place]] for place in places]) for side in (p, q))
            return self.function(one, other)

        if items:
            found[items] = of_kinds([p[j].shape[-1] for j in items], of_some)
        return found

    def mean(self, each: Floats, humans: Profile, simulated: Profile) -> Floats:
        """Of values by item (items, ...); NaN if nobody on one side answered one of the items, or
        if it applies to none."""
        items = self._items(humans)
        if not items:
            return np.full(each.shape[1:], np.nan)
        if not self.where_defined:
            return np.asarray(each[items].mean(axis=0))
        p, q = humans.distributions, simulated.distributions
        answered = np.array([p[j][..., 0] + q[j][..., 0] for j in items])
        return np.where(np.isnan(answered).any(axis=0), np.nan, mean_where_defined(each[items]))

    def _items(self, humans: Profile) -> list[int]:
        return humans.columns if self.ordered else list(range(len(humans.distributions)))


@dataclass(frozen=True, kw_only=True)
class OfCorrelations(Compared):
    """What the two correlation matrices (..., m, m) of the ordered items, the humans' first, say
    of each other."""

    function: Callable[[Floats, Floats], Floats]
    compares: ClassVar[str] = "correlations"

    def value(self, humans: Profile, simulated: Profile) -> Floats:
        """NaN with fewer than two items, or two people who answered them all, on a side."""
        if len(humans.columns) < 2:
            return np.full(humans.correlation.shape[:-2], np.nan)
        return self.function(humans.correlation, simulated.correlation)


@dataclass(frozen=True, kw_only=True)
class OfCovariances(Compared):
    """Something of the covariances (..., m, m) of the simulated people's drawn answers to ordered
    items, which humans have of their own."""

    function: Callable[[Floats], Floats]
    compares: ClassVar[str] = "simulated answers alone"
    two_sides: ClassVar[bool] = False

    def value(self, humans: Profile, simulated: Profile) -> Floats:
        return self.function(simulated.covariance)


@dataclass(frozen=True, kw_only=True)
class OfAnswers(Figure):
    """Something of the simulated people's drawn answers (n, m) to ordered items and their weights
    (n,)."""

    function: Callable[[Answers, Floats], float]
    compares: ClassVar[str] = "simulated answers alone"


@dataclass(frozen=True, kw_only=True)
class OfPairs(Figure):
    """How well each simulated person agrees with the respondent it stands for; the mean over the
    items on which it is defined.

    function: of an item's pairs of answers, and whether its options have an order. Where the
    respondents were asked again, `of_retest` is its name divided by what they reach themselves.
    """

    function: Callable[[Pairs, bool], Floats]
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


def of_kinds(kinds: Sequence[Hashable], found: Callable[[Sequence[int]], Floats]) -> Floats:
    """Of items (items, ...) what is found of those of one kind at once, by their places: one call
    on many small arrays side by side, whose cost is mostly that of calls."""
    values: list[Floats] = [np.empty(0)] * len(kinds)
    for kind in dict.fromkeys(kinds):
        places = [place for place, one in enumerate(kinds) if one == kind]
        for place, value in zip(places, found(places), strict=True):
            values[place] = value
    return np.array(values)


def mean_where_defined(values: Floats) -> Floats:
    """The mean (...) over the first axis of values (items, ...), without the NaN; NaN of none."""
    defined = ~np.isnan(values)
    sums, counts = np.nansum(values, axis=0), defined.sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

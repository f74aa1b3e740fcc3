"""Profiles of many resamples of a group at once.

A resample weighs people by how often each is drawn, and what a profile needs are weighted sums: of
who gave an option, of answers, and of their products. Those of R resamples are the product of their
counts (R, n) with the people's terms (n, terms), which linear algebra computes many times as fast
as a loop over resamples. Knows arrays only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.groups.moments import PairwiseSums, ProductTerms, Terms
from anthology.models.statistics.groups.profiles import Profile
from anthology.models.statistics.metrics import (
    Answers,
    Floats,
    correlation_of,
    normalised,
)
from anthology.models.statistics.reliability import covariance_of

PEOPLE = 2048  # at a time: their terms are some MB
KEPT = 4_000_000  # terms of a group, if they are no more: 32 MB
EXACT_SINGLE = 2**24  # whole numbers up to it are exact in single precision, which is twice as fast

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Weighed:
    """People to be resampled: answers (n, m), the items' numbers of options, weights (n,), the
    columns of the ordered items. Distributions are of their probabilities, by item (n, K_j), where
    there are any, else of their answers. `keeps` their terms, unless they are many, for the next
    resamples."""

    answers: Answers
    options: Sequence[int]
    weights: Floats
    columns: list[int]
    probabilities: Sequence[Floats] | None = None
    keeps: bool = True
    centres: Floats = field(init=False)  # whole numbers: sums of what is near 0 lose no digits
    _layout: ProductTerms = field(init=False, repr=False, compare=False)
    _kept: dict[tuple[object, int], Terms] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        middles = [(self.options[j] - 1) // 2 for j in self.columns]
        object.__setattr__(self, "centres", np.array(middles, dtype=np.float64)[:, None])
        object.__setattr__(self, "_layout", ProductTerms(len(self.columns)))
        object.__setattr__(self, "_kept", {})

    def profiles(self, times: Floats, *, covariances: bool) -> Profile:
        """Of every resample what `Profile.of_answers` is of people repeated so many times (R, n).

        Covariances are NaN unless asked for.
        """
        cells, layout = int(sum(self.options)), self._layout
        sums = np.zeros((len(times), cells + layout.terms + 1))
        pairs = PairwiseSums(len(times), layout)
        exact = self._exact(times) if covariances else np.float64
        for rows in self._rows():
            drawn = times[:, rows]
            sums += drawn @ self._terms("weighted", rows, self._weighted).T
            if covariances:
                made = partial(self._pairwise, pairs, exact)
                pairs.add(drawn.astype(exact, copy=False) @ self._terms(exact, rows, made).T)
        masses = np.split(sums[:, :cells], np.cumsum(self.options)[:-1], axis=1)
        covariance = layout.covariance(sums[:, cells:-1])
        covariance[sums[:, -1] < 2] = np.nan
        return Profile(
            [normalised(mass) for mass in masses],
            correlation_of(covariance),
            covariance_of(*pairs.told()) if covariances else np.full(covariance.shape, np.nan),
            self.columns,
        )

    def _rows(self) -> Iterator[slice]:
        for start in range(0, len(self.answers), PEOPLE):
            yield slice(start, start + PEOPLE)

    def _terms(self, kind: object, rows: slice, made: Callable[[slice], Terms]) -> Terms:
        """(terms, n) of these people."""
        key = kind, rows.start
        if key in self._kept:
            return self._kept[key]
        terms = made(rows)
        if self.keeps and len(terms) * len(self.answers) <= KEPT:
            self._kept[key] = terms
        return terms

    def _weighted(self, rows: slice) -> Floats:
        """One row an option of every item, then the moments of those who answered all of them, and
        who these are, unweighted."""
        given, values = self._given(rows)
        weights, cells = self.weights[rows], int(sum(self.options))
        terms = np.empty((cells + self._layout.terms + 1, len(weights)))
        whole = np.asarray(given.all(axis=0))
        self._write_cells(terms[:cells], rows)
        self._layout.write(terms[cells:-1], values, whole)
        terms[:-1] *= weights
        terms[-1] = whole & (weights > 0)
        return terms

    def _pairwise(self, pairs: PairwiseSums, exact: npt.DTypeLike, rows: slice) -> Terms:
        return pairs.terms(*self._given(rows), self.weights[rows] > 0, exact)

    def _given(self, rows: slice) -> tuple[Bools, Floats]:
        """Which answers to ordered items there are (items, n), and how far these are from the
        middle, 0 where there is none."""
        answers = np.ascontiguousarray(self.answers[rows][:, self.columns].T)
        given = np.asarray(answers >= 0)
        return given, np.where(given, answers - self.centres, 0.0)

    def _exact(self, times: Floats) -> npt.DTypeLike:
        """In which precision sums of products of whole numbers are exact."""
        largest = max([self.options[j] for j in self.columns], default=1) ** 2
        most = float(times.sum(axis=1).max(initial=0.0)) * largest
        return np.float32 if most <= EXACT_SINGLE else np.float64

    def _write_cells(self, cells: Floats, rows: slice) -> None:
        """One row an option of every item: 1 or the probability, 0 where there is no answer."""
        start = 0
        for j, count in enumerate(self.options):
            item = cells[start : start + count]
            start += count
            if self.probabilities is None:
                item[:] = self.answers[rows, j] == np.arange(count)[:, None]
            else:
                item[:] = self.probabilities[j][rows].T
                item[:, np.isnan(item).any(axis=0)] = 0.0

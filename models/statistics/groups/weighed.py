"""Profiles of many resamples of a group at once.

A resample weighs people by how often each is drawn, and what a profile needs are weighted sums: of
who gave an option, of answers, and of their products. Those of R resamples are the product of their
counts (R, n) with the people's terms (n, terms), which linear algebra computes many times as fast
as a loop over resamples. Knows arrays only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.groups.profiles import Profile
from anthology.models.statistics.metrics import (
    NO_VARIANCE,
    Answers,
    Floats,
    correlation_of,
    normalised,
)
from anthology.models.statistics.reliability import covariance_of

PEOPLE = 2048  # at a time: their terms are some MB

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Weighed:
    """People to be resampled: answers (n, m), the items' numbers of options, weights (n,), the
    columns of the ordered items. Distributions are of their probabilities, by item (n, K_j), where
    there are any, else of their answers."""

    answers: Answers
    options: Sequence[int]
    weights: Floats
    columns: list[int]
    probabilities: Sequence[Floats] | None = None
    centres: Floats = field(init=False)  # whole numbers: sums of what is near 0 lose no digits

    def __post_init__(self) -> None:
        middles = [(self.options[j] - 1) // 2 for j in self.columns]
        object.__setattr__(self, "centres", np.array(middles, dtype=np.float64))

    def profiles(self, times: Floats, *, covariances: bool) -> Profile:
        """Of every resample what `Profile.of_answers` is of people repeated so many times (R, n).

        Covariances are NaN unless asked for.
        """
        items = len(self.columns)
        cells, moments = int(sum(self.options)), _Moments(items)
        sums = np.zeros((len(times), cells + moments.terms))
        pairs = np.zeros((3, len(times), items, items))
        complete = np.zeros(len(times))
        for rows in self._rows():
            drawn = times[:, rows]
            given = self.answers[rows][:, self.columns] >= 0
            values = np.where(given, self.answers[rows][:, self.columns] - self.centres, 0.0)
            counted = self.weights[rows] > 0
            whole = np.asarray(given.all(axis=1))
            terms = np.concatenate([self._cells(rows), moments.of(values, whole)], axis=1)
            sums += drawn @ (terms * self.weights[rows, None])
            complete += drawn @ (whole & counted).astype(np.float64)
            if covariances:
                pairs += _pairs(drawn, given, values, counted, moments)
        masses = np.split(sums[:, :cells], np.cumsum(self.options)[:-1], axis=1)
        covariance = moments.covariance(sums[:, cells:])
        covariance[complete < 2] = np.nan
        return Profile(
            [normalised(mass) for mass in masses],
            correlation_of(covariance),
            covariance_of(*pairs),
            self.columns,
        )

    def _rows(self) -> Iterator[slice]:
        for start in range(0, len(self.answers), PEOPLE):
            yield slice(start, start + PEOPLE)

    def _cells(self, rows: slice) -> Floats:
        """One column an option of every item: 1 or the probability, 0 where there is no answer."""
        if self.probabilities is None:
            answers = self.answers[rows]
            chosen = [
                answers[:, j, None] == np.arange(count) for j, count in enumerate(self.options)
            ]
            return np.asarray(np.concatenate(chosen, axis=1), dtype=np.float64)
        items = [item[rows] for item in self.probabilities]
        valid = [~np.isnan(item).any(axis=1, keepdims=True) for item in items]
        return np.concatenate(
            [np.where(there, item, 0.0) for there, item in zip(valid, items, strict=True)], axis=1
        )


class _Moments:
    """The terms of weighted covariances of so many items: 1, the values, their products."""

    def __init__(self, items: int) -> None:
        self.items = items
        self.first, self.second = np.triu_indices(items)
        self.terms = 1 + items + len(self.first)

    def of(self, values: Floats, whole: Bools) -> Floats:
        """(n, terms) of values (n, items), all 0 but of people who are whole."""
        products = values[:, self.first] * values[:, self.second]
        terms = np.concatenate([np.ones((len(values), 1)), values, products], axis=1)
        return np.asarray(terms * whole[:, None])

    def parted(self, sums: Floats) -> tuple[Floats, Floats, Floats]:
        """Weights (R,), sums (R, items), and sums of products (R, items, items)."""
        return sums[:, 0], sums[:, 1 : 1 + self.items], self.square(sums[:, 1 + self.items :])

    def products(self, values: Floats) -> Floats:
        """Of every two items (n, pairs), each pair once."""
        return values[:, self.first] * values[:, self.second]

    def square(self, sums: Floats) -> Floats:
        """Symmetric matrices (R, items, items) of the sums (R, pairs) of such products."""
        found = np.empty((len(sums), self.items, self.items))
        found[:, self.first, self.second] = sums
        found[:, self.second, self.first] = sums
        return found

    def covariance(self, sums: Floats) -> Floats:
        """Covariances (R, items, items), dividing by the weights; a variance that is rounding is 0,
        all is NaN where nothing weighs anything."""
        weights, means, squares = self.parted(sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            means, squares = means / weights[:, None], squares / weights[:, None, None]
        covariance = squares - means[:, :, None] * means[:, None, :]
        own = np.arange(self.items)
        rounding = NO_VARIANCE * np.maximum(1.0, squares[:, own, own])
        variance = covariance[:, own, own]
        covariance[:, own, own] = np.where(variance <= rounding, 0.0, variance)
        return covariance


def _pairs(
    drawn: Floats, given: Bools, values: Floats, counted: Bools, moments: _Moments
) -> Floats:
    """How many people answered both of two items, the sums of their answers to the first, and of
    the products of both (3, R, items, items); all whole numbers, so exact."""
    items = moments.items
    if given.all():
        count, sums, products = moments.parted(drawn @ moments.of(values, counted))
        shape = products.shape
        return np.stack([
            np.broadcast_to(count[:, None, None], shape),
            np.broadcast_to(sums[:, :, None], shape),
            products,
        ])  # fmt: skip
    there = (given & counted[:, None]).astype(np.float64)
    values = values * there
    sums = (values[:, :, None] * there[:, None, :]).reshape(len(values), -1)
    return np.stack([
        moments.square(drawn @ moments.products(there)),
        (drawn @ sums).reshape(-1, items, items),
        moments.square(drawn @ moments.products(values)),
    ])  # fmt: skip

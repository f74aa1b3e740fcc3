"""What sums over people are made of that covariances need: their answers and products of these.

Terms stand row by row, a person's in a column (terms, n), so that each is written at one go. Knows
arrays only.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.metrics import NO_VARIANCE, Floats

Bools = npt.NDArray[np.bool_]
Terms = npt.NDArray[np.floating[Any]]


class ProductTerms:
    """Of so many items: 1, the values, and the products of every two, each pair once."""

    def __init__(self, items: int) -> None:
        self.items = items
        self.first, self.second = np.triu_indices(items)
        self.pairs = len(self.first)
        self.terms = 1 + items + self.pairs

    def write(self, terms: Terms, values: Floats, whole: Bools) -> None:
        """Into terms (terms, n), of values (items, n), all 0 but of people who are whole (n,)."""
        terms[0] = whole
        values = values * whole
        terms[1 : 1 + self.items] = values
        self.write_products(terms[1 + self.items :], values)

    def write_products(self, terms: Terms, values: Floats) -> None:
        """Of every two items, into terms (pairs, n)."""
        start = 0
        for i, value in enumerate(values):
            end = start + self.items - i
            np.multiply(value, values[i:], out=terms[start:end], casting="same_kind")
            start = end

    def parted(self, sums: Floats) -> tuple[Floats, Floats, Floats]:
        """Weights (R,), sums (R, items), and sums of products (R, items, items)."""
        return sums[:, 0], sums[:, 1 : 1 + self.items], self.square(sums[:, 1 + self.items :])

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


class PairwiseSums:
    """Of R resamples how many people answered both of two items, the sums of their answers to the
    first, and of the products of both; all whole numbers, so exact.

    Where people answered everything these are the moments, a third of the terms.
    """

    def __init__(self, resamples: int, layout: ProductTerms) -> None:
        self._layout = layout
        self._ends = [layout.pairs, layout.pairs + layout.items**2]
        self._complete = np.zeros((resamples, layout.terms))
        self._gaps: Floats | None = None

    def terms(self, given: Bools, values: Floats, counted: Bools, exact: npt.DTypeLike) -> Terms:
        """Of people (n,) who are counted, and what is given by them (items, n): (terms, n)."""
        layout, n = self._layout, len(counted)
        if given.all():
            terms = np.empty((layout.terms, n), exact)
            layout.write(terms, values, counted)
            return terms
        there = (given & counted).astype(np.float64)
        values = values * there
        terms = np.empty((self._ends[-1] + layout.pairs, n), exact)
        people, sums, products = np.split(terms, self._ends)
        layout.write_products(people, there)
        for i, value in enumerate(values):
            part = slice(i * layout.items, (i + 1) * layout.items)
            np.multiply(value, there, out=sums[part], casting="same_kind")
        layout.write_products(products, values)
        return terms

    def add(self, sums: Terms) -> None:
        """Sums (R, terms) over some people, of either kind of terms."""
        if sums.shape[1] == self._layout.terms:
            self._complete += sums
        elif self._gaps is None:
            self._gaps = sums.astype(np.float64)
        else:
            self._gaps += sums

    def told(self) -> tuple[Floats, Floats, Floats]:
        """People, sums and products (R, items, items)."""
        layout = self._layout
        count, sums, products = layout.parted(self._complete)
        shape = products.shape
        people = np.broadcast_to(count[:, None, None], shape)
        sums = np.broadcast_to(sums[:, :, None], shape)
        if self._gaps is None:
            return people, sums, products
        both, first, more = np.split(self._gaps, self._ends, axis=1)
        return (
            people + layout.square(both),
            sums + first.reshape(shape),
            products + layout.square(more),
        )

"""What people score on one side of a comparison: drawn answers, or positions on average."""

import numpy as np

from anthology.models.database.arrays import Bools, Floats, Ints, Simulation
from anthology.models.measuring.scale_scores import keyed_items
from anthology.models.measuring.stored import Stored
from anthology.models.study.contrasts.comparisons import Side


def members(stored: Stored, side: Side, people: int) -> Bools:
    """Who of the first so many humans is in a side's group (people,)."""
    trait = list(stored.study.traits).index(side.trait)
    known = stored.people
    return np.asarray(known.counted & (known.traits[:, trait] == side.option))[:people]


def rated(stored: Stored, side: Side, positions: Ints | Floats) -> Floats:
    """The mean position 1..K (n,) of a side's items, whichever group people are in; NaN of who has
    none on one of them. positions (n, m): from 0, -1 where there is none."""
    items = keyed_items(side.told, side.items, stored.study.compared)
    sums = items.sums(positions.astype(np.float64))
    count = len(side.items)
    return np.where(sums >= 0, (sums + count) / count, np.nan)


def columns(stored: Stored, side: Side) -> list[int]:
    """The compared questions that a side's items are."""
    return list(keyed_items(side.told, side.items, stored.study.compared).columns)


def expected(simulation: Simulation) -> tuple[Floats, Floats]:
    """Of the m compared questions everybody's position by mean probabilities (n, m), from 0, -1
    where no option has any; and how likely it is that there is an answer, and no refusal (n, m)."""
    joint = [np.nan_to_num(simulation.probabilities[item]) for item in simulation.compared]
    answering = np.column_stack([one.sum(axis=1) for one in joint])
    places = np.column_stack([one @ np.arange(one.shape[1]) for one in joint])
    known = answering > 0
    return np.where(known, places / np.where(known, answering, 1.0), -1.0), answering

"""What a simulation is worth for differences between groups, or between ratings: with few humans
and it, with those few alone, and how many humans more they are with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from anthology.models.database.arrays import Bools, Floats, Ints
from anthology.models.measuring.contrasts.scores import columns, expected, members, rated
from anthology.models.measuring.inference.labelled import (
    FEWEST_OTHERS,
    Divided,
    divided,
    random_order,
)
from anthology.models.measuring.inference.worth_rows import worth_rows
from anthology.models.measuring.rows import Row
from anthology.models.measuring.stored import Stored
from anthology.models.statistics.contrasts.names import figure_name
from anthology.models.statistics.groups.intervals import Estimate
from anthology.models.statistics.inference import differences, names
from anthology.models.statistics.inference.differences import Group
from anthology.models.statistics.inference.jackknife import FEWEST_OTHERS as FEWEST_OF_GROUP
from anthology.models.statistics.inference.tuning import Predicted
from anthology.models.study.contrasts.comparisons import Comparison, Side, comparisons
from anthology.models.study.measures import FEWEST_LABELLED


@dataclass(frozen=True)
class _Scored:
    """What all R respondents score and what was predicted of them (R,), NaN where there is none,
    and who is asked and labelled, whichever group they are in."""

    own: Floats
    predicted: Floats
    people: Divided

    def group(self, members: Bools, weights: Floats) -> Group:
        among = self.people.among(members)

        def predicted(rows: Ints) -> Predicted:
            return Predicted(self.predicted[rows, None], weights[rows])

        return Group(
            self.own[among.labelled, None], predicted(among.labelled), predicted(among.others),
            self.own[among.known, None], predicted(among.known),
        )  # fmt: skip


def rows(stored: Stored) -> Iterator[Row]:
    """Of the study's contrasts, with survey weights. The labelled are those of the means of the
    same questions (`labelled.py`). Nothing of a comparison with fewer than ten of them on a side,
    or twenty in all."""
    study = stored.study
    made = comparisons(study.measures.contrasts, study.traits, study.compared)
    if not made:
        return
    order = random_order(stored)
    for condition, simulation in stored.simulations.items():
        scored = _Scores(stored, expected(simulation)[0], order)
        for comparison in made:
            groups = scored.groups(comparison)
            if _enough(groups):
                yield from _of_comparison(condition, comparison.name, groups)


@dataclass(frozen=True)
class _Scores:
    """What was predicted of R respondents by question, positions (R, m), and the random `order` of
    them; what was found of items is `kept` for other groups."""

    stored: Stored
    positions: Floats
    order: Ints
    kept: dict[tuple[tuple[str, ...], ...], _Scored] = field(default_factory=dict)

    def groups(self, comparison: Comparison) -> list[Group]:
        """The groups whose means are compared, or the one that gave both ratings."""
        one, other = comparison.one, comparison.other
        ratings = [(one, other)] if comparison.of_same_people else [(one,), (other,)]
        count, weights = self.stored.respondents, self.stored.people.weights
        return [
            self._scored(sides).group(members(self.stored, sides[0], count), weights)
            for sides in ratings
        ]

    def _scored(self, sides: tuple[Side, ...]) -> _Scored:
        items = tuple(side.items for side in sides)
        if items not in self.kept:
            self.kept[items] = self._made(sides)
        return self.kept[items]

    def _made(self, sides: tuple[Side, ...]) -> _Scored:
        stored, people = self.stored, self.stored.people
        answers = people.answers[: stored.respondents]
        own, predicted = (
            _less([rated(stored, side, positions) for side in sides])
            for positions in (answers, self.positions)
        )
        asked = [place for side in sides for place in columns(stored, side)]
        silent = people.silent[: stored.respondents, asked]
        answered = ~np.isnan(own)
        left_out = ~answered & (silent | (answers[:, asked] >= 0)).all(axis=1)
        known = ~np.isnan(predicted)
        return _Scored(own, predicted, divided(stored, self.order, known, answered, left_out))


def _less(ratings: Sequence[Floats]) -> Floats:
    return ratings[0] if len(ratings) == 1 else ratings[0] - ratings[1]


def _enough(groups: Sequence[Group]) -> bool:
    labelled = [len(group.own) for group in groups]
    others = min(len(group.others.weights) for group in groups)
    enough = min(labelled) >= FEWEST_OF_GROUP and sum(labelled) >= FEWEST_LABELLED
    return enough and others >= FEWEST_OTHERS


def _of_comparison(condition: str, comparison: str, groups: Sequence[Group]) -> Iterator[Row]:
    n = sum(len(group.own) for group in groups)
    known = sum(len(group.own_known) for group in groups)
    said, (worth, p) = differences.powered(groups), differences.worth(groups)
    of_known = {names.CHANCE: Estimate(p)}
    if known > n:
        of_known[names.TRUTH] = Estimate(differences.everybody(groups))
    yield from worth_rows(
        condition, lambda name: figure_name(name, comparison), worth, said.tuning, said.powered,
        said.classical, n, of_known, known,
    )  # fmt: skip

"""What figures of conditions lose, in many resamples at once: how far each is from what is best.

Knows arrays only. What makes a figure close is the figure's own (`Figure.loss`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from anthology.models.statistics.comparison import Humans, Rows, Simulated
from anthology.models.statistics.figures import OF_PAIRS
from anthology.models.statistics.groups import iterated
from anthology.models.statistics.groups.intervals import NAN
from anthology.models.statistics.groups.profiles import UNKNOWN, Profile, scales
from anthology.models.statistics.groups.weighed import Weighed
from anthology.models.statistics.individual.estimates import of_pairs
from anthology.models.statistics.kinds import (
    Figure,
    OfCorrelations,
    OfCovariances,
    OfDistributions,
    OfPairs,
)
from anthology.models.statistics.metrics import Floats

ROUNDING = 1e-12  # of figures of some 1 to 100; what is no more is no difference, and no error


@dataclass(frozen=True)
class Condition:
    """One condition's simulated people, and for whom they stand: rows (n,) of the humans."""

    simulated: Simulated
    stands_for: Rows

    @property
    def told(self) -> int:
        """How many personas answer, each counted once."""
        personas = self.simulated.personas
        return len(self.stands_for) if personas is None else np.unique(personas).size


@dataclass(frozen=True)
class Replicates:
    """What there is to judge in R resamples: the humans' and the conditions' profiles, and by name
    of the figures that look at more than distributions and correlations the humans' own values
    (R,) and each condition's."""

    humans: Profile
    ours: list[Profile]
    aims: dict[str, Floats]
    values: list[dict[str, Floats]]

    def __len__(self) -> int:
        return len(self.humans)

    def rows(self, which: slice) -> "Replicates":
        return Replicates(
            self.humans.rows(which),
            [profile.rows(which) for profile in self.ours],
            {name: values[which] for name, values in self.aims.items()},
            [{name: values[which] for name, values in one.items()} for one in self.values],
        )

    @classmethod
    def joined(cls, parts: Sequence["Replicates"]) -> "Replicates":
        return cls(
            Profile.joined([part.humans for part in parts]),
            [Profile.joined(of_one) for of_one in zip(*(part.ours for part in parts), strict=True)],
            _joined([part.aims for part in parts]),
            [_joined(of_one) for of_one in zip(*(part.values for part in parts), strict=True)],
        )

    def twice(self, known: "Replicates", lag: int) -> "Replicates":
        """Resamples of these resamples of what is known (`iterated`)."""
        return Replicates(
            self.humans.twice(known.humans, lag),
            [one.twice(before, lag) for one, before in zip(self.ours, known.ours, strict=True)],
            _twice(known.aims, self.aims, lag),
            [
                _twice(before, one, lag)
                for one, before in zip(self.values, known.values, strict=True)
            ],
        )


class Judge:
    """What every figure of every condition loses, under many sets of weights at once."""

    def __init__(
        self,
        humans: Humans,
        conditions: Sequence[Condition],
        ordered: Sequence[bool],
        judged: Sequence[Figure],
    ) -> None:
        self.conditions, self.ordered, self.judged = conditions, ordered, judged
        self.of_covariances = [figure for figure in judged if isinstance(figure, OfCovariances)]
        self.of_pairs = [figure for figure in judged if isinstance(figure, OfPairs)]
        options = [item.shape[1] for item in conditions[0].simulated.probabilities]
        columns = scales(options, ordered)
        self.theirs = Weighed(humans.answers, options, humans.weights, columns)
        self.ours = [
            Weighed(one.answers, options, one.weights, columns, one.probabilities, keeps=False)
            for one in (condition.simulated for condition in conditions)
        ]
        self.own = [humans.answers[condition.stands_for] for condition in conditions]

    @property
    def numbers(self) -> int:
        """In the matrices of a resample."""
        return (1 + len(self.ours)) * len(self.theirs.columns) ** 2

    def replicates(self, times: Floats) -> Replicates:
        """Of how often each human comes (R, N)."""
        covariances = bool(self.of_covariances)
        humans = self.theirs.profiles(times, covariances=covariances)
        profiles, values = [], []
        for condition, ours, own in zip(self.conditions, self.ours, self.own, strict=True):
            doubles = times[:, condition.stands_for]
            profile = ours.profiles(doubles, covariances=covariances)
            profiles.append(replace(profile, covariance=UNKNOWN))  # as large as all else
            of_one = {one.name: one.value(humans, profile) for one in self.of_covariances}
            if self.of_pairs:
                simulated = condition.simulated
                pairs = of_pairs(own, simulated, self.ordered, doubles * simulated.weights)
                by_name = dict(zip((figure.name for figure in OF_PAIRS), pairs.T, strict=True))
                of_one |= {figure.name: by_name[figure.name] for figure in self.of_pairs}
            values.append(of_one)
        aims = {one.name: one.value(humans, humans) for one in self.of_covariances}
        return Replicates(replace(humans, covariance=UNKNOWN), profiles, aims, values)

    def losses(self, drawn: Replicates) -> Floats:
        """(conditions, figures, R); of a squared distance its root."""
        found = []
        for profile, values in zip(drawn.ours, drawn.values, strict=True):
            of_one = []
            for figure in self.judged:
                if isinstance(figure, (OfDistributions, OfCorrelations)):
                    value = figure.value(drawn.humans, profile)
                else:
                    value = values[figure.name]
                loss = figure.loss(value, drawn.aims.get(figure.name, NAN))
                of_one.append(_root(loss) if figure.shape == "squared" else loss)
            found.append(of_one)
        return np.array(found)


def _joined(blocks: Sequence[dict[str, Floats]]) -> dict[str, Floats]:
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _twice(known: dict[str, Floats], drawn: dict[str, Floats], lag: int) -> dict[str, Floats]:
    return {name: iterated.twice(known[name], drawn[name], lag) for name in drawn}


def _root(values: Floats) -> Floats:
    return np.asarray(np.sqrt(np.where(values < ROUNDING, 0.0, values)))

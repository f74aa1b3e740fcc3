"""Of every two conditions: by how much one is closer to the humans than the other.

Knows arrays only. What makes a figure close is the figure's own (`Figure.loss`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from anthology.models.statistics.comparison import Humans, Rows
from anthology.models.statistics.figures import COMPARED, OF_PAIRS
from anthology.models.statistics.groups import draws, iterated
from anthology.models.statistics.groups.intervals import NAN, freedom_of, reach_of_t
from anthology.models.statistics.kinds import (
    Better,
    Figure,
)
from anthology.models.statistics.metrics import Floats
from anthology.models.statistics.paired.losses import ROUNDING, Condition, Judge, Replicates

# Those of which one value can be better than another, and that an interval is known of.
JUDGED: tuple[Figure, ...] = tuple(
    figure
    for figure in (*COMPARED, *OF_PAIRS)
    if figure.interval and figure.better is not Better.NEITHER
)
# Those of them that are told of every subgroup: all of them would take a minute where conditions
# share stories in different ways, alpha and omega most of it.
IN_SUBGROUPS = tuple(figure for figure in JUDGED if figure.name in ("wd", "tv", "fro"))


@dataclass(frozen=True)
class Difference:
    """By how much the first of two conditions is closer (below 0: farther), its 95% interval, and
    the p value of its being 0; NaN where undefined, or where it is the same in every resample: then
    nothing says how sure it is."""

    closer: float
    low: float = NAN
    high: float = NAN
    p: float = NAN

    def times(self, scale: float) -> "Difference":
        """In another unit, as sure as it is."""
        return Difference(self.closer * scale, self.low * scale, self.high * scale, self.p)


def closer_name(figure: str, other: str) -> str:
    """As what a difference to another condition is stored; no figure's name has a space."""
    return f"{figure} closer than {other}"


def p_name(figure: str, other: str) -> str:
    return f"{figure} p against {other}"


def differences(
    humans: Humans,
    conditions: Sequence[Condition],
    ordered: Sequence[bool],
    rng: np.random.Generator,
    replicates: int,
    judged: Sequence[Figure] = JUDGED,
) -> dict[tuple[int, int], dict[str, Difference]]:
    """Of every two conditions, by their places, and by name of the figures that are `judged`.

    A paired bootstrap: in each resample the same humans come, with their doubles in both
    conditions. Those whose doubles share a persona are no independent people, and whose double
    shares one may differ between the conditions; so the variance is that of clustering in two ways
    (Cameron, Gelbach and Miller 2011, Journal of Business & Economic Statistics 29): by the first
    condition's personas, plus by the second's, less by people; never less than by either alone. An
    interval is of Student's t (`freedom_of`) with as many independent people as there are personas,
    in the condition with fewer, however many people each stands for: with Kish's number, as in
    other intervals, 5% tests of conditions alike reject in 0-2, since that variance is ample.
    """
    judge = Judge(humans, conditions, ordered, judged)
    everybody = judge.replicates(np.ones((1, len(humans.weights))))
    known = judge.losses(everybody)[:, :, 0]
    roots = np.array([figure.shape == "squared" for figure in judged])
    clusterings = [None, *(_clusters(one, len(humans.weights)) for one in conditions)]
    drawn = [_replicated(judge, everybody, by, rng, replicates) for by in _told_apart(clusterings)]
    places = _places(clusterings)
    found: dict[tuple[int, int], dict[str, Difference]] = {}
    for a, b in combinations(range(len(conditions)), 2):
        independent = [conditions[place].told for place in (a, b)]
        by_people, by_one, by_other = (
            _variance(drawn[places[by]][:, b] - drawn[places[by]][:, a], count)
            for by, count in (
                (0, len(conditions[a].stands_for)), (a + 1, independent[0]), (b + 1, independent[1])
            )
        )  # fmt: skip
        variance = np.maximum(by_one, by_other)
        if places[a + 1] != places[b + 1]:
            variance = np.maximum(by_one + by_other - by_people, variance)
        freedom = freedom_of(min(independent), replicates)
        scales = np.where(roots, known[a] + known[b], 1.0)  # a² − b² = (a − b) (a + b)
        found[a, b] = {
            figure.name: _tested(value, spread, freedom).times(float(scale))
            for figure, value, spread, scale in zip(
                judged, known[b] - known[a], variance, scales, strict=True
            )
        }
    return found


def _clusters(condition: Condition, people: int) -> Rows:
    """Of every human the number of the persona that is its double; of its own where none is."""
    return draws.clusters_of(people, condition.stands_for, condition.simulated.personas)


def _told_apart(clusterings: Sequence[Rows | None]) -> list[Rows | None]:
    places = _places(clusterings)
    return [clusterings[places.index(place)] for place in range(max(places) + 1)]


def _places(clusterings: Sequence[Rows | None]) -> list[int]:
    """Which ones are the same, by their number among the different ones."""
    seen: dict[bytes, int] = {}
    alone = b""  # everybody
    keys = [
        alone if one is None or one.size == one.max() + 1 else one.tobytes() for one in clusterings
    ]
    return [seen.setdefault(key, len(seen)) for key in keys]


def _replicated(
    judge: Judge,
    known: Replicates,
    clusters: Rows | None,
    rng: np.random.Generator,
    replicates: int,
) -> Floats:
    """What is lost (1 + LAGS, conditions, figures, R) in resamples, and in resamples of them."""
    people, once = len(judge.theirs.weights), []

    def drawn() -> Iterator[Replicates]:
        for block in draws.blocks(replicates, people):
            times = draws.bootstrap(block, people, clusters, rng)
            for part in draws.parts(block, judge.numbers):
                found = judge.replicates(times[part])
                once.append(judge.losses(found))
                yield found

    def lost_twice(some: Replicates) -> Floats:
        return iterated.at_lags(lambda lag: judge.losses(some.twice(known, lag)))

    again = [lost_twice(some) for some in iterated.behind_others(drawn())]
    return np.concatenate([np.concatenate(once, axis=-1)[None], iterated.in_order(again)])


def _variance(replicates: Floats, independent: int) -> Floats:
    """(figures,) of replicates (1 + LAGS, figures, R), of which n people's are short by (n − 1)/n;
    NaN where fewer than two are defined."""
    stretch = independent / (independent - 1) if independent > 1 else NAN
    found = np.full(replicates.shape[1], np.nan)
    for place, (once, *again) in enumerate(np.moveaxis(replicates, 1, 0)):
        if (~np.isnan(once)).sum() >= 2:
            found[place] = iterated.error(once, np.stack(again)).deviation ** 2 * stretch
    return found


def _tested(value: float, variance: float, freedom: float) -> Difference:
    from scipy.special import stdtr  # a worker with a model never needs it

    if np.isnan(value) or np.isnan(variance) or freedom == 0:
        return Difference(float(value))
    error = float(np.sqrt(variance))
    if error <= ROUNDING:
        if abs(value) > ROUNDING:
            return Difference(float(value))
        return Difference(0.0, 0.0, 0.0, 1.0)  # the same answers, of the same people
    reach = reach_of_t(freedom) * error
    p = 2 * float(stdtr(freedom, -abs(value) / error))
    return Difference(float(value), float(value) - reach, float(value) + reach, p)

"""Of every two conditions: by how much one is closer to the humans than the other.

Knows arrays only. What makes a figure close is the figure's own (`Figure.loss`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from anthology.models.statistics.comparison import Humans, Rows, Simulated
from anthology.models.statistics.figures import COMPARED, OF_PAIRS
from anthology.models.statistics.groups import draws
from anthology.models.statistics.groups.intervals import NAN, freedom_of, reach_of_t
from anthology.models.statistics.groups.profiles import scales
from anthology.models.statistics.groups.weighed import Weighed
from anthology.models.statistics.individual.estimates import of_pairs
from anthology.models.statistics.kinds import Better, Compared, Figure, OfCovariances, OfPairs
from anthology.models.statistics.metrics import Floats

# Those of which one value can be better than another, and that an interval is known of.
JUDGED: tuple[Figure, ...] = tuple(
    figure
    for figure in (*COMPARED, *OF_PAIRS)
    if figure.interval and figure.better is not Better.NEITHER
)
# Those of them that are told of every subgroup: all of them would take a minute where conditions
# share stories in different ways, alpha and omega most of it.
IN_SUBGROUPS = tuple(figure for figure in JUDGED if figure.name in ("wd", "tv", "fro"))

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
class Difference:
    """By how much the first of two conditions is closer (below 0: farther), its 95% interval, and
    the p value of its being 0; NaN where undefined, or where it is the same in every resample: then
    nothing says how sure it is."""

    closer: float
    low: float = NAN
    high: float = NAN
    p: float = NAN


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
    judge = _Judge(humans, conditions, ordered, judged)
    known = judge.losses(np.ones((1, len(humans.weights))))[:, :, 0]
    clusterings = [None, *(_clusters(one, len(humans.weights)) for one in conditions)]
    drawn = [_replicated(judge, by, rng, replicates) for by in _told_apart(clusterings)]
    places = _places(clusterings)
    found: dict[tuple[int, int], dict[str, Difference]] = {}
    for a, b in combinations(range(len(conditions)), 2):
        independent = [conditions[place].told for place in (a, b)]
        by_people, by_one, by_other = (
            _variance(drawn[places[by]][b] - drawn[places[by]][a], count)
            for by, count in (
                (0, len(conditions[a].stands_for)), (a + 1, independent[0]), (b + 1, independent[1])
            )
        )  # fmt: skip
        variance = by_one
        if places[a + 1] != places[b + 1]:
            variance = np.maximum(by_one + by_other - by_people, np.maximum(by_one, by_other))
        freedom = freedom_of(min(independent), replicates)
        found[a, b] = {
            figure.name: _tested(value, spread, freedom)
            for figure, value, spread in zip(judged, known[b] - known[a], variance, strict=True)
        }
    return found


class _Judge:
    """What every figure of every condition loses, under many sets of weights at once."""

    def __init__(
        self,
        humans: Humans,
        conditions: Sequence[Condition],
        ordered: Sequence[bool],
        judged: Sequence[Figure],
    ) -> None:
        self.conditions, self.ordered, self.judged = conditions, ordered, judged
        self.covariances = any(isinstance(figure, OfCovariances) for figure in judged)
        self.of_pairs = [figure for figure in judged if isinstance(figure, OfPairs)]
        options = [item.shape[1] for item in conditions[0].simulated.probabilities]
        columns = scales(options, ordered)
        self.theirs = Weighed(humans.answers, options, humans.weights, columns)
        self.ours = [
            Weighed(one.answers, options, one.weights, columns, one.probabilities, keeps=False)
            for one in (condition.simulated for condition in conditions)
        ]
        self.own = [humans.answers[condition.stands_for] for condition in conditions]

    def losses(self, times: Floats) -> Floats:
        """(conditions, figures, R) of how often each human comes (R, N)."""
        humans = self.theirs.profiles(times, covariances=self.covariances)
        compared = [figure for figure in self.judged if isinstance(figure, Compared)]
        aims = {
            figure.name: figure.value(humans, humans)
            for figure in compared
            if figure.better is Better.NEAREST
        }
        found = []
        for condition, ours, own in zip(self.conditions, self.ours, self.own, strict=True):
            drawn = times[:, condition.stands_for]
            profile = ours.profiles(drawn, covariances=self.covariances)
            of_one = {
                figure.name: figure.loss(figure.value(humans, profile), aims.get(figure.name, NAN))
                for figure in compared
            }
            if self.of_pairs:
                simulated = condition.simulated
                pairs = of_pairs(own, simulated, self.ordered, drawn * simulated.weights)
                values = dict(zip((figure.name for figure in OF_PAIRS), pairs.T, strict=True))
                of_one |= {one.name: one.loss(values[one.name], NAN) for one in self.of_pairs}
            found.append([of_one[figure.name] for figure in self.judged])
        return np.array(found)


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
    judge: _Judge, clusters: Rows | None, rng: np.random.Generator, replicates: int
) -> Floats:
    people = len(judge.theirs.weights)
    return np.concatenate(
        [
            judge.losses(draws.bootstrap(block, people, clusters, rng))
            for block in draws.blocks(replicates, people)
        ],
        axis=2,
    )


def _variance(replicates: Floats, independent: int) -> Floats:
    """(figures,) of replicates (figures, R), of which n people's are short by (n − 1)/n; NaN where
    fewer than two are defined."""
    enough = (~np.isnan(replicates)).sum(axis=1) >= 2
    filled = np.where(enough[:, None], replicates, 0.0)
    stretch = independent / (independent - 1) if independent > 1 else NAN
    return np.where(enough, np.nanvar(filled, axis=1, ddof=1) * stretch, np.nan)


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

"""How sure a figure is: intervals from what it is in resamples.

Knows arrays only, and not what was resampled.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from anthology.models.statistics.groups.iterated import error
from anthology.models.statistics.metrics import NO_VARIANCE, Floats

Shape = Literal[  # of the error of a figure
    "even", "skewed", "distance", "squared", "logarithm", "complement"
]  # fmt: skip
Range = tuple[float, float]  # that a figure can be in

NAN = float("nan")
ANY: Range = (-np.inf, np.inf)
TWO_SIDED_95 = 0.975
NORMAL = 1.959964  # standard errors that 95% of a normal distribution lie within
SHARE_MOVED = (NORMAL**2 - 1) / 6 / NORMAL  # of an interval's half width, times the skewness
ALONE = 0.5  # more than one person, or fewer: 95% of t would reach hundreds of errors, up to 10^150
MOST_TIMES = math.log(10)  # that a variance's ends are away from it


@dataclass(frozen=True)
class Estimate:
    """A value with its 95% interval; NaN where undefined."""

    value: float
    low: float = NAN
    high: float = NAN

    def scaled(self, by: float) -> "Estimate":
        """In another unit, so many of which are one."""
        return Estimate(self.value * by, self.low * by, self.high * by)


def reach_of_t(freedom: float) -> float:
    """In standard errors, how far from the middle 95% of Student's t end."""
    from scipy.special import stdtrit  # a worker with a model never needs it

    return float(stdtrit(freedom, TWO_SIDED_95))


def freedom_of(independent: float, replicates: int, others: float = math.inf) -> float:
    """Degrees of freedom of a bootstrap variance: those of so many independent people, less what so
    few replicates leave unknown (Satterthwaite 1946, Biometrics Bulletin 2), and what is
    known of `others` only; 0 where one person, with a little of another beside at most, or one
    replicate says nothing."""
    if independent <= 1 + ALONE or replicates < 2:
        return 0.0
    return 1 / (1 / (independent - 1) + 1 / (replicates - 1) + 1 / others)


def around(
    value: float,
    replicates: Floats,
    independent: float,
    within: Range = ANY,
    shape: Shape = "skewed",
    twice: Floats | None = None,
) -> Estimate:
    """The value plus and minus as many bootstrap standard errors (Efron 1979) as 95% of Student's t
    lie within: 1.96 of many independent people (`draws.independent`) and replicates.

    Standard errors are the deviation of the replicates, which of n people is short by √((n − 1)/n).
    So a mean, of which the interval is `even`, has its t interval, and few have no narrower one
    (Cameron, Gelbach and Miller 2008, Review of Economics and Statistics 90). Never beyond
    `within`, where a figure cannot be. None where all replicates are the same, as of alpha of two
    people: then nothing says how sure it is.

    A `skewed` one is as wide and lies farther towards the longer tail of the replicates: of
    skewness g, 95% of them are between g/6 · (1.96² − 1) ± 1.96 deviations from their mean (Cornish
    and Fisher 1938, Review of the International Statistical Institute 5). That holds for small g;
    of a large one the interval moves less, as that of a log-normal figure does, and never so far
    that it ends where the figure is. So lie percentiles, which fit whatever scale would make a
    figure normal (Efron and Tibshirani 1993, chapter 13); but their middle is the replicates', and
    resampling adds noise: those of a small distance all lie above it.

    Of a `distance` replicates of replicates (LAGS, R), `twice`, correct the standard error
    (`iterated`). That grows with the distance, so the interval ends where the value would be as
    many errors away as there are there (test inversion: Carpenter 1999, Journal of the Royal
    Statistical Society B 61). A `squared` distance has the ends of its root.

    Of a variance, whose error grows with it, the `logarithm` has an even interval, unless the ends
    would be more than ten times as large and as small: where it is 0 in a resample, or nearly so,
    as in those of few personas of which one is sure of all its answers. Then it is skewed, and
    never below 0. Of a reliability, a ratio of variances away from 1, the `complement` has it
    (Bonett 2002, Journal of Educational and Behavioral Statistics 27).
    """
    known = replicates[~np.isnan(replicates)]
    defined = known.size
    if freedom_of(independent, defined) == 0 or np.isnan(value) or np.ptp(known) <= NO_VARIANCE:
        return Estimate(float(value))
    value = float(value)
    stretch = math.sqrt(independent / (independent - 1))

    def errors(others: float) -> float:
        return reach_of_t(freedom_of(independent, defined, others)) * stretch

    if twice is None:
        low, high = _ends(value, known, errors(math.inf), shape)
    else:
        low, high = _ends_of_distance(value, replicates, twice, errors, shape)
    least, most = within
    if shape == "logarithm":
        least = max(least, 0.0)
    # Rounding must not part them.
    return Estimate(value, min(value, max(least, low)), max(value, min(most, high)))


def _ends_of_distance(
    value: float, once: Floats, twice: Floats, errors: Callable[[float], float], shape: Shape
) -> tuple[float, float]:
    """So many errors from the value as are said of the degrees of freedom that an error has."""
    if shape == "squared":
        roots = math.sqrt(value), np.sqrt(once), np.sqrt(twice)
        low, high = _ends_of_distance(*roots, errors, "distance")
        return max(0.0, low) ** 2, high**2
    found = error(once, twice)
    reach, grown = errors(found.freedom) * found.deviation, NORMAL * found.slope
    return value - reach / (1 + grown), value + reach / (1 - grown)


def _ends(value: float, replicates: Floats, errors: float, shape: Shape) -> tuple[float, float]:
    """So many deviations of the replicates (R,) from the value, where a figure may not be too."""
    if shape == "complement":
        low, high = _ends(1 - value, 1 - replicates, errors, "logarithm")
        return 1 - high, 1 - low
    if shape == "logarithm" and value > 0 and (replicates > 0).all():
        times = errors * float(np.log(replicates).std(ddof=1))
        if times <= MOST_TIMES:
            return value / math.exp(times), value * math.exp(times)
    reach = errors * float(replicates.std(ddof=1))
    if shape == "even":
        return value - reach, value + reach
    moved = SHARE_MOVED * _skewness(replicates)
    middle = value + reach * moved / math.hypot(1.0, moved)
    return middle - reach, middle + reach


def _skewness(values: Floats) -> float:
    """The third moment of values (R,) over the cube of their deviation; 0 where they are alike."""
    apart = values - values.mean()
    spread = float(np.square(apart).mean())
    return float((apart**3).mean()) / spread**1.5 if spread > NO_VARIANCE**2 else 0.0

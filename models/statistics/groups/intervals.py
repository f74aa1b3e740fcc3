"""How sure a figure is: intervals from what it is in resamples.

Knows arrays only, and not what was resampled.
"""

import math
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.metrics import Floats

NAN = float("nan")
TWO_SIDED_95 = 0.975


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


def around(value: float, replicates: Floats, independent: int, least: float = -np.inf) -> Estimate:
    """The value plus and minus as many bootstrap standard errors (Efron 1979) as 95% of Student's t
    lie within, with one degree of freedom less than there are independent people: 1.96 of many.

    Standard errors are the deviation of the replicates, which of n people is short by √((n − 1)/n).
    So a mean has its t interval, and few have no narrower one (Cameron, Gelbach and Miller 2008,
    Review of Economics and Statistics 90). Never below `least`, where a figure cannot be.
    """
    defined = replicates[~np.isnan(replicates)]
    if defined.size < 2 or np.isnan(value) or independent < 2:
        return Estimate(float(value))
    error = float(defined.std(ddof=1)) * math.sqrt(independent / (independent - 1))
    reach = reach_of_t(independent - 1) * error
    return Estimate(float(value), max(least, float(value) - reach), float(value) + reach)

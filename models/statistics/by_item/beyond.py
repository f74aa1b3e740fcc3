"""Whether a distance on one item is larger than real people's from each other.

Knows arrays only.
"""

import numpy as np

from anthology.models.statistics.metrics import Floats

ROUNDED = 1e-9  # what sums' last digits make of distributions that are the same


def chances(
    distances: Floats, means: Floats, deviations: Floats, *, people: int, splits: int
) -> Floats:
    """By item (m,) how often as many real people score as much as that, or more, of whom so many
    splits have the mean and deviation: a p value of one side, NaN where anything is unknown.

    Distances are 0 or more and their noise has a longer tail upwards than a normal one, so it is
    that of a gamma distribution, whose cube root is nearly normal (Wilson and Hilferty 1931, PNAS
    17); Student's t, since few splits leave the deviation unknown, and few people (on the side
    with fewer) what it would be of others. Where all gave one answer a distance stays unknown: of
    sixty others a few may well give another.
    """
    from scipy.special import stdtr  # not before anybody asks

    found = np.full(len(distances), np.nan)
    known = ~(np.isnan(distances) | np.isnan(means) | np.isnan(deviations))
    found[known & (distances <= means + ROUNDED)] = 1.0
    varied = known & (deviations > ROUNDED) & (means > ROUNDED)
    error = (deviations[varied] / means[varied]) ** 2 / 9  # variance of the root of a mean of 1
    root = np.cbrt(distances[varied] / means[varied])
    freedom = 1 / (1 / max(splits - 1, 1) + 1 / max(people - 1, 1))
    found[varied] = stdtr(freedom, (1 - error - root) / np.sqrt(error))
    return found

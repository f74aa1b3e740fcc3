"""What is said of people's answers beside those that were given for them, and the formulas.

An item's pairs are shares p_kl of people who answered k and for whom l was answered. Knows arrays
only; `joint_tables.py` counts them.
"""

from dataclasses import dataclass

import numpy as np

from anthology.models.statistics.metrics import NO_VARIANCE, Floats


@dataclass(frozen=True)
class Pairs:
    """An item's pairs of answers, under each of R sets of weights: shares (R, K, K), a person's own
    answer first, and the mean (R,) of the squared `positions` that are expected of their doubles,
    which the shares do not hold. NaN where there is no pair. Those of several items with as many
    options may stand side by side, (items, R, ...), and so does what is said of them."""

    shares: Floats
    squares: Floats


def positions(options: int) -> Floats:
    """A step apart, and 0 in the middle."""
    return np.arange(options, dtype=np.float64) - (options - 1) / 2


def agreement(pairs: Pairs, ordered: bool) -> Floats:
    """Share (R,) of pairs with the same answer twice; whether the answers have an order does not
    matter."""
    return np.asarray(np.trace(pairs.shares, axis1=-2, axis2=-1))


def agreement_by_chance(pairs: Pairs, ordered: bool) -> Floats:
    """The same (R,) if doubles were dealt out at random: Σ_k p_k· p_·k."""
    return np.asarray((pairs.shares.sum(axis=-1) * pairs.shares.sum(axis=-2)).sum(axis=-1))


def kappa(pairs: Pairs, ordered: bool) -> Floats:
    """Cohen's kappa (R,) of pairs of answers: 1 where all agree, 0 where they do no better than if
    they were paired at random.

    Cohen (1960), Educational and Psychological Measurement 20; of ordered answers weighted by the
    squared distance in positions, Cohen (1968), Psychological Bulletin 70. NaN where everybody
    gives one and the same answer, so that no pairing could disagree.
    """
    apart = np.square(_apart(pairs)) if ordered else (_apart(pairs) > 0).astype(np.float64)
    observed, chance = _mean(pairs, apart), _mean_by_chance(pairs, apart)
    some = chance > NO_VARIANCE
    ratio = np.divide(observed, chance, out=np.full(chance.shape, np.nan), where=some)
    return np.asarray(1 - ratio)


def error(pairs: Pairs, ordered: bool) -> Floats:
    """Mean distance (R,) between both answers, in positions."""
    return _mean(pairs, _apart(pairs))


def error_by_chance(pairs: Pairs, ordered: bool) -> Floats:
    """The same (R,) if doubles were dealt out at random."""
    return _mean_by_chance(pairs, _apart(pairs))


def correlation(pairs: Pairs, ordered: bool) -> Floats:
    """Pearson's correlation (R,) of a person's own position and the one expected of the double;
    NaN where either does not vary."""
    here = positions(pairs.shares.shape[-1])
    own, other = pairs.shares.sum(axis=-1), pairs.shares.sum(axis=-2)
    together = ((pairs.shares @ here) * here).sum(axis=-1) - (own @ here) * (other @ here)
    mine = own @ np.square(here) - np.square(own @ here)
    theirs = pairs.squares - np.square(other @ here)
    rounding = NO_VARIANCE * max(1.0, float(np.square(here).max()))
    some = (mine > rounding) & (theirs > rounding)
    both = np.sqrt(np.where(some, mine * theirs, 1.0))
    return np.where(some, np.clip(together / both, -1.0, 1.0), np.nan)


def _apart(pairs: Pairs) -> Floats:
    here = positions(pairs.shares.shape[-1])
    return np.asarray(np.abs(np.subtract.outer(here, here)))


def _mean(pairs: Pairs, value: Floats) -> Floats:
    return np.asarray((pairs.shares * value).sum(axis=(-2, -1)))


def _mean_by_chance(pairs: Pairs, value: Floats) -> Floats:
    own, other = pairs.shares.sum(axis=-1), pairs.shares.sum(axis=-2)
    return np.asarray(((own @ value) * other).sum(axis=-1))

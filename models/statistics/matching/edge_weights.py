"""Edge weights: how probable each respondent's traits are under each persona's polls.

Knows arrays only, no database; does not know what the traits are. `poll` is a list over traits of
(P, K_t) probabilities, NaN rows for a persona that lacks this poll; `bins` is (R, T), the bin of
each respondent on each trait, -1 where missing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from anthology.models.errors import InputError

Bins = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

# Weights computed at a time: 640 kB, which a core's own cache holds; larger blocks are slower.
BLOCK_CELLS = 80_000


def persona_weights(poll: Sequence[Floats], bins: Bins) -> Floats:
    """Edge weights (R, P): the product over traits t of P_t(h_t), 1/K_t where h_t is missing.

    NaN for a persona that lacks a poll. Moon et al. (2024), section 2.3. Raises ValueError for a
    bin that a trait does not have.
    """
    _check_bins(poll, bins)
    return _products(_by_bin(poll), bins)


def pair_weights(poll: Sequence[Floats], bins: Bins, personas: Indices) -> Floats:
    """Weights (R,) of the given pairs alone."""
    _check_bins(poll, bins)
    weights = np.ones(len(bins))
    for rows, chosen in zip(_by_bin(poll), bins.T, strict=True):
        weights *= rows[chosen, personas]
    return weights


def in_blocks(poll: Sequence[Floats], bins: Bins) -> Iterator[tuple[slice, Floats]]:
    """The rows of `persona_weights`, some at a time; all of them would be 800 MB at 10,000 by
    10,000."""
    _check_bins(poll, bins)
    by_bin = _by_bin(poll)
    size = max(1, BLOCK_CELLS // len(poll[0]))
    for start in range(0, len(bins), size):
        rows = slice(start, min(start + size, len(bins)))
        yield rows, _products(by_bin, bins[rows])


def usable(poll: Sequence[Floats], needed: int) -> Indices:
    """Who has all polls. Raises InputError if they are fewer than needed."""
    found = np.flatnonzero(np.all([~np.isnan(trait).any(axis=1) for trait in poll], axis=0))
    if len(found) < needed:
        raise InputError(
            f"{len(found)} personas have been asked every trait, but the matching needs {needed}; "
            "raise the pool's count or sample fewer respondents."
        )
    return found


def _products(by_bin: Sequence[Floats], bins: Bins) -> Floats:
    """Edge weights (R, P) from what `_by_bin` gives."""
    weights = by_bin[0][bins[:, 0]]
    for rows, chosen in zip(by_bin[1:], bins.T[1:], strict=True):
        weights *= rows[chosen]
    return weights


def _by_bin(poll: Sequence[Floats]) -> list[Floats]:
    """Per trait (K_t + 1, P): a contiguous row per bin and a last one, index -1, for missing."""

    def rows(trait: Floats) -> Floats:
        uniform = np.full((1, len(trait)), 1 / trait.shape[1])
        uniform[0, np.isnan(trait).any(axis=1)] = np.nan
        return np.concatenate([trait.T, uniform])

    return [rows(trait) for trait in poll]


def _check_bins(poll: Sequence[Floats], bins: Bins) -> None:
    for t, trait in enumerate(poll):
        if len(bins) and not -1 <= bins[:, t].min() <= bins[:, t].max() < trait.shape[1]:
            raise ValueError(f"bins of trait {t} must lie in -1..{trait.shape[1] - 1}")

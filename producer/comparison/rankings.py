"""How alike several rankings of the same conditions are. Knows arrays only."""

from itertools import combinations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def kendall(values: Floats) -> Floats:
    """Kendall's tau-b between every two rows of (rows, columns), shape (rows, rows).

    Of two rows those columns count that both have; NaN where these are fewer than two, or where
    all of a row's are tied (Kendall 1945).
    """
    pairs = list(combinations(range(values.shape[1]), 2))
    first, second = np.array(pairs, dtype=int).reshape(-1, 2).T
    signs = np.sign(values[:, first] - values[:, second])
    known = ~np.isnan(signs)
    signs = np.where(known, signs, 0.0)
    untied = signs**2 @ known.T.astype(float)  # of a row's pairs, among those the other has, too
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (signs @ signs.T) / np.sqrt(untied * untied.T)
    return found

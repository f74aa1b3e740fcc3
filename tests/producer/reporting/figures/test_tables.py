"""Which condition of a table stands out."""

import pytest

from anthology.models.statistics.figures import FIGURES
from anthology.producer.reporting.figures.tables import tables

NAMES = [figure.name for figure in FIGURES]


def found(*masses):
    rows = [
        dict.fromkeys(NAMES) | {"subgroup": "all", "condition": str(i), "label_mass": mass}
        for i, mass in enumerate(masses)
    ]
    return {"rows": rows, "floor": None, "floor_at_n": None}


@pytest.mark.parametrize(
    ("masses", "best"),
    [((0.79999, 0.8, 0.80001), None), ((0.8, 0.9, 0.8), "1"), ((0.8, 0.9, 0.9), "1"),
     ((0.8, None), None)],
)  # fmt: skip
def test_none_is_the_best_of_values_that_read_alike(masses, best):
    assert tables(found(*masses))[0].best["label_mass"] == best

"""How values are spread, against Python's own statistics."""

import random
import statistics
from itertools import pairwise

import numpy as np
import pytest

from anthology.producer.reporting.pools.spread import CLASSES, spread


@pytest.mark.parametrize("whole", [True, False])
def test_the_middle_the_quantiles_and_every_class_are_those_counted_one_by_one(whole: bool) -> None:
    rng = random.Random(2)
    values = [round(rng.gauss(400, 90)) if whole else rng.gauss(-2.4, 0.13) for _ in range(333)]
    found = spread(np.array(values, dtype=float), whole=whole)
    assert found is not None
    assert (found["n"], found["mean"]) == (333, pytest.approx(statistics.mean(values)))
    assert found["sd"] == pytest.approx(statistics.stdev(values))
    twentieths = statistics.quantiles(values, n=20, method="inclusive")
    assert list(found["quantiles"].values()) == pytest.approx(
        [twentieths[i] for i in (0, 4, 9, 14, 18)]
    )
    edges, counts = found["classes"]["edges"], found["classes"]["counts"]
    assert counts == [sum(low <= value < high for value in values) for low, high in pairwise(edges)]
    assert sum(counts) == 333
    assert 8 <= len(counts) <= CLASSES
    assert edges[1] - edges[0] == pytest.approx(20 if whole else 0.05)


def test_classes_of_whole_numbers_are_never_narrower_than_one() -> None:
    found = spread(np.array([3.0, 3.0, 5.0]), whole=True)
    assert found is not None
    assert found["classes"] == {"edges": [3, 4, 5, 6], "counts": [2, 0, 1]}


@pytest.mark.parametrize("value", [0.0, 97.0, -2.5])
def test_values_that_are_all_the_same_lie_in_one_class(value: float) -> None:
    found = spread(np.array([value]))
    assert found is not None
    assert sum(found["classes"]["counts"]) == 1
    assert (found["sd"], found["quantiles"]["5%"]) == (None, value)


def test_of_nothing_there_is_no_spread() -> None:
    assert spread(np.array([])) is None

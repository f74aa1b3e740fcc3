"""P values adjusted for how many there are."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.statistics.paired.holm import holm


def test_the_smallest_of_four_counts_four_times_and_no_later_one_is_smaller():
    found = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert found == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_what_is_no_comparison_counts_for_none():
    assert holm(np.array([0.02, np.nan])) == pytest.approx([0.02, np.nan], nan_ok=True)
    assert len(holm(np.array([]))) == 0


@given(st.lists(st.floats(0, 1) | st.just(math.nan), max_size=12), st.floats(0.001, 0.999))
def test_below_a_level_are_those_that_the_step_down_procedure_rejects(values, level):
    found = holm(np.array(values))
    known = sorted(p for p in values if not math.isnan(p))
    rejected = set()
    for place, p in enumerate(known):
        if p * (len(known) - place) > level:
            break
        rejected.add(p)
    for p, adjusted in zip(values, found, strict=True):
        assert math.isnan(adjusted) == math.isnan(p)
        if not math.isnan(p):
            assert p <= adjusted <= 1 or adjusted == pytest.approx(p)
            assert (adjusted <= level) == (p in rejected)

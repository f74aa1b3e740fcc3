"""How alike rankings are, against an implementation of somebody else's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from anthology.producer.comparison.rankings import kendall

VALUES = st.one_of(st.none(), st.integers(0, 4))
ROWS = st.lists(st.lists(VALUES, min_size=5, max_size=5), min_size=2, max_size=4)


@given(ROWS)
@settings(max_examples=150, deadline=None)
def test_it_is_kendalls_tau_b_of_what_both_rows_have(rows):
    values = np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=float)
    found = kendall(values)
    for a, b in zip(*np.triu_indices(len(values)), strict=True):
        both = ~np.isnan(values[[a, b]]).any(axis=0)
        tau = kendalltau(values[a, both], values[b, both]).statistic if both.sum() > 1 else np.nan
        assert found[a, b] == pytest.approx(tau, abs=1e-12, nan_ok=True)
        assert found[b, a] == pytest.approx(found[a, b], nan_ok=True)


def test_one_condition_has_no_order():
    assert np.isnan(kendall(np.array([[1.0], [2.0]]))).all()

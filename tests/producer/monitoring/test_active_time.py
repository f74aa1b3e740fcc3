"""The time in which at least one job ran."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.producer.monitoring.active_time import active_s, shares_s


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([], 0),
        ([(10, 70)], 60),
        ([(0, 60), (0, 60), (30, 90)], 90),
        ([(0, 60), (10, 20), (50, 70)], 70),
        ([(345600, 345660), (0, 60)], 120),
        ([(5, 4), (0, 2)], 2),  # the database's clock was set back
    ],
)
def test_time_counts_once_however_many_run_and_not_at_all_when_none_does(
    spans: list[tuple[float, float]], seconds: float
) -> None:
    assert active_s(spans) == seconds


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([], []),
        ([(10, 70)], [60]),
        ([(0, 60), (0, 60)], [30, 30]),
        ([(0, 60), (30, 90)], [45, 45]),
        ([(0, 60), (100, 110)], [60, 10]),
        ([(0, 30), (0, 30), (0, 60)], [10, 10, 40]),
        ([(5, 4), (0, 2), (7, 7)], [0, 2, 0]),
    ],
)
def test_jobs_that_run_at_once_share_the_time(
    spans: list[tuple[float, float]], seconds: list[float]
) -> None:
    assert shares_s(spans) == pytest.approx(seconds)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), max_size=30))
def test_shares_add_up_to_the_time_in_which_any_ran(spans: list[tuple[float, float]]) -> None:
    forwards = [span for span in spans if span[0] < span[1]]
    assert sum(shares_s(spans)) == pytest.approx(active_s(forwards), abs=1e-3)

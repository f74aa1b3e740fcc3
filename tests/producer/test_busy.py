"""The time in which at least one job ran."""

import pytest

from producer.busy import busy_s


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
    assert busy_s(spans) == seconds

"""Numbers as text: what could be misread is written so that it is not."""

import math

import pytest

from anthology.producer.reporting.layout.numbers import chance, ends, subgroup


def test_an_interval_below_zero_has_no_dash_beside_its_minus():
    assert ends(-0.1492, -0.0921, 3) == "−0.149 to −0.092"
    assert ends(-0.0001, 0.2, 2) == "0.00 to 0.20"


@pytest.mark.parametrize(
    ("p", "said"),
    [(0.0, "<0.001"), (0.00099, "<0.001"), (0.001, "0.001"), (1.0, "1.000"), (None, "–"),
     (math.nan, "–")],
)  # fmt: skip
def test_no_chance_is_printed_as_none(p, said):
    assert chance(p) == said


def test_a_crossing_has_a_cross():
    assert subgroup("sex=man * party=a Democrat") == "sex = man × party = a Democrat"
    assert subgroup("all") == "all"

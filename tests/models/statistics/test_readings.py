"""How answers were taken, counted by hand."""

import math

import numpy as np
import pytest

from anthology.models.statistics import readings
from anthology.models.statistics.readings import Readings

NAN = float("nan")


@pytest.fixture
def three():
    """One who answered both questions, one who refused the second, one who never gave any."""
    return Readings(
        answered=np.array([True, True, False]),
        missing=np.array([[False, False], [False, False], [True, True]]),
        refused=np.array([[False, False], [False, True], [False, False]]),
        label_mass=np.array([[0.9, 0.7], [0.8, 0.6], [0.0, NAN]]),
        refusal=np.array([[NAN, 0.2], [NAN, 0.6], [NAN, NAN]]),
    )


def test_the_label_mass_is_of_all_who_were_asked(three):
    assert readings.label_mass(three) == pytest.approx((0.9 + 0.7 + 0.8 + 0.6 + 0.0) / 5)


def test_refusals_are_of_those_who_answered_and_not_missing(three):
    assert readings.refusal(three) == pytest.approx(0.4)
    assert readings.refused_answers(three) == 1
    assert readings.missing_answers(three) == 2


def test_where_no_refusal_is_offered_there_is_no_figure_of_it(three):
    none = Readings(three.answered, three.missing, three.refused & False, three.label_mass,
                    np.full((3, 2), NAN))  # fmt: skip
    assert math.isnan(readings.refusal(none))
    assert math.isnan(readings.refused_answers(none))

"""How a group's answers were taken: label mass, refusals, what is missing.

Knows arrays only, and nothing of humans, who took part in no readout.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anthology.models.statistics.metrics import Floats

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Readings:
    """The answers (n, m) of a group of simulated people, of whom nobody is left out.

    answered (n,): who gave any answer or refusal. missing and refused (n, m): which answers there
    are none of, and which were drawn as the refusal. label_mass (n, m): NaN where there is none;
    refusal (n, m): its probability, NaN where none is offered.
    """

    answered: Bools
    missing: Bools
    refused: Bools
    label_mass: Floats
    refusal: Floats


def label_mass(readings: Readings) -> float:
    """Mean probability of any valid answer, or of written answers the share of first ones that
    could be parsed; also over those who gave no valid answer at all."""
    return _mean(readings.label_mass)


def refusal(readings: Readings) -> float:
    """Mean probability of a refusal over the questions that offer one, of those who answered."""
    return _mean(readings.refusal[readings.answered])


def missing_answers(readings: Readings) -> float:
    """A refusal is not missing."""
    return float(readings.missing.sum())


def refused_answers(readings: Readings) -> float:
    """NaN, as of `refusal`, where none is offered."""
    offered = not np.isnan(readings.refusal[readings.answered]).all()
    return float(readings.refused.sum()) if offered else float("nan")


def _mean(values: Floats) -> float:
    """Without the NaN; NaN of nothing else."""
    return float("nan") if np.isnan(values).all() else float(np.nanmean(values))

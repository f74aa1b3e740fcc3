"""Which figures of the table are of which kind, and the names under which values are stored."""

from collections.abc import Mapping

from anthology.models.statistics.figure_table import FIGURES as FIGURES
from anthology.models.statistics.figure_table import VERSION as VERSION
from anthology.models.statistics.kinds import (
    Compared,
    Figure,
    OfAnswers,
    OfDistributions,
    OfPairs,
    OfReadings,
)

ALL = "all"  # the subgroup of everybody, in what is stored
HUMANS = "humans"  # in the place of a condition there; none may be called so

BY_NAME: Mapping[str, Figure] = {figure.name: figure for figure in FIGURES}
COMPARED = tuple(figure for figure in FIGURES if isinstance(figure, Compared))
MAIN = tuple(figure for figure in FIGURES if figure.main)
# Of the others those that have a place in a table of their family.
MORE = tuple(
    figure for figure in FIGURES if not figure.main and isinstance(figure, (Compared, OfPairs))
)
WITH_INTERVAL = tuple(figure for figure in FIGURES if figure.interval)
WITH_FLOOR = tuple(figure for figure in COMPARED if figure.floor)
OF_DISTRIBUTIONS = tuple(figure for figure in FIGURES if isinstance(figure, OfDistributions))
OF_ANSWERS = tuple(figure for figure in FIGURES if isinstance(figure, OfAnswers))
OF_PAIRS = tuple(figure for figure in FIGURES if isinstance(figure, OfPairs))
OF_READINGS = tuple(figure for figure in FIGURES if isinstance(figure, OfReadings))
HEADLINES = tuple(figure for figure in FIGURES if figure.headline)

# Names under which values without an interval are stored.
DRAWN = tuple(figure.drawn_name for figure in OF_DISTRIBUTIONS)
COUNTS = tuple(figure.name for figure in FIGURES if figure.unit == "count")
MEANS = (
    *DRAWN,
    *(figure.name for figure in FIGURES if not figure.interval and figure.unit != "count"),
)
# Of people who were asked again, what share of their agreement with themselves is reached.
RETESTED = tuple(figure for figure in OF_PAIRS if figure.interval)
OF_RETEST = tuple(figure.of_retest for figure in RETESTED)
# Those that must lie between 0 and 1.
SHARES = tuple(figure.name for figure in FIGURES if figure.unit == "share")


def deviation(figure: Figure) -> str:
    """The name of a floor's standard deviation over splits."""
    return f"{figure.name}_sd"


FLOORS = ("floor", "floor_at_n")  # in the place of a condition, as the humans are
# What a floor holds: of a figure of two sides mean and deviation, of another all humans' value.
FLOOR = tuple(
    name
    for figure in WITH_FLOOR
    for name in ((figure.name, deviation(figure)) if figure.two_sides else (figure.name,))
)


def leading(ordered: bool) -> OfDistributions:
    """The figure by which answers to ordered, or to any, questions are said to be close."""
    return next(figure for figure in OF_DISTRIBUTIONS if ordered or not figure.ordered)

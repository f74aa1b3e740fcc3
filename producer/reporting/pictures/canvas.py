"""What all pictures share: their measures, and room for names."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from anthology.producer.reporting.pictures.inline import SETTINGS

Floats = npt.NDArray[np.float64]

ROW = 19.0  # points a line of a chart
NAMES = 96.0  # points left of the rows, at least
LONGEST_NAME = 26  # characters


def canvas(
    width: float, lines: float, *, left: float, right: float, bottom: float
) -> tuple[Figure, Axes]:
    """One chart of so many lines; the measures are points, the SVG's own unit."""
    height = lines * ROW + bottom
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(width / 72, height / 72))
        box = (left / width, bottom / height, (width - left - right) / width, 1 - bottom / height)
        return figure, figure.add_axes(box)


def bare(axes: Axes, keep: tuple[str, ...]) -> None:
    """Takes away ticks' marks and the frame but for the sides to keep."""
    for side, spine in axes.spines.items():
        spine.set_visible(side in keep)
    axes.tick_params(length=0, left=False, bottom=False)


def fitted(name: str) -> str:
    """A name beside a row: a very long one without its middle, for its end tells it from others."""
    if len(name) <= LONGEST_NAME:
        return name
    kept = LONGEST_NAME - 1
    return f"{name[: kept // 2]}…{name[len(name) - (kept - kept // 2) :]}"


def room(names: Sequence[str]) -> float:
    """Points that the longest of some names takes left of the rows."""
    font = FontProperties(family="DejaVu Sans", size=10)
    widths = [text_to_path.get_text_width_height_descent(name, font, False)[0] for name in names]
    return max(NAMES, *widths) + 6

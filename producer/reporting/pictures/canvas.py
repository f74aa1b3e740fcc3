"""What all pictures share: their measures and fonts, room for names, and how they get into a page.

Each is one small SVG as a data URI, so that a page wraps them and they stay sharp on paper.
"""

import base64
import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from anthology.producer.reporting.pictures.colours import GREY, INK, RULE

Floats = npt.NDArray[np.float64]

ROW = 19.0  # points a line of a chart
NAMES = 96.0  # points left of the rows, at least
LONGEST_NAME = 26  # characters

SETTINGS: Any = {
    "svg.fonttype": "none",  # text stays text: small files, the reader's own fonts
    "svg.hashsalt": "anthology",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.parse_math": False,  # a dollar sign in a name is no formula
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": GREY,
    "xtick.color": GREY,
    "ytick.color": INK,
    "axes.linewidth": 0.8,
}

DECIMALS = re.compile(rb"(\d\.\d\d)\d+(?!\d*<)")  # of a place, not of a text to read
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


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
    axes.tick_params(length=0)


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


def data_uri(figure: Figure) -> str:
    file = io.BytesIO()
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    with mpl.rc_context(SETTINGS):
        figure.savefig(file, format="svg", transparent=True, metadata=NO_METADATA)
    # The reader's own fonts; matplotlib laid out with a wider one, so nothing overflows.
    svg = file.getvalue().replace(b"'DejaVu Sans'", b"system-ui,sans-serif")
    # A hundredth of a point is exact enough: a third less of a page with many questions.
    small = DECIMALS.sub(rb"\1", b" ".join(svg[svg.index(b"<svg") :].split()))
    return "data:image/svg+xml;base64," + base64.b64encode(small).decode()

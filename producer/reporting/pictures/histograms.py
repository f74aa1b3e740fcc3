"""Draws how many values lie in each of many classes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from anthology.producer.reporting.pictures.canvas import Floats, bare, canvas
from anthology.producer.reporting.pictures.colours import ACCENT, GREY, INK, LIGHT, PAPER
from anthology.producer.reporting.pictures.inline import Picture, inline


def match_weights(values: Floats, low: float, high: float, uninformed: float) -> Picture:
    """Match weights counted in classes of equal width on a logarithmic scale from low to high."""
    figure, axes = canvas(320, 6.5, left=34, right=10, bottom=24)
    bins = np.geomspace(low, high, 25)
    axes.hist(values[values > 0], bins=list(bins), color=ACCENT, edgecolor=PAPER, linewidth=0.6)
    axes.axvline(uninformed, color=INK, linewidth=1, linestyle=(0, (3, 2)))
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    steps = (1.0,) if high > 100 * low else (1.0, 2.0, 5.0)
    axes.xaxis.set_major_locator(LogLocator(10, steps, numticks=6))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    _counted(axes)
    return inline(figure)


def histogram(
    edges: Sequence[float], counts: Sequence[int], middle: float, ends: tuple[float, float]
) -> Picture:
    """How many values lie in each class, on an axis between `ends`; `middle` is a dashed line."""
    figure, axes = canvas(320, 5, left=40, right=14, bottom=24)
    axes.stairs(counts, edges, fill=True, color=ACCENT)
    axes.axvline(middle, color=INK, linewidth=1, linestyle=(0, (3, 2)))
    axes.set_xlim(*ends)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(_said))
    axes.yaxis.set_major_formatter(FuncFormatter(_said))
    _counted(axes)
    return inline(figure)


def _counted(axes: Axes) -> None:
    """Lines behind a histogram at a few whole numbers."""
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.tick_params(axis="y", colors=GREY)
    axes.grid(axis="y", color=LIGHT, linewidth=0.8)
    axes.set_axisbelow(True)
    bare(axes, ("bottom",))


def _said(value: float, _: int) -> str:
    return f"{value:,.10g}".replace("-", "−")

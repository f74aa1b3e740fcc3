"""Draws one figure over several studies as a specification curve (Simonsohn, Simmons and Nelson
2020): above the values of every condition, below which settings each study has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from anthology.producer.reporting.pictures.canvas import (
    ROW,
    bare,
    canvas,
    fitted,
    room,
)
from anthology.producer.reporting.pictures.colours import GREY, INK, LIGHT, NOMINAL
from anthology.producer.reporting.pictures.inline import SETTINGS, Picture, inline
from anthology.producer.reporting.pictures.rows import Estimate

WIDTH = 720.0
ABOVE = 11  # lines that the values take
GAP = 14.0  # points between values and settings
MARKERS = "osD^vP*X"  # with the colours, so that these are not all that tells conditions apart


@dataclass(frozen=True)
class Setting:
    """A line below: its name, and which studies have it."""

    name: str
    studies: Sequence[bool]


def specifications(
    conditions: Sequence[Sequence[Estimate]], floors: Sequence[float | None],
    settings: Sequence[Setting],
) -> Picture:  # fmt: skip
    """Of each condition an estimate a study, all in the same order of studies; `floors`, one a
    study, are short dashed lines."""
    names = [fitted(setting.name) for setting in settings]
    left = room(names)
    legend = len(conditions) // 4 + 1.2
    lines = legend + ABOVE + len(settings) + (GAP / ROW if settings else 0)
    figure, axes = canvas(WIDTH, lines, left=left, right=12, bottom=8)
    width, height = figure.get_size_inches() * 72
    below = len(settings) * ROW + (GAP if settings else 0) + 8
    across = (left / width, (width - left - 12) / width)
    axes.set_position((across[0], below / height, across[1], ABOVE * ROW / height))
    with mpl.rc_context(SETTINGS):
        _values(axes, conditions, floors)
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=4, frameon=False, fontsize=9.5,
            handletextpad=0.3, columnspacing=1.4,
        )  # fmt: skip
        if settings:
            dots = figure.add_axes(
                (across[0], 8 / height, across[1], len(settings) * ROW / height), sharex=axes
            )
            _dots(dots, settings, names)
    return inline(figure)


def _values(
    axes: Axes, conditions: Sequence[Sequence[Estimate]], floors: Sequence[float | None]
) -> None:
    count = len(floors)
    for place, floor in enumerate(floors):
        if floor is not None:
            axes.plot([place - 0.45, place + 0.45], [floor, floor], color=INK, linewidth=1,
                      linestyle=(0, (3, 2)))  # fmt: skip
    offsets = np.linspace(-0.3, 0.3, len(conditions)) if len(conditions) > 1 else [0.0]
    size = 6.0 if count <= 24 else 4.0 if count <= 80 else 2.5
    for number, estimates in enumerate(conditions):
        colour = NOMINAL[number % len(NOMINAL)]
        known = [(n + offsets[number], e) for n, e in enumerate(estimates) if e.value is not None]
        for at, one in known:
            if one.low is not None and one.high is not None:
                axes.plot([at, at], [one.low, one.high], color=colour, linewidth=1.6, alpha=0.6)
        axes.plot(
            [at for at, _ in known], [float(one.value or 0) for _, one in known],
            MARKERS[number % len(MARKERS)], color=colour, markersize=size,
            label=fitted(estimates[0].name),
        )  # fmt: skip
    axes.set_xlim(-0.6, count - 0.4)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="y", color=LIGHT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", labelcolor=GREY)
    axes.xaxis.set_visible(False)
    bare(axes, ("bottom",))


def _dots(axes: Axes, settings: Sequence[Setting], names: Sequence[str]) -> None:
    for line, setting in enumerate(settings):
        places = np.arange(len(setting.studies))
        has = np.array(setting.studies, dtype=bool)
        axes.plot(places[~has], np.full((~has).sum(), line), "o", color=LIGHT, markersize=4)
        axes.plot(places[has], np.full(has.sum(), line), "o", color=INK, markersize=5)
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.xaxis.set_visible(False)
    bare(axes, ())

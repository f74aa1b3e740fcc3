"""Draws what has a row for each condition or group: figures with intervals, distributions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from anthology.producer.reporting.pictures.canvas import (
    Floats,
    bare,
    canvas,
    fitted,
    room,
)
from anthology.producer.reporting.pictures.colours import (
    ACCENT,
    BAND,
    GREY,
    INK,
    LIGHT,
    PAPER,
    readable_on,
)
from anthology.producer.reporting.pictures.inline import Picture, inline


@dataclass(frozen=True)
class Estimate:
    """A named figure with its interval; None where undefined."""

    name: str
    value: float | None
    low: float | None
    high: float | None


def estimates(
    rows: Sequence[Estimate], floor: float | None, sized: tuple[float, float] | None
) -> Picture:
    """Figures with intervals, one a line; `floor` is a dashed line, `sized` (mean, sd) a band."""
    names = [fitted(row.name) for row in rows]
    figure, axes = canvas(280, len(rows), left=room(names), right=12, bottom=24)
    if sized is not None and not math.isnan(sum(sized)):
        mean, sd = sized
        axes.axvspan(mean - 1.96 * sd, mean + 1.96 * sd, color=BAND, linewidth=0)
    if floor is not None:
        axes.axvline(floor, color=INK, linewidth=1, linestyle=(0, (3, 2)))
    for place, row in enumerate(rows):
        _estimate(axes, place, row)
    _lines(axes, names)
    if axes.get_xlim()[0] > 0:
        axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.grid(axis="x", color=LIGHT, linewidth=0.8)
    axes.set_axisbelow(True)
    return inline(figure)


def distribution(
    rows: Sequence[tuple[str, Floats, float | None]], colours: Sequence[str], distance: str = ""
) -> Picture:
    """Shares of one item's options as stacked bars, a line a group; with a `distance` the first one
    is set apart, and each row ends in its distance from it."""
    names = [fitted(name) for name, _, _ in rows]
    figure, axes = canvas(350, len(rows) + 0.6, left=room(names), right=34, bottom=4)
    apart = 0.8 if distance else 0.4
    places = [0.4, *(place + apart for place in range(1, len(rows)))]
    _stack(axes, places, [shares for _, shares, _ in rows], colours)
    for place, (_, _, away) in zip(places, rows, strict=True):
        if away is not None and not math.isnan(away):
            axes.text(1.03, place, f"{away:.2f}", va="center", fontsize=9.5, color=INK)
    axes.text(1.03, places[0], distance, va="center", fontsize=8.5, color=GREY)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) + 0.35, -0.25)
    axes.set_yticks(places, names)
    if distance:
        axes.get_yticklabels()[0].set_fontweight("bold")
    axes.xaxis.set_visible(False)
    bare(axes, ())
    return inline(figure)


def _estimate(axes: Axes, place: float, row: Estimate) -> None:
    if row.value is None:
        axes.text(0.02, place, "not defined", va="center", color=GREY, fontsize=9,
                  transform=axes.get_yaxis_transform())  # fmt: skip
        return
    if row.low is not None and row.high is not None:
        axes.plot([row.low, row.high], [place, place], color=ACCENT, linewidth=2.4,
                  solid_capstyle="round", alpha=0.55)  # fmt: skip
    axes.plot(row.value, place, "o", color=ACCENT, markersize=6)


def _lines(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.4, -0.6)
    bare(axes, ("bottom",))


def _stack(
    axes: Axes, places: Sequence[float], rows: Sequence[Floats], colours: Sequence[str]
) -> None:
    """A row of segments at each place, with percentages where there is room for them."""
    segments: list[list[Path]] = [[] for _ in colours]
    for place, shares in zip(places, rows, strict=True):
        if np.isnan(shares).any():
            axes.text(0, place, "nobody answered", va="center", color=GREY, fontsize=9)
            continue
        ends = np.cumsum(shares)
        for option, (share, end) in enumerate(zip(shares, ends, strict=True)):
            segments[option].append(_rectangle(end - share, end, place))
            if share >= 0.08:
                axes.text(end - share / 2, place, f"{100 * share:.0f}", ha="center", va="center",
                          fontsize=9, color=readable_on(colours[option]))  # fmt: skip
    for colour, paths in zip(colours, segments, strict=True):
        if paths:  # one path a colour: a patch for each segment would triple the page
            path = Path.make_compound_path(*paths)
            axes.add_patch(PathPatch(path, facecolor=colour, edgecolor=PAPER, linewidth=0.8,
                                     clip_on=False))  # fmt: skip


def _rectangle(left: float, right: float, place: float) -> Path:
    low, high = place - 0.39, place + 0.39
    corners = [(left, low), (right, low), (right, high), (left, high), (left, low)]
    return Path(corners, closed=True)

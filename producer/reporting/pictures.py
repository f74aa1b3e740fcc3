"""Draws the report's pictures: distances, distributions, correlations, match weights.

Each is one small SVG as a data URI, so that a page wraps them and they stay sharp on paper. Knows
arrays and names only: no text that a model or a respondent wrote ever comes here.
"""

import base64
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

Floats = npt.NDArray[np.float64]

INK, GREY, LIGHT, RULE = "#1b1f24", "#6b7280", "#e6e8eb", "#c9ced6"
ACCENT, BAND = "#0b5fa5", "#f1dfb4"

# Okabe and Ito (2008), told apart with any common colour blindness; black is left to text.
NOMINAL = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#f0e442", "#999999")
SEQUENTIAL = "YlGnBu"
DIVERGING = "RdBu"
MISSING = "#c3c7cd"

ROW = 19.0  # points a line of a chart
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


@dataclass(frozen=True)
class Estimate:
    """A named figure with its interval; None where undefined."""

    name: str
    value: float | None
    low: float | None
    high: float | None


def palette(options: int, ordered: bool) -> list[str]:
    """Colours for options: from light to dark along a scale, or as different as can be."""
    if ordered:
        places = np.linspace(0.12, 0.85, options) if options > 1 else [0.5]
        return [to_hex(mpl.colormaps[SEQUENTIAL](place)) for place in places]
    return [_tinted(NOMINAL[i % len(NOMINAL)], i // len(NOMINAL)) for i in range(options)]


def shade(share: float) -> tuple[str, str]:
    """Background and text colour for a share in a table."""
    background = to_hex(mpl.colormaps["Blues"](0.55 * share))
    return background, _readable_on(background)


def estimates(
    rows: Sequence[Estimate], floor: float | None, sized: tuple[float, float] | None
) -> str:
    """Figures with intervals, one a line; `floor` is a dashed line, `sized` (mean, sd) a band."""
    figure, axes = _canvas(280, len(rows), left=104, right=12, bottom=24)
    if sized is not None and not math.isnan(sum(sized)):
        mean, sd = sized
        axes.axvspan(mean - 1.96 * sd, mean + 1.96 * sd, color=BAND, linewidth=0)
    if floor is not None:
        axes.axvline(floor, color=INK, linewidth=1, linestyle=(0, (3, 2)))
    for place, row in enumerate(rows):
        _estimate(axes, place, row)
    _lines(axes, [row.name for row in rows])
    if axes.get_xlim()[0] > 0:
        axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.grid(axis="x", color=LIGHT, linewidth=0.8)
    axes.set_axisbelow(True)
    return _data_uri(figure)


def distribution(
    rows: Sequence[tuple[str, Floats, float | None]], colours: Sequence[str], distance: str = ""
) -> str:
    """Shares of one item's options as stacked bars, a line a group; with a `distance` the first one
    is set apart, and each row ends in its distance from it."""
    figure, axes = _canvas(350, len(rows) + 0.6, left=104, right=34, bottom=4)
    apart = 0.8 if distance else 0.4
    places = [0.4, *(place + apart for place in range(1, len(rows)))]
    _stack(axes, places, [shares for _, shares, _ in rows], colours)
    for place, (_, _, away) in zip(places, rows, strict=True):
        if away is not None and not math.isnan(away):
            axes.text(1.03, place, f"{away:.2f}", va="center", fontsize=9.5)
    axes.text(1.03, places[0], distance, va="center", fontsize=8.5, color=GREY)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) + 0.35, -0.25)
    axes.set_yticks(places, [name for name, _, _ in rows])
    if distance:
        axes.get_yticklabels()[0].set_fontweight("bold")
    axes.xaxis.set_visible(False)
    _bare(axes, ())
    return _data_uri(figure)


def correlations(matrix: Floats, names: Sequence[str], limit: float) -> str:
    """A correlation matrix without its diagonal, coloured from -limit to limit; grey: undefined."""
    items = len(names)
    figure, axes = _canvas(300, 186 / ROW, left=66, right=4, bottom=44)
    shown = matrix.copy()
    np.fill_diagonal(shown, np.nan)
    colours = mpl.colormaps[DIVERGING].with_extremes(bad=MISSING)
    axes.imshow(shown, cmap=colours, vmin=-limit, vmax=limit, interpolation="none", aspect="auto")
    step = max(1, math.ceil(items / 12))
    ticks = range(0, items, step)
    labels = [names[i] if step == 1 else str(i + 1) for i in ticks]
    axes.set_yticks(ticks, [_short(label) for label in labels], fontsize=9)
    axes.set_xticks(ticks, [_short(label) for label in labels], fontsize=9, rotation=60,
                    ha="right", rotation_mode="anchor", color=INK)  # fmt: skip
    _bare(axes, ())
    return _data_uri(figure)


def weights(values: Floats, low: float, high: float, uninformed: float) -> str:
    """Match weights counted in classes of equal width on a logarithmic scale from low to high."""
    figure, axes = _canvas(320, 6.5, left=34, right=10, bottom=24)
    bins = np.geomspace(low, high, 25)
    axes.hist(values[values > 0], bins=list(bins), color=ACCENT, edgecolor="white", linewidth=0.6)
    axes.axvline(uninformed, color=INK, linewidth=1, linestyle=(0, (3, 2)))
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    steps = (1.0,) if high > 100 * low else (1.0, 2.0, 5.0)
    axes.xaxis.set_major_locator(LogLocator(10, steps, numticks=6))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.tick_params(axis="y", colors=GREY)
    axes.grid(axis="y", color=LIGHT, linewidth=0.8)
    axes.set_axisbelow(True)
    _bare(axes, ("bottom",))
    return _data_uri(figure)


# --- parts ---------------------------------------------------------------------------------------


def _canvas(
    width: float, lines: float, *, left: float, right: float, bottom: float
) -> tuple[Figure, Axes]:
    """One chart of so many lines; the measures are points, the SVG's own unit."""
    height = lines * ROW + bottom
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(width / 72, height / 72))
        box = (left / width, bottom / height, (width - left - right) / width, 1 - bottom / height)
        return figure, figure.add_axes(box)


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
    _bare(axes, ("bottom",))


def _bare(axes: Axes, keep: tuple[str, ...]) -> None:
    """Takes away ticks' marks and the frame but for the sides to keep."""
    for side, spine in axes.spines.items():
        spine.set_visible(side in keep)
    axes.tick_params(length=0)


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
                          fontsize=9, color=_readable_on(colours[option]))  # fmt: skip
    for colour, paths in zip(colours, segments, strict=True):
        if paths:  # one path a colour: a patch for each segment would triple the page
            path = Path.make_compound_path(*paths)
            axes.add_patch(PathPatch(path, facecolor=colour, edgecolor="white", linewidth=0.8,
                                     clip_on=False))  # fmt: skip


def _rectangle(left: float, right: float, place: float) -> Path:
    low, high = place - 0.39, place + 0.39
    corners = [(left, low), (right, low), (right, high), (left, high), (left, low)]
    return Path(corners, closed=True)


def _readable_on(colour: str) -> str:
    """Black or white, whichever stands out from the colour (WCAG relative luminance)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "white" if luminance < 0.179 else INK


def _tinted(colour: str, times: int) -> str:
    """The colour, lighter for every time that the palette was used up."""
    mix = 0.45 * times / (1 + 0.45 * times)
    red, green, blue = (part + (1 - part) * mix for part in to_rgb(colour))
    return to_hex((red, green, blue))


def _short(name: str) -> str:
    return name if len(name) <= 10 else name[:9] + "…"


def _data_uri(figure: Figure) -> str:
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

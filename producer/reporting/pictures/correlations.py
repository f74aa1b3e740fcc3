"""Draws correlations between questions as a heatmap."""

import math
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np

from anthology.producer.reporting.pictures.canvas import ROW, Floats, bare, canvas
from anthology.producer.reporting.pictures.colours import DIVERGING, INK, MISSING
from anthology.producer.reporting.pictures.inline import Picture, inline


def heatmap(matrix: Floats, names: Sequence[str], limit: float) -> Picture:
    """A correlation matrix without its diagonal, coloured from -limit to limit; grey: undefined."""
    items = len(names)
    figure, axes = canvas(300, 186 / ROW, left=66, right=4, bottom=44)
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
    bare(axes, ())
    return inline(figure)


def _short(name: str) -> str:
    return name if len(name) <= 10 else name[:9] + "…"

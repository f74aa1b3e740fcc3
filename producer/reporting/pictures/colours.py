"""The colours of the report: of text and rules, of options, of shares."""

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex, to_rgb

INK, GREY, LIGHT, RULE = "#1b1f24", "#57606a", "#e6e8eb", "#c9ced6"
ACCENT, BAND, PAPER = "#0b5fa5", "#f1dfb4", "#fffffe"

# Where a page has other colours at night: what the style sheet calls those that pictures use.
VARIABLES = {
    INK: "--ink", GREY: "--soft", LIGHT: "--grid", RULE: "--frame", ACCENT: "--accent",
    BAND: "--band", PAPER: "--paper",
}  # fmt: skip

# Okabe and Ito (2008), told apart with any common colour blindness; black is left to text.
NOMINAL = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#f0e442", "#999999")
SEQUENTIAL = "YlGnBu"
DIVERGING = "RdBu"
MISSING = "#c3c7cd"


def palette(options: int, ordered: bool) -> list[str]:
    """Colours for options: from light to dark along a scale, or as different as can be."""
    if ordered:
        places = np.linspace(0.12, 0.85, options) if options > 1 else [0.5]
        return [to_hex(mpl.colormaps[SEQUENTIAL](place)) for place in places]
    return [_tinted(NOMINAL[i % len(NOMINAL)], i // len(NOMINAL)) for i in range(options)]


def shade(share: float) -> tuple[str, str]:
    """Background and text colour for a share in a table."""
    background = to_hex(mpl.colormaps["Blues"](0.55 * share))
    return background, readable_on(background)


def readable_on(colour: str) -> str:
    """Black or white, whichever stands out from the colour: by 4.5 to 1 or more from any."""
    return max("#ffffff", "#000000", key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """WCAG's relative luminance, from 0 to 1."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    )
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def _tinted(colour: str, times: int) -> str:
    """The colour, lighter for every time that the palette was used up."""
    mix = 0.45 * times / (1 + 0.45 * times)
    red, green, blue = (part + (1 - part) * mix for part in to_rgb(colour))
    return to_hex((red, green, blue))

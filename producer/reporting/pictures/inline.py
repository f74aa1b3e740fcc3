"""Puts a drawn figure into a page as SVG elements: text that can be searched and copied, colours
that follow the page's own in light and dark.

Matplotlib's text is escaped by itself; what is cut away here are its rules for the whole page and
the names of groups, of which a page with many pictures would have each many times.
"""

import io
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.figure import Figure
from matplotlib.text import Text

from anthology.producer.reporting.pictures.colours import GREY, INK, RULE, VARIABLES

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

# The reader's own; matplotlib laid out with a wider one, so nothing overflows.
FONT = "system-ui,sans-serif"
DECIMALS = re.compile(r"(\d\.\d\d)\d+")
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
STYLE_SHEET = re.compile(r"<defs> *<style[^>]*>[^<]*</style> *</defs>")
UNUSED = re.compile(r"<g id=\"[^\"]*\"")
COMMENT = re.compile(r"<!--.*?-->")
WORDS = re.compile(r"((?<=>)[^<>]+(?=</text>))")
NAMED = re.compile(r'(?<= id=")|(?<=href="#)|(?<=url\(#)')
COLOUR = re.compile("|".join(VARIABLES))


@dataclass(frozen=True)
class Picture:
    """SVG elements, cut where an id is named, which has to be another one in every picture."""

    pieces: tuple[str, ...]

    def named(self, what: str) -> Markup:
        """The elements, read out as `what`."""
        whole = "\0".join((*self.pieces, what)).encode(errors="replace")
        own = f"p{sha256(whole).hexdigest()[:10]}-"
        head = f'<svg class="picture" role="img" aria-label="{escape(what)}"'
        return Markup(head + own.join(self.pieces).removeprefix("<svg"))


def inline(figure: Figure) -> Picture:
    """Its elements; the measures are points, the SVG's own unit."""
    file = io.BytesIO()
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    with mpl.rc_context(SETTINGS):
        figure.savefig(file, format="svg", transparent=True, metadata=NO_METADATA)
    svg = file.getvalue().decode()
    whole = COMMENT.sub("", " ".join(svg[svg.index("<svg") :].split()))
    pieces = [""]
    # What is written in a picture may look like an id or a colour, and stays as it is.
    for place, part in enumerate(WORDS.split(whole)):
        first, *others = [part] if place % 2 else NAMED.split(_tidy(part))
        pieces[-1] += first
        pieces += others
    return Picture(tuple(pieces))


def _tidy(drawn: str) -> str:
    bare = UNUSED.sub("<g", STYLE_SHEET.sub("", drawn)).replace("'DejaVu Sans'", FONT)
    # A hundredth of a point is exact enough: a third less of a page with many questions.
    return COLOUR.sub(lambda found: f"var({VARIABLES[found[0]]})", DECIMALS.sub(r"\1", bare))

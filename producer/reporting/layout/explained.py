"""Says at the head of a column what a figure is and where it comes from: on hover, to a keyboard
and to a screen reader, and once more in a list to which the head is a link.

All of it is in the table of figures; knows no values.
"""

import re
from dataclasses import dataclass

from markupsafe import Markup

from anthology.models.statistics.figures import BY_NAME, FIGURES
from anthology.models.statistics.kinds import Better, Figure

LINK = re.compile(r'<a class="term" href="#figure-(\w+)"')


@dataclass(frozen=True)
class Explained:
    """One figure as the list has it; no `source` where none is named."""

    name: str
    symbol: str
    plain: str
    formula: str
    source: str

    @property
    def said(self) -> str:
        source = f" Source: {self.source}." if self.source else ""
        return f"{self.plain} Formula: {self.formula}.{source}"


def head(figure: Figure | str, words: str | None = None) -> Markup:
    """A figure, or that of a name, at the head of a column: its symbol, or these words."""
    found = BY_NAME[figure] if isinstance(figure, str) else figure
    return Markup('<a class="term" href="#figure-{}" title="{}">{}</a>').format(
        found.name, _explained(found).said, words or found.symbol
    )


def used(page: str) -> list[Explained]:
    """Those that heads in a page link to, in the order of the table of figures."""
    names = set(LINK.findall(page))
    return [_explained(figure) for figure in FIGURES if figure.name in names]


def _explained(figure: Figure) -> Explained:
    questions = "ordered questions" if figure.ordered else "questions"
    plain = figure.plain.format(questions=questions)
    if figure.better is not Better.NEITHER:
        plain += f"{',' if ';' in plain else ';'} {figure.better.value}"
    said = f"{plain[0].upper()}{plain[1:]}."
    return Explained(figure.name, figure.symbol, said, figure.formula, figure.source)

"""Says at the head of a column what a figure is and where it comes from: on hover, to a keyboard
and to a screen reader, and once more in a list to which the head is a link.

All of it is in the table of figures, or among the terms of what is no row of it; knows no values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup

from anthology.models.statistics.figures import BY_NAME, FIGURES
from anthology.models.statistics.kinds import Better, Figure, Term

TITLES = {
    "groups": "Within and between groups",
    "contrast": "Differences between groups",
    "worth": "What the virtual people are worth",
    "alone": "Answers described by themselves",
    "scale": "Scales",
}

LINK = re.compile(r'<a class="term" href="#figure-([\w.]+)"')


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


@cache
def families() -> Mapping[str, Mapping[str, Term]]:
    """What is no figure of a condition in a subgroup, by the family and the name by which a
    template calls it, with a dot between; read where a page has any, which a comparison has not."""
    from anthology.models.statistics.contrasts import terms as contrasts
    from anthology.models.statistics.groups import terms as groups
    from anthology.models.statistics.inference import terms as inference
    from anthology.models.statistics.scale_scores import terms as scales

    return {
        "groups": groups.ACROSS,
        "contrast": contrasts.TERMS,
        "worth": inference.TERMS,
        "alone": groups.ALONE,
        "scale": scales.TERMS,
    }


def head(figure: Figure | str, words: str | None = None) -> Markup:
    """A figure, or what is called so, at the head of a column: its symbol, or these words."""
    found = explained(figure)
    return Markup('<a class="term" href="#figure-{}" title="{}">{}</a>').format(
        found.name, found.said, words or found.symbol
    )


def used(page: str) -> dict[str, list[Explained]]:
    """Those that heads in a page link to: under no title, in the order of the table of figures,
    then by family under its title."""
    names = set(LINK.findall(page))
    found = {"": [_of_table(figure) for figure in FIGURES if figure.name in names]}
    for family, terms in families().items() if any("." in name for name in names) else ():
        known = [f"{family}.{name}" for name in terms]
        found[TITLES[family]] = [explained(name) for name in known if name in names]
    return {title: listed for title, listed in found.items() if listed}


def explained(figure: Figure | str) -> Explained:
    """What is said of a figure, of that of a name, or of a term (`scale.wd`)."""
    if isinstance(figure, Figure) or figure in BY_NAME:
        return _of_table(BY_NAME[figure] if isinstance(figure, str) else figure)
    family, name = figure.split(".")
    term = families()[family][name]
    plain = f"{term.plain[0].upper()}{term.plain[1:]}."
    return Explained(figure, term.symbol, plain, term.formula, term.source)


def _of_table(figure: Figure) -> Explained:
    questions = "ordered questions" if figure.ordered else "questions"
    plain = figure.plain.format(questions=questions)
    if figure.better is not Better.NEITHER:
        plain += f"{',' if ';' in plain else ';'} {figure.better.value}"
    said = f"{plain[0].upper()}{plain[1:]}."
    return Explained(figure.name, figure.symbol, said, figure.formula, figure.source)

"""What others published beside what the study found, as its file says.

Subtracts; computes no metric, and knows nothing of pages.
"""

from collections.abc import Sequence
from typing import Any

from anthology.models.statistics.by_item.names import stored_name
from anthology.models.statistics.contrasts import names as of_contrasts
from anthology.models.statistics.figures import ALL, COUNTS, DRAWN, FIGURES, HUMANS
from anthology.models.statistics.scale_scores import names as of_scales
from anthology.models.study.published import PublishedRow
from anthology.producer.reporting.figures.stored import Figures, estimate

DIGITS = {figure.name: figure.digits for figure in FIGURES}
SYMBOLS = {figure.name: figure.symbol for figure in FIGURES}
# Those of scales and contrasts that are none of the table of figures.
OTHERS = {
    "mean": "mean", "sd": "SD", "difference": "difference", "mean_one": "mean of the first",
    "mean_other": "mean of the second", "cohens_d": "d", "t": "t", "apart": "less the humans’",
}  # fmt: skip


def beside(published: Sequence[PublishedRow], figures: Figures) -> list[dict[str, Any]]:
    """Every published row with the study's value of each of its figures, the ends of its interval,
    and the difference, ours less theirs; null where there is none."""
    return [
        {
            **row.model_dump(exclude={"figures"}),
            "figures": [_figure(row, name, figures) for name in row.figures],
        }
        for row in published
    ]


def _figure(row: PublishedRow, name: str, figures: Figures) -> dict[str, Any]:
    published = row.figures[name]
    stored = figures.get((_whose(row), row.subgroup or ALL), {})
    ours = estimate(stored, _stored(row, name))
    value = ours["value"]
    if value is not None and name in COUNTS:
        ours["value"] = int(value)
    return {
        "figure": name,
        "published": published,
        **ours,
        "difference": None if value is None else value - published,
    }


def _whose(row: PublishedRow) -> str:
    """In the place of a condition; the humans' own figures of all questions stand with a floor."""
    return "floor" if row.beside == HUMANS and row.part is None else row.beside or ""


def _stored(row: PublishedRow, name: str) -> str:
    """Under which name ours is."""
    if row.scale is not None:
        return of_scales.figure_name(row.scale, name)
    if row.contrast is not None:
        return of_contrasts.figure_name(name, row.contrast)
    return name if row.item is None else stored_name(row.item, name)


def of_what(row: dict[str, Any]) -> str:
    """What a row's figures are of, on the page."""
    if "scale" in row:
        return f"scale {row['scale']}"
    return str(row.get("contrast") or row.get("item") or "all questions")


def symbol(name: str) -> str:
    """How a figure is called on the page; one of drawn answers is told from the one of
    probabilities."""
    if name in DRAWN:
        return f"{SYMBOLS[name.removesuffix('_drawn')]} drawn"
    return SYMBOLS.get(name) or OTHERS[name]


def digits(name: str) -> int:
    return DIGITS.get(name.removesuffix("_drawn") if name in DRAWN else name, 3)

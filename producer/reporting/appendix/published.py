"""What others published beside what the study found, as its file says.

Subtracts; computes no metric, and knows nothing of pages.
"""

from collections.abc import Sequence
from typing import Any

from anthology.models.statistics.figures import ALL, DRAWN, FIGURES
from anthology.models.study.published import PublishedRow

DIGITS = {figure.name: figure.digits for figure in FIGURES}
SYMBOLS = {figure.name: figure.symbol for figure in FIGURES}


def beside(
    published: Sequence[PublishedRow], rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Every published row with the study's value of each of its figures, the ends of its interval,
    and the difference, ours less theirs; null where there is none."""
    ours = {(row["condition"], row["subgroup"]): row for row in rows}
    return [
        {
            **row.model_dump(exclude={"figures"}),
            "figures": [
                _figure(name, value, ours.get((row.beside, row.subgroup or ALL), {}))
                for name, value in row.figures.items()
            ],
        }
        for row in published
    ]


def _figure(name: str, published: float, ours: dict[str, Any]) -> dict[str, Any]:
    value = ours.get(name)
    return {
        "figure": name,
        "published": published,
        "value": value,
        "low": ours.get(f"{name}_low"),
        "high": ours.get(f"{name}_high"),
        "difference": None if value is None else value - published,
    }


def symbol(name: str) -> str:
    """How a figure is called on the page; one of drawn answers is told from the one of
    probabilities."""
    return f"{SYMBOLS[name.removesuffix('_drawn')]} drawn" if name in DRAWN else SYMBOLS[name]


def digits(name: str) -> int:
    return DIGITS[name.removesuffix("_drawn") if name in DRAWN else name]

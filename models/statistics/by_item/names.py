"""As what figures of one item are stored, and which there are.

No question has a slash in its name, and no other figure begins so.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from anthology.models.statistics.figures import OF_DISTRIBUTIONS, OF_PAIRS, SHARES, deviation
from anthology.models.statistics.kinds import Figure, OfDistributions

OF_ITEMS: tuple[Figure, ...] = (*OF_DISTRIBUTIONS, *OF_PAIRS)

AnyFigure = TypeVar("AnyFigure", bound=Figure)


def stored_name(question: str, name: str) -> str:
    """Of a figure, of one of drawn answers, or of a floor's deviation."""
    return f"item/{question}/{name}"


def applying(figures: Iterable[AnyFigure], ordered: bool) -> list[AnyFigure]:
    """Those that an item has whose options have an order or none."""
    return [figure for figure in figures if ordered or not figure.ordered]


def of_conditions(ordered: bool) -> list[str]:
    """What is stored of an item in a condition."""
    found = [figure.name for figure in applying(OF_ITEMS, ordered)]
    return [*found, *(figure.drawn_name for figure in applying(OF_DISTRIBUTIONS, ordered))]


def of_floors(ordered: bool) -> list[str]:
    """What a floor holds of an item: mean and deviation over splits."""
    return [name for figure in with_floor(ordered) for name in (figure.name, deviation(figure))]


def with_floor(ordered: bool) -> list[OfDistributions]:
    return [figure for figure in applying(OF_DISTRIBUTIONS, ordered) if figure.floor]


def shares(ordered: bool) -> list[str]:
    """What must lie between 0 and 1."""
    return [name for name in of_conditions(ordered) if name in SHARES]


def names(items: Sequence[tuple[str, bool]], of_item: Callable[[bool], Iterable[str]]) -> set[str]:
    """All that is stored of questions, each with whether its options have an order."""
    return {stored_name(question, name) for question, ordered in items for name in of_item(ordered)}

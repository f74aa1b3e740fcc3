"""What figures of scales are called where they are stored.

No question, scale or condition has a slash in its name, so these are nobody else's.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

OF_SCORES = ("mean", "sd", "alpha", "omega")  # of the people of one side, of every scale
COMPARED = ("wd", "difference")  # of both sides, of every scale
FRO = "scales/fro"  # of both sides, of all scales together

Items = Mapping[str, Sequence[str]]  # their names, by the scale's


def figure_name(scale: str, figure: str) -> str:
    return f"scale/{scale}/{figure}"


def item_name(scale: str, item: str) -> str:
    """Of the correlation of an item with the rest of its scale."""
    return f"scale/{scale}/rest/{item}"


def correlation_name(scale: str, other: str) -> str:
    return f"scale/{scale}/r/{other}"


def deviation_name(name: str) -> str:
    """Of a floor's standard deviation over splits."""
    return f"{name}_sd"


def correlations(scales: Items) -> list[str]:
    return [
        *(item_name(scale, item) for scale, items in scales.items() for item in items),
        *(correlation_name(one, other) for one, other in combinations(scales, 2)),
    ]


def of_people(scales: Items) -> list[str]:
    """All that is stored of the people of one side."""
    of_scores = (figure_name(scale, figure) for scale in scales for figure in OF_SCORES)
    return [*of_scores, *correlations(scales)]


def of_both(scales: Items) -> list[str]:
    """All that is stored of two sides held against each other."""
    found = [figure_name(scale, figure) for scale in scales for figure in COMPARED]
    return [*found, FRO] if len(scales) > 1 else found


def of_floors(scales: Items) -> list[str]:
    """What a floor holds: mean and deviation over splits."""
    both = of_both(scales)
    return [*both, *map(deviation_name, both)]

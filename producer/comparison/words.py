"""Says in plain words which conclusions hold in how many studies, and how stable their order is."""

from collections.abc import Mapping
from typing import Any

from anthology.models.statistics.figures import BY_NAME
from anthology.models.statistics.kinds import Better, Figure
from anthology.producer.reporting.layout.numbers import condition as named
from anthology.producer.reporting.method import listed

NO_TEST = (
    "These are counts of figures as they stand, not tests: what holds in all studies may still lie "
    "within the noise of each."
)
SETTLED = (
    "A study settles that one condition is closer than another by its own comparison of the same "
    "people in both, with Holm’s correction for all of its pairs; the other counts are of figures "
    "as they stand, and over the studies together nothing is tested."
)


def sentences(found: dict[str, Any]) -> list[str]:
    """One for each figure, then one on the order of conditions; why there are none, if so."""
    if found["apart"]:
        return [f"{found['apart']}.", *_ambiguous(found)]
    said = [_closest(one) for one in found["conclusions"]]
    if not said:
        none = "No study has two conditions that can be held against each other."
        return [none, *_signs(found), *_ambiguous(found)]
    pairs = [pair for one in found["conclusions"] for pair in one["closer"]]
    said += [*_signs(found), *_ambiguous(found), *_stability(found)]
    return [*said, SETTLED if any(p["compared"] for p in pairs) else NO_TEST]


def best_word(figure: Figure) -> str:
    return "best" if figure.better is Better.LARGER else "closest"


def closer_than(one: dict[str, Any], condition: str) -> list[str]:
    """The others that it is closer than, in how many studies, "bio in 7 of 8 (settled in 3)"."""
    pairs = [pair for pair in one["closer"] if pair["condition"] == condition and pair["in"]]
    return [
        f"{named(pair['than'])} in {pair['in']} of {pair['of']}{_settled(pair)}" for pair in pairs
    ]


def _settled(pair: Mapping[str, Any]) -> str:
    if not pair["compared"]:  # studies that were measured before such was
        return ""
    few = f" of {pair['compared']}" if pair["compared"] < pair["of"] else ""
    opposed = f", the opposite in {pair['opposed']}" if pair["opposed"] else ""
    return f" (settled in {pair['settled']}{few}{opposed})"


def _closest(one: dict[str, Any]) -> str:
    figure, first = BY_NAME[one["figure"]], one["closest"][0]
    word = best_word(figure)
    if not first["in"]:
        return f"No condition is {word} on {figure.symbol} in any study."
    begin = (
        f"{named(first['condition'])} is {word} on {figure.symbol} in {first['in']} of "
        f"{first['of']} studies"
    )
    than = closer_than(one, first["condition"])
    closer = "better" if word == "best" else "closer"
    return f"{begin}; {closer} than {listed(than)}." if than else f"{begin}."


def _signs(found: dict[str, Any]) -> list[str]:
    """How often each condition's differences between groups have the humans' sign."""
    counts: dict[str, list[int]] = {}
    for one in found.get("contrast_signs", ()):
        count = counts.setdefault(one["condition"], [0, 0])
        count[0] += one["in"]
        count[1] += one["of"]
    parts = [f"{named(name)} {same} of {of}" for name, (same, of) in counts.items() if of]
    if not parts:
        return []
    return [
        "Of the differences between groups that the humans settle, all studies together, the same "
        f"sign have {listed(parts)}."
    ]


def _ambiguous(found: dict[str, Any]) -> list[str]:
    names = found.get("ambiguous", ())
    if not names:
        return []
    are = "is" if len(names) == 1 else "are"
    return [
        f"{listed(names)} {are} not made of the same in all studies, so nothing is said of "
        f"{'it' if len(names) == 1 else 'them'} over the studies."
    ]


def _stability(found: dict[str, Any]) -> list[str]:
    parts = [
        f"{one['tau']['mean']:z.2f} on {BY_NAME[one['figure']].symbol} "
        f"({one['tau']['smallest']:z.2f} at the least)"
        for one in found["conclusions"]
        if one["tau"]
    ]
    if not parts:
        return []
    said = f"Between two studies the orders of conditions agree by a mean Kendall’s τ of {parts[0]}"
    return [f"{', '.join([said, *parts[1:]])}.".replace("-", "−")]

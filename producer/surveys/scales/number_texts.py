"""Numbers at the beginning of labels: "10 - Extremely", "18-29", "Less than $10,000", "65 or more".

Knows texts; which of them are an item's options is in `scale.py`.
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache

_NUMBER = r"(?:[$€£¥]\s*)?(-?\d+(?:[.,\s]\d{3})*(?:\.\d+)?)(?:\s*([kK])(?![a-z]))?(?:\s*[%€£])?"
_UNDER = re.compile(
    r"^\s*(?:under|below|less\s+than|fewer\s+than|up\s+to|younger\s+than|not?\s+more\s+than|<|≤"
    r"|menos\s+de|hasta|unter|bis|weniger\s+als|moins\s+de|meno\s+di|fino\s+a|menos\s+que)\s*"
    + _NUMBER,
    re.IGNORECASE,
)
_OVER = re.compile(
    r"^\s*(?:over|above|more\s+than|at\s+least|older\s+than|>|≥|más\s+de|mas\s+de|über|mehr\s+als"
    r"|plus\s+de|più\s+di|mais\s+de)\s*" + _NUMBER,
    re.IGNORECASE,
)
_BEGINS = re.compile(r"^\s*(?:age[ds]?\s+|from\s+|de\s+|between\s+)?" + _NUMBER, re.IGNORECASE)
_BELOW_ALL = re.compile(r"^\s*(?:none|no income|zero|nothing|ninguno|keine)\s*$", re.IGNORECASE)


def by_number(texts: Sequence[str]) -> list[float] | None:
    """Where each of an item's texts stands among numbers; None unless all do, each elsewhere.

    Ranges count where they begin, "under 30" below the 30 of "30 to 49", "over 65" after it.
    """
    found = [_place(text) for text in texts]
    if len(found) < 2 or any(place is None for place in found):
        return None
    places = [place for place in found if place is not None]
    return places if len(set(places)) == len(places) else None


def is_number(text: str) -> bool:
    """Whether a text is nothing but a number."""
    return re.fullmatch(r"\s*-?\d+(?:[.,]\d+)?\s*", text) is not None


@lru_cache(maxsize=10_000)
def _place(text: str) -> float | None:
    if _BELOW_ALL.match(text):
        return -math.inf
    if match := _UNDER.match(text):
        return _value(match) - 0.5
    if match := _OVER.match(text):
        return _value(match) + 0.5
    if match := _BEGINS.match(text):
        # "1st generation", "2 or more of these": a word goes on at once, or it is a name.
        rest = text[match.end() :]
        return None if re.match(r"[^\W\d_]", rest) else _value(match)
    return None


def _value(match: "re.Match[str]") -> float:
    number = float(re.sub(r"(?<=\d)[,\s](?=\d{3})|\.(?=\d{3}\b)", "", match[1]).replace(",", "."))
    return number * 1000 if match[2] else number

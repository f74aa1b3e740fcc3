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
    r"|menos\s+de|hasta|unter|bis(?:\s+(?:unter|zu))?|weniger\s+als|moins\s+de|meno\s+di|fino\s+a"
    r"|menos\s+que|jusqu[’']?\s*[àa]|inferior\s+a|até|abaixo\s+de|minder\s+dan|tot|mindre\s+(?:end|enn|än)"
    r"|poniżej|do|méně\s+než|менее|меньше|до|kurang\s+dari|di\s+bawah|أقل\s+من)\s*" + _NUMBER,
    re.IGNORECASE,
)
_OVER = re.compile(
    r"^\s*(?:over|above|more\s+than|at\s+least|older\s+than|>|≥|más\s+de|mas\s+de|über|mehr\s+als"
    r"|plus\s+de|più\s+di|oltre|mais\s+de|acima\s+de|meer\s+dan|mere\s+end|mer\s+(?:enn|än)"
    r"|powyżej|ponad|více\s+než|более|больше|свыше|lebih\s+dari|di\s+atas|أكثر\s+من)\s*" + _NUMBER,
    re.IGNORECASE,
)
_BEGINS = re.compile(r"^\s*(?:age[ds]?\s+|from\s+|de\s+|between\s+)?" + _NUMBER, re.IGNORECASE)
# "18 and under", "1.000 € oder weniger", "20歳未満": what stands behind makes it an upper end.
_AND_UNDER = re.compile(
    r"(?:\b(?:(?:and|or)\s+(?:under|less|below|fewer|younger)|oder\s+weniger|und\s+(?:weniger|jünger)"
    r"|ou\s+moins|et\s+moins|o\s+menos|y\s+menos|ou\s+menos|o\s+meno|of\s+minder|veya\s+altı|altı"
    r"|i\s+mniej)|未満|以下|미만|이하)\s*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"^\s*(one|two|three|four|five|six|seven|eight|nine|ten|once|twice)\b", re.IGNORECASE
)
_COUNTS = {
    word: number
    for number, words in enumerate(
        ["one once", "two twice", "three", "four", "five", "six", "seven", "eight", "nine", "ten"],
        start=1,
    )
    for word in words.split()
}
_UNDER_ONE = re.compile(r"^\s*(?:less\s+than|under)\s+(?:an?|one)\b", re.IGNORECASE)
_BELOW_ALL = re.compile(
    r"^\s*(?:none|never|no income|zero|nothing|ninguno|keine)\s*$", re.IGNORECASE
)


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
    if _UNDER_ONE.match(text):
        return 0.5
    if match := _UNDER.match(text):
        return _value(match) - 0.5
    if match := _OVER.match(text):
        return _value(match) + 0.5
    if match := _BEGINS.match(text):
        # "1st generation", "2 or more of these": a word goes on at once, or it is a name.
        rest = text[match.end() :]
        # Scripts without spaces have the unit there, "40歳以上".
        if re.match(r"[^\W\d_]", rest) and rest[0] < "\u2e80":
            return None
        return _value(match) - (0.5 if _AND_UNDER.search(rest) else 0.0)
    if match := _COUNTED.match(text):
        return float(_COUNTS[match[1].casefold()])
    return None


def _value(match: "re.Match[str]") -> float:
    number = float(re.sub(r"(?<=\d)[,\s](?=\d{3})|\.(?=\d{3}\b)", "", match[1]).replace(",", "."))
    return number * 1000 if match[2] else number

"""Numbers at the beginning of labels: "10 - Extremely", "18-29", "Less than $10,000", "65 or more".

Knows texts; which of them are an item's options is in `scale.py`.
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache

_NUMBER = r"(?:[$€£¥]\s*)?(-?\d+(?:[.,\s]\d{3})*(?:\.\d+)?)"
_NUMBER += (
    r"(?:\s*(k|thousand|tsd|mil|million(?:en|s)?|millones|mio|(?-i:M))(?![^\W\d_]))?(?:\s*[%€£])?"
)
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
    r"^\s*(one|two|three|four|five|six|seven|eight|nine|ten|once|twice)\b(?!-)", re.IGNORECASE
)
_COUNTS = {
    word: number
    for number, words in enumerate(
        ["one once", "two twice", "three", "four", "five", "six", "seven", "eight", "nine", "ten"],
        start=1,
    )
    for word in words.split()
}
_DAYS = (
    ("minut", 1 / 1440), ("h", 1 / 24), ("stunde", 1 / 24), ("day|tag|d[ií]a|jour|giorn", 1.0),
    ("week|woche|seman|semaine|settiman", 7.0), ("mon|mes|mois|mês", 30.4), ("", 365.25),
)  # fmt: skip
_UNIT = re.compile(
    r"\b((?:a|an|per|each|every|pro|im|al|por|par|à|the)\s+|/\s*)?((?:minut|hour|hr|stunde|hora|heure|day"
    r"|tag|d[ií]a|jour|giorn|week|woche|semana|semaine|settiman|month|monat|mes|mois|mês|year|yr|jahr"
    r"|año|anno|anni|année|ans)[a-zé]{0,3})\b",
    re.IGNORECASE,
)
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
    places = _in_days(texts, [place for place in found if place is not None])
    if places is None:
        return None
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
    many = (match[2] or "").casefold()
    if not many:
        return number
    return number * (1000 if many in ("k", "thousand", "tsd", "mil") else 1_000_000)


def _in_days(texts: Sequence[str], places: list[float]) -> list[float] | None:
    """Places of texts that count in several units of time, "6 months", "1 year", in days; None
    where one has no unit, or says how often in a unit, which runs the other way."""
    found = [_unit(text) for text in texts]
    if len({unit for unit, _ in found if unit}) < 2:
        return places
    if any(often or (unit is None and math.isfinite(place))
           for (unit, often), place in zip(found, places, strict=True)):  # fmt: skip
        return None
    return [place * (unit or 1.0) for place, (unit, _) in zip(places, found, strict=True)]


def _unit(text: str) -> tuple[float | None, bool]:
    """The first unit of time in a text, in days, and whether something is said to happen in it."""
    match = _UNIT.search(text)
    if match is None:
        return None, False
    begins = match[2].casefold()
    days = next(days for words, days in _DAYS if re.match(words, begins))
    return days, bool(match[1]) and not _UNDER_ONE.match(text)

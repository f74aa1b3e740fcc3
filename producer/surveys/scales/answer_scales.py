"""Known answer scales: what a label's level is among the others, and which way a scale runs.

Knows words, not codes: those are in `scale.py`. Numbers in labels are read in `number_texts.py`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from anthology.producer.surveys.scales.degrees import ASSENT, degree, pairs
from anthology.producer.surveys.scales.label_texts import folded, word_lines

_SAME_OBJECT = {"amount", "spending"}  # "very X", "not at all X": of one and the same thing
_EMPTY = frozenset(
    [
        "of",
        "at",
        "all",
        "in",
        "the",
        "a",
        "to",
        "for",
        "with",
        "about",
        "de",
        "en",
        "le",
        "la",
        "il",
        "un",
        "una",
        "d",
    ]
)


@dataclass(frozen=True)
class KnownScale:
    """A scale that was recognised: its name, and the level of each label, low to high; labels of
    one level mean the same. assent: whether high levels say yes to what was asked."""

    name: str
    levels: list[float]
    assent: bool


def known_scale(texts: Sequence[str]) -> KnownScale | None:
    """The scale to which all of these folded texts belong; None if there is none, or if most of
    them would be on one level."""
    return _known(tuple(texts))


@lru_cache(maxsize=10_000)
def _known(texts: tuple[str, ...]) -> KnownScale | None:
    if not texts or not all(texts):
        return None
    different = len(set(texts))
    for name in pairs():
        levels = [degree(text, name) for text in texts]
        known = [0.0 if level is None and _is_middle(text) else level
                 for level, text in zip(levels, texts, strict=True)]  # fmt: skip
        several = len({level for level in levels if level is not None}) > 1 or different < 3
        if any(level is not None for level in levels) and several and _usable(known, different):
            return KnownScale(name, [level or 0.0 for level in known], name in ASSENT)
    for name, table in _tables().items():
        found = [_look_up(text, table) for text in texts]
        assent = name == "yes" or name.startswith("agreement")
        if assent:
            middle = (len(table) - 1) / 2
            found = [(middle, "") if one is None and _is_middle(text) else one
                     for one, text in zip(found, texts, strict=True)]  # fmt: skip
        if not _usable([one and one[0] for one in found], different):
            continue
        objects = [_object(one[1]) for one in found if one]
        if name in _SAME_OBJECT and not _alike(objects):
            continue
        return KnownScale(name, [one[0] for one in found if one], assent)
    return None


def is_scale(texts: Sequence[str]) -> bool:
    """Whether all of some folded texts, at least one, are of one known scale."""
    return known_scale(texts) is not None


def has_middle(texts: Sequence[str]) -> bool:
    """Whether texts are a known scale of its own middle: one more text in it would be no level."""
    known = known_scale(texts)
    if known is None or len(texts) < 3:
        return False
    levels = sorted(set(known.levels))
    return len(levels) % 2 == 1 and (
        any(map(_is_middle, texts))
        or (known.name in pairs() and 0.0 in levels)
        or known.name in ("party", "left", "quality")
    )


def _usable(levels: "Sequence[float | None]", different: int) -> bool:
    return None not in levels and (different == 1 or len(set(levels)) > different / 2)


@lru_cache(maxsize=10_000)  # each of the pairs asks again
def _is_middle(text: str) -> bool:
    return any(_matches(text, entry) is not None for entry in _middles())


def _look_up(text: str, table: "list[list[str]]") -> tuple[float, str] | None:
    """A text's level, and what follows its words; of all texts that fit the longest."""
    best: tuple[int, float, str] | None = None
    for level, entries in enumerate(table):
        for entry in entries:
            rest = _matches(text, entry)
            if rest is not None and (best is None or len(entry) > best[0]):
                best = len(entry), float(level), rest
    return best and best[1:]


def _matches(text: str, entry: str) -> str | None:
    """What follows an entry's words in a text; None if it does not fit."""
    if not entry.endswith("~"):
        return "" if text == entry else None
    begins, _, then = entry[:-1].partition("~")
    if not text.startswith(begins):
        return None
    rest = text[len(begins) :]
    spaced = ord(begins[0]) < 0x2E80
    if rest and spaced and not re.match(r"\W", rest):
        return None
    if not then:
        return rest.strip(" ,;/")
    return "" if re.search(rf"\b{re.escape(then.strip())}\b", rest) else None


def _object(rest: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", rest)) - _EMPTY


def _alike(objects: Sequence[frozenset[str]]) -> bool:
    """Whether all that say of what something is an amount say the same."""
    named = [words for words in objects if words]
    return all(one <= other or other <= one for one in named for other in named)


@cache
def _tables() -> dict[str, list[list[str]]]:
    tables: dict[str, list[list[str]]] = {}
    levels: list[list[str]] = []
    for line in word_lines("answer_scales.txt"):
        if line.startswith("["):
            levels = tables.setdefault(line.strip("[]"), [])
        else:
            levels.append(_texts(line))
    return tables


@cache
def _middles() -> list[str]:
    return [text for line in word_lines("middles.txt") for text in _texts(line)]


def _texts(line: str) -> list[str]:
    return [
        "~".join(folded(part) for part in text.strip().rstrip("~").split("~"))
        + ("~" if text.strip().endswith("~") else "")
        for text in line.split("|")
    ]

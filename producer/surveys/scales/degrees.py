"""Scales of a degree and a word with an opposite: "strongly agree", "not very likely", "非常满意".

The words are in `words/`. Knows nothing of codes; scales that stand in tables, are in
`answer_scales.py`.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from anthology.producer.surveys.scales.label_texts import folded, word_lines

# What stands before all that: "gotten much better", "I agree", "do not trust at all".
_BEFORE = re.compile(
    "(?:(?:i|it|we|has|have|is|are|was|am|be|been|being|will|would|should|get|gets|got|gotten"
    "|getting|become|becoming|feel|spend|spending|make|makes|made) )+"
)
_DO_NOT = re.compile("(?:do|does|did) not |(?:dont|doesnt|didnt) ")
_PLAIN = 5.0  # the word without a degree
_NOT_VERY = re.compile(r"(?:very|too|so|جدا)\b")  # "not trust very much"
_AT_ALL = re.compile(r"\bat all\b|\bi det hele tatt\b|\bsama sekali\b|على الاطلاق")
_NO_SPACES = "\u2e80"  # the first letter of scripts without spaces between words
# Of these the first end says yes to what was asked.
ASSENT = {"agree", "in favor", "true", "accept", "right"}

_Phrases = list[tuple[str, float]]


@cache
def _phrases(table: str) -> _Phrases:
    """How strongly something is said, or that it is denied; the longest first."""
    found: _Phrases = []
    section = ""
    for line in word_lines("degrees.txt"):
        if line.startswith("["):
            section = line.strip("[]")
        elif section == table:
            level, texts = line.split(":", maxsplit=1)
            found += [(folded(text), float(level)) for text in texts.split("|")]
    return sorted(found, key=lambda pair: -len(pair[0]))


@cache
def pairs() -> dict[str, _Phrases]:
    """By name, which is their first word, the words of each pair of opposites with 1 or -1."""
    found = {}
    for line in word_lines("opposites.txt"):
        ends = [[folded(word) for word in end.split("|")] for end in line.split(">")]
        words = [(word, sign) for end, sign in zip(ends, (1.0, -1.0), strict=True) for word in end]
        found[ends[0][0]] = sorted(words, key=lambda pair: -len(pair[0]))
    return found


def degree(text: str, pair: str) -> float | None:
    """Where a folded text stands between a pair's ends, -9 to 9; None if it is of another kind.

    "Somewhat agree" is 3, "disagree" -5, "not at all likely" -9. Words for the middle are none.
    """
    for denied, level, rest in _beginnings(text):
        for word, sign in pairs()[pair]:
            more = _after(rest, word)
            if more is None:
                continue
            if denied:
                other = degree(more.strip(", "), pair) if more.startswith(",") else None
                if other is not None and other * sign > 0:
                    return 0.0  # "niet tevreden, niet ontevreden"
                said = 3.0 if _NOT_VERY.match(more) else level
                return -sign * (9.0 if _AT_ALL.search(more) else said)
            return sign * (_suffix(more) if rest == _said(text) else level)
    return None


@lru_cache(maxsize=10_000)  # each pair asks again
def _beginnings(text: str) -> list[tuple[bool, float, str]]:
    """What a text may begin with: whether that denies what follows, its level, what follows; last
    nothing at all."""
    text = _said(text)
    return [
        *((True, level, rest) for level, rest in _followed(text, "not")),
        *((False, level, rest) for level, rest in _followed(text, "degrees")),
        (False, _PLAIN, text),
    ]


def _said(text: str) -> str:
    text = _BEFORE.sub("", text, count=1) if _BEFORE.match(text) else text
    return _DO_NOT.sub("not ", text, count=1) if _DO_NOT.match(text) else text


def _followed(text: str, table: str) -> Iterator[tuple[float, str]]:
    for phrase, level in _phrases(table):
        rest = _after(text, phrase)
        if rest is not None:
            yield level, rest


def _suffix(more: str) -> float:
    """ "Agree strongly": the degree may follow; so may "not at all", and nothing after it."""
    for level, rest in _followed(more, "not"):
        if not rest:
            return -level
    return next((level for level, _ in _followed(more, "degrees")), _PLAIN)


def _after(text: str, phrase: str) -> str | None:
    """What follows a phrase at a text's beginning; None if it does not begin so."""
    if not text.startswith(phrase):
        return None
    rest = text[len(phrase) :]
    ends = not rest or phrase[0] >= _NO_SPACES or re.match(r"\W", rest)
    return rest.strip() if ends else None

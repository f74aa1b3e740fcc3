"""In which order the options of an item make a scale, and how one knows.

Knows codes and labels; an order that cannot be told is none: texts come as the file has them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from anthology.models.questionnaire.codes import plain
from anthology.models.questionnaire.option_labels import Numbering, numbering
from anthology.producer.surveys.formats.survey_file import Code
from anthology.producer.surveys.scales.answer_scales import known_scale
from anthology.producer.surveys.scales.label_texts import said
from anthology.producer.surveys.scales.nonresponse_words import UNDECIDED
from anthology.producer.surveys.scales.number_texts import by_number

_CODE = re.compile(r"([^\W\d]+_?)(\d+)")  # A1, AO02: LimeSurvey's codes
_NOT = {"not", "no", "nicht", "non", "nao", "niet", "pas", "ikke", "inte", "nie", "не", "dont"}
_MOST_KNOWN = 0.6  # of an item's labels, where the others stand between them


@dataclass(frozen=True)
class Order:
    """positions: of the options given, in the order of the scale; high_first: whether it begins
    with the high end, where that is known; assent: whether high means yes; name: which scale."""

    positions: list[int]
    ordered: bool
    why: str
    name: str = ""
    high_first: bool | None = None
    assent: bool = False

    def reversed(self) -> "Order":
        turned = None if self.high_first is None else not self.high_first
        return Order(self.positions[::-1], self.ordered, self.why, self.name, turned, self.assent)


def order_of(codes: Sequence[Code], labels: Sequence[str]) -> Order:
    """The order of options with these first codes and labels, "" where a code has none.

    Codes come sorted: numbers as numbers, texts by alphabet.
    """
    as_they_are = list(range(len(codes)))
    texts = [label or (code if isinstance(code, str) else "") for code, label in
             zip(codes, labels, strict=True)]  # fmt: skip
    numeric = not any(isinstance(code, str) for code in codes)
    if numeric:
        texts = [_word(text, code) for text, code in zip(texts, codes, strict=True)]
    if numeric and not all(texts):
        return Order(as_they_are, True, "by its numbers")
    numbered = numbering(texts, list(map(plain, codes)))
    if numbered is not None and numbered.labels:
        return _numbered(numbered, numeric)
    places = by_number(texts)
    if places is not None:
        return _by_places(places, numeric, "by the numbers in its labels")
    matches = [match for text in texts if (match := _CODE.fullmatch(text))]
    if not numeric and len(matches) == len(texts) and len({match[1] for match in matches}) == 1:
        return _by_places([float(match[2]) for match in matches], False, "by its codes")
    return _by_words([said(text) for text in texts], numeric)


def _word(text: str, code: Code) -> str:
    """A label; nothing for one that only repeats the code."""
    repeats = text.strip("[]() .") == str(plain(code))
    return "" if repeats else text


def _numbered(found: Numbering, numeric: bool) -> Order:
    """Labels that count, "1. Republican": the numbers are the file's codes again and show no scale,
    but an order in which options stand."""
    words = _by_words([said(text) for text in found.texts], numeric)
    if words.ordered or numeric or not all(map(str.isdecimal, found.labels)):
        return words
    places = [int(label) for label in found.labels]
    return replace(words, positions=sorted(range(len(places)), key=lambda i: places[i]))


def _by_words(texts: list[str], numeric: bool) -> Order:
    as_they_are = list(range(len(texts)))
    known = known_scale(texts)
    if known is not None and not numeric and _tied(known.levels, texts):
        return Order(as_they_are, False, f"two labels are one level of the scale of {known.name!r}")
    if known is None and _denies(texts):
        return Order(as_they_are, True, "one label denies the other")
    if known is not None:
        found = _by_places(known.levels, numeric, f"a scale of {known.name!r}")
        first, last = found.positions[0], found.positions[-1]
        high_first = known.levels[first] > known.levels[last]
        return Order(found.positions, True, found.why, known.name, high_first, known.assent)
    if numeric and (_known_around(texts) or _undecided_between(texts)):
        return Order(as_they_are, True, "by its codes, between labels of a known scale")
    return Order(as_they_are, False, "its labels are no scale that is known here")


def _tied(levels: Sequence[float], texts: Sequence[str]) -> bool:
    """Whether different texts are of one level, so that only codes could part them."""
    return len(set(levels)) < len(set(texts))


def _denies(texts: Sequence[str]) -> bool:
    """Two labels, of which one is the other with a "not": "Mentioned", "Not mentioned"."""
    if len(texts) != 2:
        return False
    short, long = sorted((text.split() for text in texts), key=len)
    more = [at for at in range(len(long)) if long[:at] + long[at + 1 :] == short]
    return bool(short) and any(long[at] in _NOT for at in more)


def _known_around(texts: list[str]) -> bool:
    """Whether the labels at both ends and most others are of one scale, in the order of codes."""
    inner = range(1, len(texts) - 1)
    for out in chain(((i,) for i in inner), pairwise(inner)):
        rest = [text for i, text in enumerate(texts) if i not in out]
        if len(rest) >= max(3, _MOST_KNOWN * len(texts)):
            known = known_scale(rest)
            if known is not None and _runs(known.levels, strictly=True):
                return True
    return False


def _undecided_between(texts: list[str]) -> bool:
    """Two opposites with "No opinion" between them by its code, which makes it the middle."""
    return (
        len(texts) == 3
        and UNDECIDED.fullmatch(texts[1]) is not None
        and (known := known_scale([texts[0], texts[2]])) is not None
        and len(set(known.levels)) == 2
    )


def _by_places(places: Sequence[float], numeric: bool, why: str) -> Order:
    """Codes that run along stay as they are, either way; others are sorted, the first one's end
    first."""
    as_they_are = list(range(len(places)))
    if numeric and _runs(places):
        return Order(as_they_are, True, why)
    up = sorted(as_they_are, key=lambda i: places[i])
    middle = (max(places) + min(places)) / 2
    down = numeric and places[0] > middle
    moved = ", not by its codes" if numeric else ""
    return Order(up[::-1] if down else up, True, why + moved)


def _runs(places: Sequence[float], *, strictly: bool = False) -> bool:
    steps = [after - before for before, after in pairwise(places)]
    if strictly:
        return all(step > 0 for step in steps) or all(step < 0 for step in steps)
    return all(step >= 0 for step in steps) or all(step <= 0 for step in steps)

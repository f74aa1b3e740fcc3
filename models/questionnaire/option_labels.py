"""Finds labels that options bring along, "(1) A great deal" or "B. Tax cuts", and takes them off.

Cautious: all options of a question have one of the same kind, which count, or it is part of what
they say ("18-29", "1st generation", "3 or more", "A few"). The last may have none: "None of these".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_lowercase

_LABEL = r"(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})"
# Each needs something to follow, and only a bracket may touch it: 1.5 is a number.
_KINDS = [
    re.compile(rf"[(（](?P<label>{_LABEL})[)）]\s*(?P<rest>\S.*)"),
    re.compile(rf"\[(?P<label>{_LABEL})\]\s*(?P<rest>\S.*)"),
    re.compile(rf"(?P<label>{_LABEL})[)）]\s*(?P<rest>\S.*)"),
    re.compile(rf"(?P<label>{_LABEL})\.(?:\s+|(?=[^\W\d]))(?P<rest>\S.*)"),
    re.compile(rf"(?P<label>{_LABEL})\s*(?:=\s*|:\s+)(?P<rest>\S.*)"),
    re.compile(rf"(?P<label>{_LABEL})\s+[-‐‑–—]\s+(?P<rest>[^\d\s].*)"),
    re.compile(r"(?P<label>[①-⑳⑴-⒇⒈-⒛])\s*(?P<rest>\S.*)"),
    re.compile(r"(?P<label>[-‐‑–—•·*])\s+(?P<rest>\S.*)"),
]  # fmt: skip
_ROMAN = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"]


@dataclass(frozen=True)
class Numbering:
    """The labels that options bring along, and the texts of all options without; bullets are no
    labels, and the last option may have none."""

    labels: list[str]
    texts: list[str]


def numbering(options: Sequence[str], codes: Sequence[object] = ()) -> Numbering | None:
    """The options' own labels, where each has one; codes: survey codes that numbers may be of."""
    texts = [option.strip() for option in options]
    whole = _numbering(texts, codes)
    if whole is not None or len(texts) < 3 or any(kind.fullmatch(texts[-1]) for kind in _KINDS):
        return whole
    but_last = _numbering(texts[:-1], codes[:-1])
    if but_last is None or not but_last.labels or not _differ([*but_last.texts, texts[-1]]):
        return None
    return Numbering(but_last.labels, [*but_last.texts, texts[-1]])


def _numbering(options: Sequence[str], codes: Sequence[object]) -> Numbering | None:
    for kind in _KINDS:
        matches = [match for option in options if (match := kind.fullmatch(option))]
        if len(matches) < len(options) or len(matches) < 2:
            continue
        labels = [match["label"] for match in matches]
        texts = [match["rest"].strip() for match in matches]
        if _differ(texts) and _counts(labels, codes):
            return Numbering([label for label in labels if label.isalnum()], texts)
    return None


def _differ(texts: Sequence[str]) -> bool:
    return len({text.casefold() for text in texts}) == len(texts)


def _counts(labels: Sequence[str], codes: Sequence[object]) -> bool:
    """Whether the labels count, up or down by one or from the first in any order, or are the
    codes."""
    if not any(label.isalnum() for label in labels):
        return len(set(labels)) == 1  # a list's bullets
    if [label.lstrip("0") or "0" for label in labels] == [str(code) for code in codes]:
        return True
    folded = [label.lower() for label in labels]
    return any(_by_one([_place(label, scale) for label in folded]) for scale in _SCALES)


def _by_one(places: Sequence[int]) -> bool:
    steps = {after - before for before, after in pairwise(places)}
    shuffled = len(places) > 2 and sorted(places) in (
        [*range(len(places))], [*range(1, len(places) + 1)]
    )  # fmt: skip
    return -1 not in places and (steps in ({1}, {-1}) or shuffled)


_NUMBERS = [str(number) for number in range(1000)]
_ENCLOSED = [*map(chr, range(0x2460, 0x249C))]  # 1 to 20 three times: in circles, brackets, dots
_SCALES = [_NUMBERS, list(ascii_lowercase), _ROMAN, _ENCLOSED]


def _place(label: str, scale: Sequence[str]) -> int:
    bare = str(int(label)) if label.isdecimal() else label
    return scale.index(bare) if bare in scale else -1

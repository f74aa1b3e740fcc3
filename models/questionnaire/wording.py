"""What names, lines and texts a study file may hold, and when two of them read the same.

Knows nothing of questions; who may speak in a text, `models/study/study.py` knows.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def as_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", name):
        raise ValueError(
            "should be at most 64 letters, digits, dots, dashes and underscores, a letter or "
            f"digit first, found {name[:80]!r}"
        )
    return name


def _line(text: str) -> str:
    if found := _CONTROL.search(text):
        raise ValueError(f"should be one line without control characters, found {found[0]!a}")
    if not seen(text):
        raise ValueError(f"should not be invisible, found {text[:80]!a}")
    return text


def _text(text: str) -> str:
    """Lines that end with their last word, and one empty line at most between paragraphs: two would
    look like the end of what is said."""
    if "\n" not in text:
        return _line(text)
    lines = [line.rstrip() for line in text.split("\n")]
    for line in filter(None, lines):
        if found := _CONTROL.search(line):
            raise ValueError(f"should be text without control characters, found {found[0]!a}")
    if not seen(text):
        raise ValueError(f"should not be invisible, found {text[:80]!a}")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _passage(text: str) -> str:
    """Kept as it stands, spaces and line ends too."""
    if found := _CONTROL.search(text.replace("\n", "").replace("\t", "")):
        raise ValueError(f"should be text without control characters, found {found[0]!a}")
    return text


Name = Annotated[str, AfterValidator(as_name)]
ModelName = Annotated[str, StringConstraints(min_length=1, max_length=500)]  # folder or hub name
Passage = Annotated[  # of what a model writes
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(_passage)
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    AfterValidator(_line),
]
Text = Annotated[  # of one or several paragraphs
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000),
    AfterValidator(_text),
]


def refuse_alike(texts: Iterable[str]) -> None:
    """Raises ValueError for two texts that differ in nothing that a reader would see."""
    before: dict[str, str] = {}
    for text in texts:
        folded = seen(text)
        if folded in before:
            raise ValueError(f"{before[folded]!r} and {text!r} read the same; options must differ")
        before[folded] = text


@lru_cache(maxsize=10_000)
def seen(text: str) -> str:
    """A text without what a reader would not see: case, compatibility forms, spaces, and marks of
    no width, such as those that turn the direction of writing."""
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    return " ".join(folded.split())


def begins_with(text: str, marks: Iterable[str]) -> str | None:
    """The first of the marks that a later line of a text begins with: it would be taken for it."""
    for line in text.split("\n")[1:]:
        shown = seen(line).replace(" :", ":")
        for mark in marks:
            if shown.startswith(seen(mark)):
                return mark
    return None

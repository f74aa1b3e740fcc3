"""Cuts a written answer into words, numbers and marks, so that decoration and case do not matter.

Knows nothing of options or labels.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’ʼ´", "'"),
        **dict.fromkeys("‐‑−", "-"),
        **dict.fromkeys("‒–—―", " - "),
        **dict.fromkeys('*_`"“”„«»$~^|\\', " "),  # Markdown, LaTeX and quotes decorate
        **dict.fromkeys([*map(chr, range(0xFE00, 0xFE10)), "\u20e3"]),  # how an emoji is drawn
        "&": " and ",
    }
)
_TOKEN = re.compile(
    r"(?:(?<![w0])-)?0+(?:\.0+)?(?![w0]|\.0)|[w0]+(?:'[w0]+)*|(?P<silent>[-.p\n])|s"
)


class Token(NamedTuple):
    """A word, number, symbol, mark of punctuation or end of line, and its place in the text.

    said: whether it counts when options are compared; punctuation does not.
    """

    text: str
    said: bool
    start: int
    end: int


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def tokenize(text: str) -> list[Token]:
    text = re.sub(r"\\[a-z]+", " ", folded(text))  # \boxed{B}
    text = re.sub(r"\r\n?|[\u2028\u2029]", "\n", text.translate(_PLAIN))
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)  # 1,200
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return [
        Token(text[m.start() : m.end()].replace("'", ""), not m["silent"], m.start(), m.end())
        for m in _TOKEN.finditer("".join(map(_kind, text)))
    ]


def folded(text: str) -> str:
    """Compatible forms made one and case removed (Unicode Standard, chapter 3.13)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _kind(char: str) -> str:
    # Not `\w`: it leaves out the vowel signs of Hindi or Thai and would cut their words in two.
    category = unicodedata.category(char)
    if char in "'-.\n":
        return char
    return (
        "0"
        if category == "Nd"
        else {"S": "s", "P": "p"}.get(category[0], "w" * (category[0] in "LMN") or " ")
    )


def said_words(tokens: Sequence[Token]) -> list[str]:
    return [token.text for token in tokens if token.said]


def end_of_words(tokens: Sequence[Token], at: int, words: Sequence[str]) -> int | None:
    """Where `words` end if they are what is said from `at` on, whatever the punctuation."""
    for word in words:
        while at < len(tokens) and not tokens[at].said:
            at += 1
        if at == len(tokens) or tokens[at].text != word:
            return None
        at += 1
    return at if words else None


def text_at(tokens: Sequence[Token], at: int) -> str:
    """The token's text; that of a new line beyond either end."""
    return tokens[at].text if 0 <= at < len(tokens) else "\n"


def touching(tokens: Sequence[Token], left: int) -> bool:
    """Whether nothing stands between a token and the next."""
    inside = 0 <= left < len(tokens) - 1
    return inside and tokens[left].end == tokens[left + 1].start

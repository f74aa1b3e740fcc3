"""Reads which option, or which number, a freely written answer names; better none than a wrong one.

Knows the labels and options shown, and some English: what an answer begins with ("I would say"),
where reasons begin ("because"). Knows nothing of the question.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from anthology.models.readout.answer_words import Token, folded, tokenize, word_set
from anthology.models.readout.mentions import CUES, Mention, find_mentions

_FILLER = CUES - word_set("neither nor not") | word_set("the my final correct best")
_LEADS = _FILLER | word_set(
    "i id ill im me it this would will go going in opinion view personally believe feel so well"
)
_REASONS = word_set("because since although though while whereas instead rather over than")
_SENTENCE_ENDS = frozenset(".!;\n。؛")


@dataclass
class _Part:
    """A sentence or line, or the reasons that end one: its mentions and its other words.

    lead: those of the words that come before the first mention.
    """

    mentions: list[Mention] = field(default_factory=list)
    lead: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def parse(text: str, labels: Sequence[str], options: Sequence[str]) -> int | None:
    """The place in `options` of the one option that the answer names, else None.

    labels: as displayed, without brackets, one an option; empty if none were shown. An option is
    named by its label or by all its words in order; case, punctuation and decoration do not
    matter, and of options within one another the longest counts. In brackets a label counts
    anywhere; a bare one has to stand apart ("B.", "Answer: B", "I choose B because"). The complete
    text of an option that brings a label along ("(A) Always") counts before that label.

    1. An answer at the very beginning wins: if the first sentence or line begins with an option,
       or with little but "I would say", it counts whatever comes after it. A reason or comparison
       ("because", "rather") ends the sentence.
    2. Else the whole text counts.
    3. None if what counts names two options, denies one ("not B", "B is not"), or has a label with
       another option's words; and if several lines are but an answer, and not all the same.
    """
    tokens = tokenize(text)
    mentions = find_mentions(
        tokens, [folded(label) for label in labels], list(map(tokenize, options))
    )
    if not mentions:
        return _wordless(text, options)
    parts = _parts(tokens, mentions)
    bare = {_one(part.mentions) for part in parts if part.mentions and {*part.words} <= _FILLER}
    if len(bare) > 1:
        return None
    opening = next(part for part in parts if part.mentions or not {*part.words} <= _FILLER)
    begins = opening.mentions and {*opening.lead} <= _LEADS
    return _one(opening.mentions if begins else mentions)


def _one(mentions: Sequence[Mention]) -> int | None:
    """The place that all mentions name, and no other."""
    first = mentions[0].places
    same = len(first) == 1 and all(mention.places == first for mention in mentions)
    return next(iter(first)) if same else None


def _wordless(text: str, options: Sequence[str]) -> int | None:
    """Options of punctuation alone ("***") are named by the same and nothing else."""
    same = [
        place
        for place, option in enumerate(options)
        if not any(token.said for token in tokenize(option))
        and folded(option).split() == folded(text).split() != []
    ]
    return same[0] if len(same) == 1 else None


def _parts(tokens: Sequence[Token], mentions: Sequence[Mention]) -> list[_Part]:
    """The text cut at its sentences, lines and reasons, but never within an option's words."""
    parts = [_Part()]
    starts = {mention.start: mention for mention in mentions}
    labels = {mention.end for mention in mentions if mention.label is not None}
    end = 0
    for at, token in enumerate(tokens):
        if at in starts:
            parts[-1].mentions.append(starts[at])
            end = max(end, starts[at].end)
        if at < end:
            continue
        # The dot of "B. Too little" ends the label, not the sentence.
        follows = starts.get(at + 1)
        of_label = at in labels and follows is not None and follows.label is None
        if (token.text in _SENTENCE_ENDS and not of_label) or token.text in _REASONS:
            parts.append(_Part())
        if token.said:
            parts[-1].words.append(token.text)
            if not parts[-1].mentions:
                parts[-1].lead.append(token.text)
    return parts


def parse_number(text: str, low: int, high: int) -> int | None:
    """The one whole number from `low` to `high` (inclusive) that the text gives in digits.

    None if it gives none, two that differ, one outside, or anything else with a digit in it
    ("3.5", "7/10", "5k", "18-29"): that cannot be told from a second number. "1,200" is one
    number, "20-year-old" gives 20, and the same number twice is that number.
    """
    text = re.sub(r"[‒–—―]", " ", re.sub("[‐‑−]", "-", text))
    chunks = re.split(r"[\s:=;!?()\[\]{}\"“”*_`~]+", text)
    found = {_whole(chunk) for chunk in chunks if any(map(_is_numeral, chunk))}
    number = found.pop() if len(found) == 1 else None
    return number if number is not None and low <= number <= high else None


def _is_numeral(char: str) -> bool:
    return unicodedata.category(char).startswith("N")


def _whole(chunk: str) -> int | None:
    # 15 digits at most: int() refuses to read very long ones.
    match = re.fullmatch(
        r"(-?(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15}))(?:-[^\W\d]+)*", chunk.strip("'‘’.,$€£%")
    )
    return int(match[1].replace(",", "")) if match else None

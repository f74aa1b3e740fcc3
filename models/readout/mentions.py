"""Finds where a written answer mentions an option, by its label or by its words.

Knows some English: what leads to a label ("I'd choose B"), what denies an option ("not too much").
Which of several mentions counts is decided in `parsing.py`.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from anthology.models.readout.answer_words import (
    Token,
    end_of_words,
    said_words,
    text_at,
    touching,
    word_set,
)

# What may stand before a bare label and after it. Elsewhere, as in "A lot", it is just a word.
CUES = word_set(
    "answer option choice letter number is its thats be say choose chose pick select prefer think "
    "like want guess with for and or between both either neither nor not definitely probably just"
)
_FOLLOWERS = word_set(
    "is was isnt wasnt because since as and or but would wouldnt seems i it we they not please "
    "definitely over for rather although though while whereas instead than"
)
_ALONE = word_set("a i")  # labels that are words, "A lot" and "I think": wary of what follows
# Options that English also puts before a noun: "I have no idea" does not say No.
_DETERMINERS = word_set("no other some most all any both")
_VERBS = word_set("is was are be would does do can could should seems")
_NOT_VERBS = word_set("isnt wasnt arent wouldnt doesnt dont didnt cant couldnt shouldnt")
_NEGATIONS = _NOT_VERBS | word_set("not never neither nor hardly cannot wont havent hasnt aint")
_CLAUSE_ENDS = frozenset([*",.;:!?\n。、،؛", "but", "so", "because"])
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_AFTER_LISTED = frozenset(").:]")  # ends a label that stands before an option's words


@dataclass
class Mention:
    """Tokens `start` to `end` (exclusive), which name any of `places`; none where denied."""

    start: int
    end: int
    places: set[int]
    label: int | None = None


def find_mentions(
    tokens: Sequence[Token], labels: Sequence[str], options: Sequence[Sequence[Token]]
) -> list[Mention]:
    """Every mention of an option, in the order of the text; none within a longer one."""
    found: dict[tuple[int, int], Mention] = {}
    longest: dict[int, int] = {}
    for size, start, end, place in sorted(_phrases(tokens, labels, options), reverse=True):
        if all(longest.get(at, size) == size for at in range(start, end)):
            longest |= dict.fromkeys(range(start, end), size)
            found.setdefault((start, end), Mention(start, end, set())).places.add(place)
    for at, place in _labels(tokens, labels, options):
        if longest.get(at, 1) == 1:
            mention = found.setdefault((at, at + 1), Mention(at, at + 1, set()))
            mention.label = place
            # "(B)" and "B. Too little" begin with a label even where "B" is also an option.
            own = _listed(tokens, at) and end_of_words(tokens, at + 1, said_words(options[place]))
            sure = own or _bracketed(tokens, at)
            mention.places = {place} if sure else mention.places | {place}
    mentions = [found[span] for span in sorted(found)]
    _agree(tokens, mentions)
    _deny(tokens, mentions)
    return mentions


def _phrases(
    tokens: Sequence[Token], labels: Sequence[str], options: Sequence[Sequence[Token]]
) -> Iterator[tuple[int, int, int, int]]:
    """Where an option's words stand: how many, their tokens from and to (exclusive), its place."""
    for place, option in enumerate(options):
        words = said_words(option)
        for at, token in enumerate(tokens):
            end = end_of_words(tokens, at, words) if token.said else None
            if end is None or (_careful(words) and not _set_apart(tokens, at)):
                continue
            # "(A) Little" is not the option "A little", but "(A) Always" may be one.
            listed = len(words) > 1 and token.text in labels and _listed(tokens, at)
            if not listed:
                yield len(words), at, end, place
            elif _brings_a_label(option):
                yield len(words), at, end, place
                shown = labels.index(token.text)
                if said_words(options[shown]) == words[1:]:  # "(B) x" beside "x", which is B
                    yield len(words), at, end, shown


def _brings_a_label(option: Sequence[Token]) -> bool:
    """Whether an option's own words begin like a listed one: "(A) Always", "A. Smith"."""
    return _listed(option, next(at for at, token in enumerate(option) if token.said))


def _labels(
    tokens: Sequence[Token], labels: Sequence[str], options: Sequence[Sequence[Token]]
) -> Iterator[tuple[int, int]]:
    """Where a label stands as one, and its place."""
    for at, token in enumerate(tokens):
        if token.text in labels:
            place = labels.index(token.text)
            follow = [options[place]] if token.text in _ALONE else options
            leads = any(end_of_words(tokens, at + 1, said_words(option)) for option in follow)
            if _set_apart(tokens, at, leads):
                yield at, place


def _careful(words: Sequence[str]) -> bool:
    """Whether an option's words are one that prose uses for something else."""
    word = words[0]
    letter = len(word) == 1 and "a" <= word <= "z"
    return len(words) == 1 and (letter or word in _DETERMINERS)


def _bracketed(tokens: Sequence[Token], at: int) -> bool:
    closing = _BRACKETS.get(text_at(tokens, at - 1))
    called = at > 1 and tokens[at - 2].said and touching(tokens, at - 2)  # the s of "option(s)"
    return closing is not None and closing == text_at(tokens, at + 1) and not called


def _listed(tokens: Sequence[Token], at: int) -> bool:
    return _bracketed(tokens, at) or text_at(tokens, at + 1) in _AFTER_LISTED


def _set_apart(tokens: Sequence[Token], at: int, leads: bool = False) -> bool:
    """Whether a label stands as one: in brackets, or where a plain word could not.

    leads: the words of an option follow, which settles what may come after.
    """
    if _bracketed(tokens, at):
        return True
    return _may_precede(tokens, at) and (leads or _may_follow(tokens, at))


def _may_precede(tokens: Sequence[Token], at: int) -> bool:
    before = text_at(tokens, at - 1)
    if at == 0 or not tokens[at - 1].said:
        # The x of "non-x", the e of "i.e."
        compound = before in "-." and touching(tokens, at - 1) and touching(tokens, at - 2)
        return not (compound and tokens[at - 2].said)
    return before in CUES or (_is_symbol(before) and not touching(tokens, at - 1))


def _may_follow(tokens: Sequence[Token], at: int) -> bool:
    word, after = tokens[at].text, text_at(tokens, at + 1)
    if after == "\n":
        return True
    if _is_symbol(after) or after == "%":
        return not touching(tokens, at)
    if tokens[at + 1].said:
        return after in _FOLLOWERS and word != "i"
    if after in "-." and touching(tokens, at) and touching(tokens, at + 1):
        joined = tokens[at + 2]  # "e-mail", "a.m.", "I..."; but "B.Too little"
        if after == "-" or not joined.said or len(joined.text) == 1:
            return not joined.said and word not in _ALONE
    return after in {"i": ".:)]/", "a": ".,:;!?)]/"}.get(word, after)


def _is_symbol(text: str) -> bool:
    return unicodedata.category(text[-1]).startswith("S")


def _agree(tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
    """A label and the words beside it that can mean the same option do: "(A) B" is A alone."""
    for left, right in pairwise(mentions):
        if not said_words(tokens[left.end : right.start]):
            both = left.places & right.places & {left.label, right.label}
            if both:
                left.places = right.places = both


def _deny(tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
    """Takes its places from every mention that its clause denies, before it or right after."""
    covered = {at for mention in mentions for at in range(mention.start, mention.end)}
    for mention in mentions:
        before = (tokens[at].text for at in range(mention.start - 1, -1, -1) if at not in covered)
        clause = takewhile(lambda text: text not in _CLAUSE_ENDS, before)
        after = mention.end + (text_at(tokens, mention.end) in _BRACKETS.values())
        verb, then = text_at(tokens, after), text_at(tokens, after + 1)
        refuted = verb in _NOT_VERBS or (verb in _VERBS and then in _NEGATIONS)
        if (refuted and after not in covered) or not _NEGATIONS.isdisjoint(clause):
            mention.places = set()

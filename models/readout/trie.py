"""Exact probabilities of whole option strings: a trie of their tokens, one reading a branching.

`"10"` may begin with the token of `"1"`, `"Strongly agree"` and `"Strongly disagree"` share their
first: what such options have in common is read once, and where they part the next token decides.
Works with any tokenizer; knows nothing of engines.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from anthology.models.errors import UnreadableLabels

Path = tuple[int, ...]
Encode = Callable[[str], list[int]]
TINY = 1e-12  # what is left beside probabilities that add up to 1 is rounding


@dataclass(frozen=True)
class Trie:
    """How options are read after a forced opening under one tokenizer.

    opening: the text that the prompt ends with; tail: what the wanted opening had beyond it, which
    the options' own tokens begin with. options: per option its tokens as far as they are read: all
    of them, or up to where no other option shares them. lengths: how many it has. nodes: per
    beginning that is read the tokens that may follow, the root first.
    """

    opening: str
    tail: str
    options: tuple[Path, ...]
    lengths: tuple[int, ...]
    nodes: dict[Path, tuple[int, ...]]

    def prompt(self, text: str, header: str) -> str:
        """The prompt to read after: a text that ends with the header that the opening begins with,
        then the opening as far as it is stable."""
        wanted = (self.opening + self.tail).removeprefix(header)
        return (text + wanted).removesuffix(self.tail)

    def logprobs(self, read: Mapping[Path, Mapping[int, float]]) -> list[float]:
        """Log-probability (natural) of each option from the next-token log-probabilities read at
        each node: the sum along its tokens. Where others go on from a whole option, it ends with
        the probability that they leave; what does not branch and is not read is taken for granted.
        """
        return [
            sum(read[option[:i]][option[i]] for i in range(len(option)) if option[:i] in read)
            + (_ending(read[option]) if option in read else 0.0)
            for option in self.options
        ]


def _ending(following: Mapping[int, float]) -> float:
    gone_on = math.fsum(math.exp(logprob) for logprob in following.values())
    return math.log(max(1.0 - gone_on, TINY))


def build(
    encode: Encode,
    opening: str,
    strings: Sequence[str],
    *,
    others: Sequence[str] = (),
    whole: bool = False,
) -> Trie:
    """The trie of `strings` after the longest beginning of `opening` that is stable.

    Stable: its tokens stay as they are whatever option follows. Some tokenizers merge a bracket
    with the letter behind it; then the opening ends before the bracket, and the options' tokens
    begin with it. `others` are no options, but an option that one of them goes on from must be
    told apart from it: the 1 of 11. There, and with `whole`, every token of an option is read, as
    the likelihood of a text needs: that no option but 19 begins with a 1 does not make the 9 sure.
    Raises `UnreadableLabels` if two options have the same tokens.
    """
    for end in range(len(opening), 0, -1):
        head, tail = opening[:end], opening[end:]
        before = encode(head)
        found = [encode(opening + string) for string in (*strings, *others)]
        if all(len(ids) > len(before) and ids[: len(before)] == before for ids in found):
            sequences = [tuple(ids[len(before) :]) for ids in found]
            options = sequences[: len(strings)]
            _refuse_same(options, strings)
            following = _following(sequences)
            read = options if whole else [_distinct(option, following) for option in options]
            nodes = _nodes(read, options, following, whole or bool(others))
            return Trie(head, tail, tuple(read), tuple(map(len, options)), nodes)
    raise UnreadableLabels(
        f"no part of {opening!r} keeps its tokens before {strings[0]!r} in this model's tokenizer; "
        "answers cannot be read from it"
    )


def _refuse_same(options: Sequence[Path], strings: Sequence[str]) -> None:
    seen: dict[Path, str] = {}
    for option, string in zip(options, strings, strict=True):
        if option in seen:
            raise UnreadableLabels(
                f"{seen[option]!r} and {string!r} have the same tokens in this model's tokenizer; "
                "the two answers cannot be told apart"
            )
        seen[option] = string


def _following(sequences: Sequence[Path]) -> dict[Path, dict[int, int]]:
    """Per beginning the tokens that may follow, each with how many sequences share it."""
    following: dict[Path, dict[int, int]] = {}
    for sequence in sequences:
        for i, token in enumerate(sequence):
            counts = following.setdefault(sequence[:i], {})
            counts[token] = counts.get(token, 0) + 1
    return following


def _distinct(option: Path, following: Mapping[Path, Mapping[int, int]]) -> Path:
    """An option up to its first token that no other shares with it."""
    for i, token in enumerate(option):
        if following[option[:i]][token] == 1:
            return option[: i + 1]
    return option


def _nodes(
    read: Sequence[Path],
    options: Sequence[Path],
    following: Mapping[Path, Mapping[int, int]],
    every: bool,
) -> dict[Path, tuple[int, ...]]:
    """The beginnings that are read: where options part or one ends, or all; the shortest first.

    What only others go on with matters where an option ends, nowhere else.
    """
    ends = {option for option in options if option in following}
    beginnings = dict.fromkeys(path[:i] for path in read for i in range(len(path)))
    parting = [prefix for prefix in beginnings if every or len(following[prefix]) > 1]
    wanted = sorted(dict.fromkeys([*parting, *ends]), key=len)
    own = _following(options)
    return {prefix: tuple((following if prefix in ends else own)[prefix]) for prefix in wanted}

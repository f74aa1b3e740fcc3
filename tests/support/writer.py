"""A made-up model that writes texts of known probability, token by token."""

import math
from collections.abc import Sequence

from fake_model import FakeTokenizer

from anthology.models.readout.trie import Path, Trie


def shares(draws: Sequence[int], strings: Sequence[str]) -> dict[str, float]:
    return {text: draw / sum(draws) for text, draw in zip(strings, draws, strict=True)}


class Writer:
    """A made-up model that writes token after token what it was given to write, then stops.

    `likely` are strings with their probabilities; what they have in common is likely by the sum of
    them, so that a string's probability is the one it was given, whatever the tokens.
    """

    def __init__(self, encode: FakeTokenizer, prompt: str, likely: dict[str, float]) -> None:
        start = len(encode.encode(prompt))
        self.texts = {tuple(encode.encode(prompt + t)[start:]): p for t, p in likely.items()}
        assert len(self.texts) == len(likely)

    def beginning(self, path: Path) -> float:
        return math.fsum(p for text, p in self.texts.items() if text[: len(path)] == path)

    def read(self, trie: Trie) -> dict[Path, dict[int, float]]:
        return {
            path: {token: self._after(path, token) for token in tokens}
            for path, tokens in trie.nodes.items()
        }

    def _after(self, path: Path, token: int) -> float:
        """The log-probability of a token after a path."""
        there = self.beginning((*path, token))
        return math.log(there / self.beginning(path)) if there else -math.inf

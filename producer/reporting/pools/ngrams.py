"""The words of texts and the n-grams they make, as numbers, and how few of those are repeated.

Knows texts only; not whose they are.
"""

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.uint64]

# Thai, Lao, Burmese, Khmer, Chinese and Japanese write no spaces: there each character is a word.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
MOST_WORDS = 3000  # of one text that are looked at


def words(text: str) -> Numbers:
    """A number for each of the first words of a text, equal for equal words in any case."""
    found = WORD.findall(text.lower())[:MOST_WORDS]
    return _mixed(np.array([crc32(word.encode(errors="replace")) for word in found], np.uint64))


def ngrams(numbers: Numbers, n: int) -> Numbers:
    """The n-grams (m - n + 1,) of words (m,), equal ones as equal numbers; none of fewer words."""
    m = max(0, len(numbers) - n + 1)
    return as_one([numbers[place : place + m] for place in range(n)])


def as_one(columns: Sequence[Numbers]) -> Numbers:
    """Columns (m,) as one: a number for each row, equal where all columns and their order are."""
    found = columns[0]
    for column in columns[1:]:
        found = _mixed(found * np.uint64(0x9E3779B97F4A7C15) + column)
    return found


def distinct(texts: Sequence[Numbers], n: int) -> float | None:
    """Distinct n-grams of all texts over all their n-grams (Li et al. 2016, arXiv 1510.03055); None
    without any. It falls with the number of words, so only as many can be compared."""
    found = np.concatenate([np.empty(0, np.uint64), *(ngrams(text, n) for text in texts)])
    return len(np.unique(found)) / len(found) if len(found) else None


def _mixed(numbers: Numbers) -> Numbers:
    """Spreads numbers over all 64 bits, one to one: the last steps of SplitMix64 (Steele, Lea and
    Flood 2014)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))

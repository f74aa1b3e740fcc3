"""Ages as the ranges that people say: 18 to 29, 30 to 49, 50 to 64, 65 or older.

Knows the numbers that a column has, and how often; nothing of files and studies.
"""

from collections.abc import Collection, Mapping
from itertools import pairwise

OLDEST = 115
# Where ranges begin: first as most programmes report them, then for surveys of the old.
_BEGINNINGS = ((30, 50, 65), (60, 70, 80))
_GROWN_UP = range(18, 25)  # a survey of adults, in which by chance nobody is eighteen
_FEWEST = 3
_CUSTOMARY = (96, 97, 98, 99)
_FAR = 5  # years between a customary code and the oldest person


def not_ages(counts: Mapping[float, int]) -> list[float]:
    """The numbers that cannot be ages, such as 999 and -1, or stand apart as 99 does from 84."""
    ages = {age for age in counts if 0 <= age <= OLDEST}
    apart: set[float] = set()
    for code in _CUSTOMARY:
        rest = [age for age in ages if age not in _CUSTOMARY]
        if code in ages and rest and code - max(rest) >= _FAR:
            apart.add(code)
    youngest = sorted(ages - {0} - apart)[:1]
    if 0 in ages and youngest and youngest[0] >= 10:
        apart.add(0)
    return sorted(set(counts) - ages | apart)


def age_ranges(ages: Collection[float]) -> dict[str, dict[str, int]] | None:
    """Ranges by their texts, the last without an end; None where these would be fewer than three,
    or where ages are no whole numbers."""
    if not ages or any(age != int(age) for age in ages):
        return None
    low, high = int(min(ages)), int(max(ages))
    low = _GROWN_UP.start if low in _GROWN_UP else low
    for beginnings in _BEGINNINGS:
        first = [low, *(begin for begin in beginnings if low < begin <= high)]
        filled = [
            any(begin <= age < end for age in ages)
            for begin, end in zip(first, [*first[1:], OLDEST + 1], strict=True)
        ]
        if len(first) >= _FEWEST and all(filled):
            closed = {
                f"{begin} to {end - 1}": {"from": begin, "to": end - 1}
                for begin, end in pairwise(first)
            }
            return {**closed, f"{first[-1]} or older": {"from": first[-1]}}
    return None

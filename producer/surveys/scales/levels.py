"""The levels of a scale that could be answered though nobody did: 4 of 0 to 10, a rare option.

Knows codes, labels and how often they were given; a level is added only where something shows it.
"""

from collections.abc import Collection, Mapping

from anthology.producer.surveys.formats.survey_file import Code
from anthology.producer.surveys.scales.apart import may_be_chance

_LONGEST = 21  # a scale of more numbers is a quantity


def unchosen(
    counts: Mapping[Code, int], labelled: Collection[Code], siblings: Collection[Code]
) -> list[float]:
    """Numbers that belong to a scale and were given by nobody.

    counts: its codes with how often they were given; labelled: those of them with a label that is
    no number; siblings: codes of columns of the same battery. Where labels stand at both ends all
    whole numbers between are levels; without labels those between two codes that few gave, and
    one at an end that siblings have and few came near.
    """
    numbers = sorted(code for code in counts if not isinstance(code, str))
    if (
        len(numbers) < len(counts)
        or len(numbers) < 2
        or not all(float(n).is_integer() for n in numbers)
    ):
        return []
    low, high = int(numbers[0]), int(numbers[-1])
    if high - low >= _LONGEST:
        return []
    inside = [float(n) for n in range(low, high + 1) if n not in counts]
    if labelled:
        ends = {numbers[0], numbers[-1]} <= set(labelled)
        return inside if ends and len(labelled) < len(numbers) else []
    if len(numbers) < 3:
        return []
    found = [n for n in inside if _by_chance(n, numbers, counts)]
    beside = {float(n) for n in siblings if not isinstance(n, str)}
    for end, step in ((low, -1), (high, 1)):
        # With more than one level beyond it is another scale, whose end nobody left out.
        further = any((n - end) * step > 1 for n in beside)
        if end + step in beside and not further and may_be_chance(counts[end]):
            found.append(float(end + step))
    return found


def _by_chance(number: float, numbers: list[float], counts: Mapping[Code, int]) -> bool:
    below = max(n for n in numbers if n < number)
    above = min(n for n in numbers if n > number)
    return may_be_chance(counts[below], counts[above])

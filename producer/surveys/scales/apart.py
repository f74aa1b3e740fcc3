"""Numbers that stand apart from a scale as codes of nonresponse do: 8 and 9 beside 1 to 5, 999, -7.

Knows numbers and how often they were given; labels are weighed in `nonresponse.py`.
"""

import re
from collections.abc import Collection, Mapping

# 7, 8, 9; 66, 77, 777; 96 to 98, 998, 9997; 988888: what programmes take for codes of no answer.
_CUSTOMARY = re.compile(r"[7-9]|([6-9])\1+|9+[6-8]|98{2,}")
_SMALL = 20  # the largest answer beside which a code of two digits is far away
_OLDEST = 120
_FEWEST = 3  # people, of whom it is no chance that they have one number far above all others
_RARE = 30  # fewer people than this on both sides of a gap may leave it by chance


def is_customary(code: float) -> bool:
    return float(code).is_integer() and _CUSTOMARY.fullmatch(str(abs(int(code)))) is not None


def below_zero(
    codes: Collection[float], known: Collection[float] = (), *, named: bool = False
) -> set[float]:
    """Negative codes beside a scale that has none; known: codes that are answers by their labels;
    named: whether words stand for all codes, which then are no quantities.

    A scale around zero, as -2 to 2, is one: as many steps below as above. So are numbers some of
    which nobody takes for codes: balances, degrees.
    """
    negative = {code for code in codes if code < 0}
    if not named and not all(map(_could_be_code, negative)):
        return set()
    rest = set(codes) - negative
    if not negative or not rest or negative & set(known):
        return set()
    far = {code for code in negative if code <= -10 and is_customary(code)}
    near = negative - far
    if far and near and max(rest) <= _SMALL and min(near) >= -max(rest):
        return far | below_zero(near | rest, known, named=named)  # -99 of -3 to 3
    steps = all(float(code).is_integer() for code in codes)
    if steps and max(rest) > 0 and min(negative) == -max(rest):
        one_step = len(negative) == len([code for code in rest if code > 0])
        if one_step and (0 in rest or len(codes) > 2):
            return set()
    return negative


def _could_be_code(code: float) -> bool:
    return float(code).is_integer() and (code >= -10 or is_customary(code))


def above_scale(codes: Collection[float], counts: Mapping[float, int]) -> set[float]:
    """The customary codes at the end of a scale from which at least one number parts them.

    counts: how often each code was given. Beside many numbers, as ages, a code is one of those if
    it has more digits than they could have, or if it stands far above them and is as frequent.
    """
    numbers = sorted(code for code in codes if code >= 0)
    if len(numbers) < 2 or not all(float(code).is_integer() for code in numbers[-3:]):
        return set()
    tail: set[float] = set()
    found: set[float] = set()
    for at in range(len(numbers) - 1, 0, -1):
        if not is_customary(numbers[at]) and not _goes_before(numbers[at], tail):
            break
        tail.add(numbers[at])
        if _is_far(numbers[at], numbers[:at], counts, tail):
            found = set(tail)
    return found


def _goes_before(code: float, tail: Collection[float]) -> bool:
    """Whether a code is the next below customary ones: 95 below 96 to 99."""
    return code + 1 in tail and re.fullmatch(r"9+[0-5]", str(int(code))) is not None


def _is_far(
    code: float, rest: list[float], counts: Mapping[float, int], tail: Collection[float]
) -> bool:
    highest = rest[-1]
    if code - highest < 2:
        return False
    if code < 10 and code - highest < 3 and may_be_chance(counts.get(highest, 0)):
        return False  # 7 of 1 to 7, of whom nobody chose 6
    if highest <= _SMALL:
        return code < 10 or code >= 2 * highest
    if highest <= _OLDEST < code or code > 10 * highest:
        return True
    near = [counts.get(number, 0) for number in rest[-5:]]
    many = max(_FEWEST, sum(near) / len(near))
    return code - highest > 3 and all(counts.get(one, 0) >= many for one in tail)


def may_be_chance(*beside: int) -> bool:
    """Whether a gap beside codes that so many people gave may be a level nobody chose."""
    return min(beside) < _RARE

"""In which orders options and questions are shown, from seeds.

Positions only: knows nothing of questions, prompts or studies. An order is a list `shown` of
positions as displayed: entry i stands at place i, and has label i.
"""

import itertools
import math
from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from anthology.models import seeds
from anthology.models.questionnaire.questions import OptionsOrder

QuestionsOrder = Literal["fixed", "shuffled", "shuffled_in_blocks"]


def option_orders(
    order: OptionsOrder,
    count: int,
    anchored: Collection[int],
    permutations: int | None,
    seed: int,
    *purpose: seeds.SeedPart,
) -> list[list[int]]:
    """The orders in which one person is shown a question's `count` options; each has all of them.

    `anchored` are positions that keep their own place, as "None of these" does; the other ones are
    movable. "fixed", "reversed" (turned round for one person in two) and "random" give one order.
    "averaged" gives `permutations` different ones, in which every movable option stands at every
    movable place equally often, or as nearly so as can be: the counts differ by at most one.
    None, or more than there are, gives all m! of m movable options. The first order is the
    one that goes on in the conversation: by the seed, each is as likely to be it.

    Raises ValueError for an anchored position outside 0..count-1 and for permutations below 1.
    """
    if any(position not in range(count) for position in anchored):
        raise ValueError(f"anchored positions must lie in 0..{count - 1}: {sorted(anchored)}")
    if permutations is not None and permutations < 1:
        raise ValueError(f"permutations must be 1 or more, not {permutations}")
    movable = [position for position in range(count) if position not in anchored]
    if order == "averaged":
        moved = _balanced(movable, permutations, seed, *purpose)
    else:
        moved = [_single(order, movable, seed, *purpose)]
    return [_among_anchored(count, movable, each) for each in moved]


def inverse(shown: Sequence[int]) -> list[int]:
    """The place of each position: `inverse(shown)[shown[i]] == i`.

    Raises ValueError when `shown` does not have each of 0..len(shown)-1 once.
    """
    if sorted(shown) != list(range(len(shown))):
        raise ValueError(f"not an order of 0..{len(shown) - 1}: {list(shown)}")
    return sorted(range(len(shown)), key=shown.__getitem__)


def question_order(
    names_and_blocks: Sequence[tuple[str, str | None]],
    order: QuestionsOrder,
    seed: int,
    *purpose: seeds.SeedPart,
) -> list[int]:
    """Indices of the questions, (name, block) each, in the order in which they are asked.

    "shuffled_in_blocks" shuffles the questions within each block and asks them together. Blocks
    stand in the order of their first questions; a question without one is a block of its own.
    """
    indices = list(range(len(names_and_blocks)))
    if order == "shuffled":
        return seeds.shuffled(indices, seed, "questions", *purpose)
    if order == "shuffled_in_blocks":
        blocks: dict[str | int, list[int]] = {}
        for index, (_, block) in enumerate(names_and_blocks):
            blocks.setdefault(index if block is None else block, []).append(index)
        return [
            index
            for block, members in blocks.items()
            for index in seeds.shuffled(members, seed, "questions", *purpose, block)
        ]
    return indices


def _single(
    order: OptionsOrder, movable: list[int], seed: int, *purpose: seeds.SeedPart
) -> list[int]:
    """The movable positions in one order; stored studies rest on these very draws."""
    if order == "random":
        return seeds.shuffled(movable, seed, "options", *purpose)
    if order == "reversed" and seeds.uniform(seed, "options", *purpose) < 0.5:
        return movable[::-1]
    return movable


def _balanced(
    movable: list[int], wanted: int | None, seed: int, *purpose: seeds.SeedPart
) -> list[list[int]]:
    """`wanted` different orders of the movable positions, or all, themselves in a drawn order."""
    if wanted is None or wanted >= math.factorial(len(movable)):
        orders = [list(each) for each in itertools.permutations(movable)]
    else:
        orders = list(itertools.islice(_rotations(movable, seed, *purpose), wanted))
    return seeds.shuffled(orders, seed, "options", *purpose, "averaged")


def _rotations(movable: list[int], seed: int, *purpose: seeds.SeedPart) -> Iterator[list[int]]:
    """A drawn order and its rotations, then another; none twice. Ask for no more than there are.

    The m rotations of one order are a cyclic Latin square: each option stands at each place once,
    and in a part of them at most once. Two orders share all their rotations or none.
    """
    used: set[tuple[int, ...]] = set()
    for number in itertools.count():
        base = seeds.shuffled(movable, seed, "options", *purpose, "rotations", number)
        start = base.index(movable[0])
        square = (*base[start:], *base[:start])  # the rotation that stands for all of them
        if square not in used:
            used.add(square)
            yield from (base[turn:] + base[:turn] for turn in range(len(base)))


def _among_anchored(count: int, movable: list[int], moved: list[int]) -> list[int]:
    """`moved` at the places of the movable positions, every other position at its own place."""
    shown = list(range(count))
    for place, position in zip(movable, moved, strict=True):
        shown[place] = position
    return shown

"""`scales` of a study file: items that measure one thing, and which of them are reverse-keyed.

Nothing that is asked depends on them, so they are no part of what a study is: figures of scales can
be asked for when it has run.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator

from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.questionnaire.wording import Name, as_name

REVERSE = "-"  # no name begins with it


def named(item: str) -> str:
    """The question that an item is."""
    return item.removeprefix(REVERSE)


def is_reverse_keyed(item: str) -> bool:
    return item.startswith(REVERSE)


def item_names(scales: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The questions of every scale."""
    return {scale: [named(item) for item in items] for scale, items in scales.items()}


def reverse_keyed(scales: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The questions with a minus in every scale that they are in: those that point the other way
    wherever they are, whatever they are counted with."""
    items = [item for scale in scales.values() for item in scale]
    straight = {item for item in items if not is_reverse_keyed(item)}
    return frozenset(named(item) for item in items) - straight


def _item(item: str) -> str:
    as_name(named(item))
    return item


def _several(items: list[str]) -> list[str]:
    if len(items) < 2:
        raise ValueError(f"needs two items or more, has {len(items)}")
    names = [named(item) for item in items]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"has the item {twice!r} twice; leave one of them out")
    return items


# The name of a question; with a minus it is reverse-keyed.
Item = Annotated[str, AfterValidator(_item)]
Scale = Annotated[list[Item], AfterValidator(_several)]
Scales = dict[Name, Scale]


def misfit(
    scales: Mapping[str, Sequence[str]],
    questions: Mapping[str, Question | OpenQuestion],
    compared: Sequence[Question],
) -> Misfit | None:
    """What is wrong with the first item that can be none of its scale; None where all can.

    `compared` are the questions that humans answered, too; empty without humans.
    """
    for scale, items in scales.items():
        for place, name in enumerate(map(named, items)):
            asked = questions.get(name)
            if asked is None:
                return Misfit(
                    f"names {name!r}, which is no question of the study; it has "
                    f"{', '.join(questions)}", scale, place,
                )  # fmt: skip
            if isinstance(asked, OpenQuestion):
                said = f"the item {name!r} is answered in free text; leave it out"
                return Misfit(said, scale, place)
            if not asked.ordered:
                return Misfit(
                    f"the item {name!r} has options without an order (ordered: false), so its "
                    "answers are no numbers; leave it out", scale, place,
                )  # fmt: skip
            if compared and asked not in compared:
                return Misfit(
                    f"the item {name!r} has no column, so no human would have a score; leave it "
                    "out",
                    scale, place,
                )  # fmt: skip
    return None

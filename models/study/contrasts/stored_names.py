"""Back from the name that a comparison is stored under to what is compared: `anthology measure` may
have been asked for some that the study file does not have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import ValidationError

from anthology.models.questionnaire.questions import Question, Trait
from anthology.models.study.contrasts.comparisons import (
    AND,
    LESS,
    OF,
    Comparison,
    comparisons,
    misfit,
)
from anthology.models.study.contrasts.key import Contrast
from anthology.models.study.scales import named


def known(
    own: Sequence[Contrast], names: Iterable[str],
    traits: Mapping[str, Trait], compared: Sequence[Question],
) -> list[Comparison]:  # fmt: skip
    """The comparisons of a study's own contrasts, then those of these names besides, in the order
    of traits, options and questions."""
    made = comparisons(own, traits, compared)
    has = {one.name for one in made}
    found = (called(name, traits, compared) for name in names if name not in has)
    places = {name: place for place, name in enumerate(traits)}
    items = {question.name: place for place, question in enumerate(compared)}

    def place(one: Comparison) -> tuple[int, int, int, list[int]]:
        told = [items[named(item)] for side in (one.one, one.other) for item in side.items]
        return places[one.one.trait], one.one.option, one.other.option, told

    others = {one.name: one for one in found if one is not None}.values()
    return [*made, *sorted(others, key=place)]


def called(
    name: str, traits: Mapping[str, Trait], compared: Sequence[Question]
) -> Comparison | None:
    """What has this name; None where nothing has that a contrast of these traits and questions
    makes without a name of its own."""
    for contrast in _spelled(name, traits):
        if misfit([contrast], traits, compared) is None:
            for one in comparisons([contrast], traits, compared):
                if one.name == name:
                    return one
    return None


def _spelled(name: str, traits: Mapping[str, Trait]) -> Iterator[Contrast]:
    """Option texts may hold what stands between the sides, so every such place is tried."""
    parts = name.split(LESS)
    for place in range(1, len(parts)):
        sides = LESS.join(parts[:place]), LESS.join(parts[place:])
        for trait, asked in traits.items():
            for first in asked.option_texts:
                if not sides[0].endswith(end := f"{OF}{trait}={first}"):
                    continue
                items = sides[0][: -len(end)].split(AND)
                for last in asked.option_texts:
                    if sides[1] == f"{trait}={last}":
                        yield from _contrast(trait=trait, groups=[first, last], items=items)
                    elif sides[1].endswith(end := f"{OF}{trait}={last}"):
                        others = sides[1][: -len(end)].split(AND)
                        groups = list(dict.fromkeys((first, last)))
                        yield from _contrast(trait=trait, groups=groups, ratings=[items, others])


def _contrast(**parts: object) -> Iterator[Contrast]:
    try:
        yield Contrast.model_validate(parts)
    except ValidationError:
        return  # a text that only reads like one

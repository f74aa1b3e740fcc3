"""The comparisons that a study file's contrasts make, each of one side less another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from anthology.models.questionnaire.questions import Question, Trait
from anthology.models.study.contrasts.key import Contrast
from anthology.models.study.scales import named

MOST = 1000  # comparisons of a study
AND, OF, LESS = ", ", " of ", " less "  # in the names of comparisons; stored names are led back by


@dataclass(frozen=True)
class Side:
    """Those with an `option` (its position) of a trait, and the `items` whose mean they are given
    as, with a minus before those that are turned round."""

    trait: str
    option: int
    group: str
    items: tuple[str, ...]

    @property
    def told(self) -> str:
        return f"{AND.join(self.items)}{OF}{self.group}"


@dataclass(frozen=True)
class Comparison:
    """One side's mean less the other's; `name` is what its figures are stored under."""

    name: str
    one: Side
    other: Side

    @property
    def of_same_people(self) -> bool:
        """Who give both ratings."""
        return self.one.group == self.other.group


def comparisons(
    contrasts: Sequence[Contrast], traits: Mapping[str, Trait], compared: Sequence[Question]
) -> list[Comparison]:
    """All of them, in the order of the file, of traits' options and of questions; of one name the
    first."""
    found: dict[str, Comparison] = {}
    for contrast in contrasts:
        for one in _made(contrast, traits, compared):
            found.setdefault(one.name, one)
    return list(found.values())


def _made(
    contrast: Contrast, traits: Mapping[str, Trait], compared: Sequence[Question]
) -> Iterator[Comparison]:
    trait = traits[contrast.trait]

    def side(group: str, items: Sequence[str]) -> Side:
        place = trait.option_texts.index(group)
        return Side(trait.name, place, f"{trait.name}={group}", tuple(items))

    if contrast.ratings:
        first, last = contrast.groups[0], contrast.groups[-1]
        one, other = side(first, contrast.ratings[0]), side(last, contrast.ratings[1])
        yield Comparison(contrast.name or f"{one.told}{LESS}{other.told}", one, other)
        return
    pairs = [contrast.groups] if contrast.groups else combinations(trait.option_texts, 2)
    items = contrast.items or [question.name for question in compared if question.ordered]
    for first, last in pairs:
        for item in items:
            one, other = side(first, [item]), side(last, [item])
            yield Comparison(f"{item}{OF}{one.group}{LESS}{other.group}", one, other)


def misfit(
    contrasts: Sequence[Contrast], traits: Mapping[str, Trait], compared: Sequence[Question]
) -> tuple[str, str] | None:
    """Where the first is that is none of these traits and questions, and what is wrong with it;
    None where all are. Without humans nothing is `compared`."""
    for place, contrast in enumerate(contrasts):
        if said := _wrong(contrast, traits, compared):
            field, what = said
            return f".{place}{field}", what
    seen: dict[str, Comparison] = {}
    for place, contrast in enumerate(contrasts):
        for one in _made(contrast, traits, compared):
            if seen.setdefault(one.name, one) != one:
                what = f"makes a second comparison called {one.name!r}; give it a name"
                return f".{place}", what
            if len(seen) > MOST:
                return "", f"makes more than {MOST:,} comparisons; name groups and items"
    return None


def _wrong(
    contrast: Contrast, traits: Mapping[str, Trait], compared: Sequence[Question]
) -> tuple[str, str] | None:
    if not compared:
        return "", "is of groups of respondents, and humans: is missing; leave it out"
    if contrast.trait not in traits:
        has = f"; the traits are {', '.join(traits)}" if traits else ""
        return ".trait", f"names {contrast.trait!r}, which is not a trait{has}"
    options = traits[contrast.trait].option_texts
    for group in contrast.groups:
        if group not in options:
            has = f"{contrast.trait}; it has {', '.join(options)}"
            return ".groups", f"names {group!r}, which is no option of {has}"
    questions = {question.name: question for question in compared}
    for item in contrast.items:
        if said := _no_scale(item, questions):
            return ".items", f"names {item!r}, {said}"
    if not contrast.items and not contrast.ratings and not any(q.ordered for q in compared):
        return "", "has nothing to compare groups by: no question that humans answered has an order"
    lengths = {}
    for item in (item for rating in contrast.ratings for item in rating):
        if said := _no_scale(name := named(item), questions):
            return ".ratings", f"names {name!r}, {said}"
        lengths[len(questions[name].options)] = name
    if len(lengths) > 1:
        (few, one), (many, other), *_ = sorted(lengths.items())
        unlike = f"{one!r} with {few} options and {other!r} with {many}"
        return ".ratings", f"has {unlike}; name alike ones"
    return None


def _no_scale(item: str, questions: Mapping[str, Question]) -> str | None:
    if item not in questions:
        from difflib import get_close_matches

        near = get_close_matches(item, questions, 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        return f"which is no closed question with a column{meant}"
    return None if questions[item].ordered else "whose options have no order"
